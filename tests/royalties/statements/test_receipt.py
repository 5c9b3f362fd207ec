"""A play's receipt and a track's postings: every step back to the ledger and up to the root."""

import pytest
from pytest_django import DjangoAssertNumQueries

from royalties import statements
from royalties.models import PaidPlay, Period
from royalties.statements import Receipt
from tests.royalties.builders import a_listener, a_party, a_play, a_track
from tests.royalties.house import House
from tests.royalties.stories import two_tracks


def reached(receipt: Receipt) -> list[str]:
    return [stage.name for stage in receipt.stages if stage.at]


@pytest.mark.django_db
def test_a_play_just_counted_has_its_split_and_nothing_more() -> None:
    told = statements.receipt(a_play(a_track(), a_listener()))
    assert sum(part.micros for part in told.parts) == told.price_micros
    assert (told.units, told.window, told.period, told.root, told.tx_hash) == (
        None,
        None,
        None,
        None,
        "",
    )
    assert reached(told) == ["counted"]


def test_a_receipt_grows_with_the_moneys_way(house: House) -> None:
    artist, listener = a_party(), a_listener()
    play = a_play(a_track(artist), listener, house.at)
    house.accrue()
    told = statements.receipt(PaidPlay.objects.get(pk=play.pk))
    assert told.units == 80
    assert reached(told) == ["counted", "accrued"]
    house.settle()
    told = statements.receipt(PaidPlay.objects.get(pk=play.pk))
    assert reached(told) == ["counted", "accrued", "closed", "published", "active"]
    assert told.tx_hash.startswith("0x")
    assert told.epoch == 1
    house.claim(artist)
    assert reached(statements.receipt(PaidPlay.objects.get(pk=play.pk)))[-1] == "claimed"


def test_a_plays_postings_lead_from_the_balance_to_the_claims(house: House) -> None:
    artist = a_party()
    play = a_play(a_track(artist), a_listener(), house.at)
    assert statements.postings_of_play(play) == []
    house.settle()
    a_play(play.terms, a_listener(), house.at)
    house.settle()
    house.claim(artist)
    play.refresh_from_db()
    entries = statements.postings_of_play(play)
    assert [e.reference for e in entries[:4]] == ["w/1/1/0", "u/1/1/0", "p/1/0", "a/1/0"]
    # as payee, and as the holder of what nobody has earned yet
    assert [e.kind for e in entries[4:]] == ["claim", "claim"]
    assert artist.name in {line.name for line in entries[-1].lines}


def test_the_proof_leads_from_the_songs_leaf_to_the_root(house: House) -> None:
    story = two_tracks(house)
    a_play(a_track(), story.listener, house.at, 777)
    period = house.settle()
    for play in story.plays:
        told = statements.receipt(PaidPlay.objects.get(pk=play.pk))
        assert told.root is not None
        assert (told.root.hash, told.root.micros) == (period.root, period.total_micros)
        assert len(told.steps) == 2
        first = told.steps[0]
        ours = first.left if first.ours == "left" else first.right
        assert (ours.micros, ours.label) == (told.revenue_micros, "This song")
        for below, above in zip(told.steps, told.steps[1:], strict=False):
            parent = above.left if above.ours == "left" else above.right
            assert parent.micros == below.left.micros + below.right.micros
        last = told.steps[-1]
        assert last.left.micros + last.right.micros == told.root.micros


def test_postings_name_payees_and_never_listeners_or_fans(
    house: House, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    story = two_tracks(house)
    house.settle()
    period = Period.objects.get(number=1)
    with django_assert_max_num_queries(4):
        entries = statements.postings_of(story.song, period)
    assert [entry.reference for entry in entries] == [
        "w/1/1/0",
        "u/1/1/0",
        "w/1/2/0",
        "u/1/2/0",
        "p/1/0",
        "a/1/0",
    ]
    for entry in entries:
        for in_units in (False, True):
            assert not sum(line.amount for line in entry.lines if line.in_units is in_units)
    names = {line.name for entry in entries for line in entry.lines}
    assert names == {"", "artist", "writer", "Refrain"}
    paid = next(line for line in entries[0].lines if line.account == "Collected")
    assert (paid.name, paid.amount) == ("", -15_124)
