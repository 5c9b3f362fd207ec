"""Chargebacks as stories: of money still there, before the cut-off, after it, after the claim."""

from datetime import timedelta

import pytest
from pytest_django import Settings

from royalties import (
    accrual,
    alarms,
    chargebacks,
    fraud_holds,
    invariants,
    leaving,
    ledger,
    purses,
    statements,
)
from royalties.models import Account, Entry, Party, Reversal, Terms, TopUp
from royalties.verify.__main__ import main
from tests.royalties.builders import (
    NOON,
    a_listener,
    a_party,
    a_play,
    a_track,
    hold,
    later,
    release,
)
from tests.royalties.house import House
from tests.royalties.stories import one_more, two_tracks

Kind = Account.Kind


@pytest.fixture(autouse=True)
def at_once(settings: Settings) -> None:
    settings.TOP_UP_HOLD_WINDOW = timedelta(0)


def by_card(listener: Party, micros: int, slip: str = "card") -> TopUp:
    purses.deposit(listener, micros, slip, NOON, later(60 * 86_400))
    return TopUp.objects.get(entry__reference=f"deposit/{slip}")


def paid_back(listener: Party, top_up: TopUp) -> None:
    chargebacks.charge_back(top_up, "stolen card", later(50))
    assert [check for check in invariants.ledger_checks() if not check.ok] == []


def charged(track: Terms) -> list[int]:
    rows = Reversal.objects.filter(play__terms=track, kind="chargeback").order_by("play")
    return list(rows.values_list("play__price_micros", flat=True))


@pytest.mark.django_db
def test_money_that_was_not_spent_leaves_the_purse() -> None:
    listener = a_listener(micros=1_000_000)
    paid_back(listener, by_card(listener, 5_000_000))
    assert purses.available(listener) == 1_000_000
    assert ledger.balance(Kind.BANK) == -1_000_000
    assert not Reversal.objects.exists()


@pytest.mark.django_db
def test_the_plays_it_paid_are_reversed_and_no_others() -> None:
    artist, listener = a_party(), a_listener(micros=10_000)
    track = a_track(artist)
    a_play(track, listener, micros=6_000)
    card = by_card(listener, 15_000)
    cash = 20_000
    for second, micros in enumerate((7_000, 8_000)):
        a_play(track, listener, later(second + 1), micros=micros)
    purses.deposit(listener, cash, "cash", later(3))
    a_play(track, listener, later(4), micros=9_000)
    accrual.accrue(later(5))
    paid_back(listener, card)
    # 10,000 paid the first and 4,000 of the second; the card the rest, and 5,000 of the last
    assert charged(track) == [7_000, 8_000, 9_000]
    assert purses.available(listener) == 10_000 + cash - 6_000
    assert ledger.balance(Kind.ACCRUED, artist) == 6_000 * 6_500 // 10_000


@pytest.mark.django_db
def test_a_play_that_waits_is_never_accrued() -> None:
    listener, track = a_listener(micros=0), a_track()
    card = by_card(listener, 8_000)
    a_play(track, listener)
    paid_back(listener, card)
    assert accrual.accrue(later(60)) is None
    assert (purses.available(listener), ledger.balance(Kind.BANK)) == (0, 0)


@pytest.mark.django_db
def test_a_held_play_is_charged_back_and_can_not_be_released() -> None:
    artist, listener = a_party(), a_listener(micros=0)
    card = by_card(listener, 8_000)
    play = a_play(a_track(artist), listener)
    accrual.accrue(later(1))
    hold([play], "bot", later(2))
    assert statements.charged_back_of([artist], 10) == []
    paid_back(listener, card)
    assert [one.play_number for one in statements.charged_back_of([artist], 10)] == [play.pk]
    with pytest.raises(fraud_holds.Decided, match="charged back"):
        release(play, later(60))


@pytest.mark.django_db
def test_twice_it_has_one_effect() -> None:
    listener, track = a_listener(micros=0), a_track()
    card = by_card(listener, 8_000)
    a_play(track, listener)
    accrual.accrue(later(1))
    paid_back(listener, card)
    posted = Entry.objects.count()
    paid_back(listener, card)
    assert Entry.objects.count() == posted


@pytest.mark.django_db
def test_what_is_held_for_a_stream_is_the_reserves_loss() -> None:
    listener = a_listener(micros=0)
    card = by_card(listener, 8_000)
    purses.place_hold(listener, 5_000, a_track().pk, NOON)
    paid_back(listener, card)
    assert TopUp.objects.get().reserve_micros == 5_000
    assert ledger.balance(Kind.RESERVE) == -5_000


def test_after_the_claim_the_song_earns_it_again_and_the_reserve_stands_for_it(
    house: House,
) -> None:
    story = two_tracks(house)
    robber = a_listener("robber", 0)
    card = by_card(robber, 9_000)
    a_play(story.song, robber, house.at, 9_000)
    house.settle()
    house.claim(story.artist)
    before = ledger.balance(Kind.SPENDABLE, story.artist)
    chargebacks.charge_back(card, "stolen card", house.at)
    assert ledger.balance(Kind.SPENDABLE, story.artist) == before
    assert ledger.total(Kind.RECEIVABLE) == -9_000
    assert "reserve" not in [alarm.name for alarm in alarms.raised(house.at)]
    lines = [(ledger.account(Kind.RESERVE), 8_999 - ledger.balance(Kind.RESERVE))]
    lines.append((ledger.account(Kind.SUSPENSE), -lines[0][1]))
    ledger.post("spent", "test", house.at, lines)
    assert "reserve" in [alarm.name for alarm in alarms.raised(house.at)]
    one_more(house, story)
    house.settle()
    assert ledger.total(Kind.RECEIVABLE) == 6_667 - 9_000
    assert main([str(path) for path in house.bundles()]) == 0


@pytest.mark.django_db
def test_plays_wait_longer_while_a_top_up_is_new(settings: Settings) -> None:
    settings.TOP_UP_HOLD_WINDOW = timedelta(days=3)
    listener, track = a_listener(), a_track()
    assert a_play(track, listener).accrues_at == NOON
    by_card(listener, 8_000)
    assert a_play(track, listener, later(60)).accrues_at == NOON + timedelta(days=3)
    long_after = NOON + timedelta(days=10)
    assert a_play(track, listener, long_after).accrues_at == long_after


@pytest.mark.django_db
def test_units_earned_with_money_that_may_be_taken_back_stay(settings: Settings) -> None:
    listener, track = a_listener(micros=0), a_track()
    by_card(listener, 8_000)
    a_play(track, listener)
    purses.deposit(listener, 8_000, "cash", NOON)
    second = a_play(track, listener, later(1))
    accrual.accrue(later(2))
    second.refresh_from_db()
    settings.UNITS_COOL_OFF = timedelta(0)
    assert leaving.withdrawable(listener, later(3)) == {track.pk: second.units}
    settings.UNITS_COOL_OFF = timedelta(hours=1)
    assert leaving.withdrawable(listener, later(3)) == {}
    after = NOON + timedelta(days=61)
    assert leaving.withdrawable(listener, after) == {track.pk: 80 + (second.units or 0)}
