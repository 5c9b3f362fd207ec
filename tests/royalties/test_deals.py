"""Deals: the label's part, the advance recouped, and the rest to the artist."""

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from royalties import deals
from royalties.errors import DealError
from royalties.models import Deal, Party, Period
from tests.royalties.builders import NOON, a_party, later

TODAY = date(2026, 3, 2)


def a_deal(
    label: Party, artist: Party, bps: int = 2_000, advance: int = 0, starts_on: date = TODAY
) -> Deal:
    return deals.accept(deals.invite(label, artist, bps, advance, starts_on, NOON), later(1))


@pytest.mark.django_db
def test_without_a_deal_a_party_keeps_what_it_received() -> None:
    artist = a_party()
    assert deals.divide(artist, 700, NOON) == [(artist, 700)]
    assert deals.divide(artist, 0, NOON) == []


@pytest.mark.django_db
def test_the_label_gets_its_part_and_the_artist_the_odd_micro() -> None:
    label, artist = a_party("label"), a_party("artist")
    a_deal(label, artist, bps=3_333)
    assert deals.divide(artist, 1_000, NOON) == [(artist, 667), (label, 333)]


@pytest.mark.django_db
def test_the_artists_part_recoups_the_advance_first() -> None:
    label, artist = a_party("label"), a_party("artist")
    deal = a_deal(label, artist, bps=2_000, advance=1_000)
    assert deals.divide(artist, 1_000, NOON) == [(label, 1_000)]
    assert deals.divide(artist, 1_000, NOON) == [(artist, 600), (label, 400)]
    assert deals.divide(artist, 1_000, NOON) == [(artist, 800), (label, 200)]
    assert deals.statement(deal).recouped_micros == 1_000


@pytest.mark.django_db
def test_an_offer_alone_or_one_that_starts_later_changes_nothing() -> None:
    label, artist = a_party("label"), a_party("artist")
    deals.invite(label, artist, 2_000, 0, TODAY, NOON)
    assert deals.divide(artist, 500, NOON) == [(artist, 500)]
    a_deal(label, artist, starts_on=date(2026, 3, 3))
    assert deals.divide(artist, 500, NOON) == [(artist, 500)]
    assert len(deals.divide(artist, 500, later(86_400))) == 2


@pytest.mark.django_db
def test_a_deal_is_answered_once() -> None:
    label, artist = a_party("label"), a_party("artist")
    deal = a_deal(label, artist)
    assert deals.accept(deal, later(5)).answered_at == later(1)
    with pytest.raises(DealError, match="accepted already"):
        deals.decline(deal, later(6))


@pytest.mark.django_db
def test_an_artist_is_under_one_deal_at_a_time() -> None:
    artist = a_party()
    a_deal(a_party("label"), artist)
    second = deals.invite(a_party("other"), artist, 1_000, 0, TODAY, NOON)
    with pytest.raises(DealError, match="another deal"):
        deals.accept(second, later(2))
    assert Deal.objects.get(pk=second.pk).state == Deal.State.INVITED


@pytest.mark.django_db
@pytest.mark.parametrize(("bps", "advance"), [(-1, 0), (10_001, 0), (100, -1)])
def test_a_wrong_offer_is_refused(bps: int, advance: int) -> None:
    with pytest.raises(DealError):
        deals.invite(a_party("label"), a_party(), bps, advance, TODAY, NOON)


@pytest.mark.django_db
def test_a_label_is_not_its_own_artist() -> None:
    label = a_party("label")
    with pytest.raises(DealError):
        deals.invite(label, label, 100, 0, TODAY, NOON)


@pytest.mark.django_db
def test_a_statement_adds_up_by_period() -> None:
    label, artist = a_party("label"), a_party("artist")
    deal = a_deal(label, artist, bps=2_000, advance=500)
    for number in (1, 2):
        Period.objects.create(
            number=number, opens_at=NOON, cutoff_at=later(number), state=Period.State.ACTIVE
        )
        deals.divide(artist, 600, later(number))
        deals.divide(artist, 400, later(number))
    told = deals.statement(deal)
    assert (told.advance_micros, told.recouped_micros) == (500, 500)
    assert told.lines == [
        deals.DealLine(1, 1_000, 200, 500, 300),
        deals.DealLine(2, 1_000, 200, 0, 800),
    ]


@pytest.mark.django_db
@settings(max_examples=20, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 10_000), st.integers(0, 5_000), st.lists(st.integers(0, 9_999), max_size=6))
def test_nothing_is_lost_and_no_more_than_the_advance_recouped(
    bps: int, advance: int, receipts: list[int]
) -> None:
    label, artist = a_party("label"), a_party("artist")
    deal = a_deal(label, artist, bps, advance)
    to_label = 0
    for micros in receipts:
        parts = dict(deals.divide(artist, micros, NOON))
        assert sum(parts.values()) == micros
        to_label += parts.get(label, 0)
    floors = sum(micros * bps // 10_000 for micros in receipts)
    assert to_label == floors + min(advance, sum(receipts) - floors)
    deal.refresh_from_db()
    assert deal.recouped_micros == min(advance, sum(receipts) - floors)


@pytest.mark.django_db
def test_a_label_is_told_by_period_what_its_deals_brought() -> None:
    label, artist = a_party(), a_party()
    deals.accept(deals.invite(label, artist, 2_000, 300, NOON.date(), NOON), NOON)
    for seconds in (0, 600):
        deals.divide(artist, 1_000, later(seconds))
    newer, older = deals.brought([label])
    assert (newer.cutoff_at, newer.received_micros, newer.to_labels_micros) == (
        later(600),
        1_000,
        200,
    )
    assert older.to_labels_micros == 500  # with what was recouped of the advance
    assert deals.brought([artist]) == []
    assert deals.brought([label, artist]) == []  # one login's own money goes nowhere
