"""Fraud holds as stories: before accrual, before the cut-off, after publishing, after claiming."""

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import IntegrityError, connection, transaction

from royalties import accrual, fraud_holds, invariants, ledger, purses
from royalties.models import (
    Account,
    Entitlement,
    Entry,
    Holding,
    PaidPlay,
    Party,
    Reversal,
    Terms,
    TrackWindow,
)
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


def broken() -> list[invariants.Check]:
    return [check for check in invariants.ledger_checks() if not check.ok]


def units_of(party: Party, terms: Terms) -> int:
    return sum(Holding.objects.filter(party=party, terms=terms).values_list("units", flat=True))


def owed_to(party: Party, period: int) -> int:
    mine = Entitlement.objects.filter(party=party, period=period)
    return sum(mine.values_list("amount_micros", flat=True))


@pytest.mark.django_db
def test_a_held_play_that_waits_is_not_accrued_until_it_is_released() -> None:
    listener, track = a_listener(), a_track()
    play = a_play(track, listener)
    hold([play], "one device, nine accounts", NOON)
    assert accrual.accrue(later(1)) is None
    assert purses.available(listener) == 5_000_000 - play.price_micros
    release(play, later(2))
    assert accrual.accrue(later(3)) is not None
    play.refresh_from_db()
    assert (play.units, TrackWindow.objects.get().revenue_micros) == (80, 8_000)
    assert broken() == []


@pytest.mark.django_db
def test_before_the_cutoff_a_hold_takes_everything_back() -> None:
    artist, listener = a_party(), a_listener()
    track = a_track(artist)
    play = a_play(track, listener)
    accrual.accrue(later(1))
    assert ledger.balance(Kind.ACCRUED, artist) == 5_200
    hold([play], "bot", later(2))
    for kind, party, terms in [
        (Kind.ACCRUED, artist, None),
        (Kind.ACCRUED, track.platform, None),
        (Kind.POOL, None, track),
        (Kind.RECEIVABLE, None, track),
    ]:
        assert ledger.balance(kind, party, terms) == 0
    # the listener's money waits: neither its account nor its purse has it back
    assert ledger.balance(Kind.HELD, terms=track) == play.price_micros
    assert ledger.balance(Kind.LISTENER, listener) == 5_000_000 - play.price_micros
    assert purses.available(listener) == 5_000_000 - play.price_micros
    assert (units_of(listener, track), units_of(artist, track)) == (0, 1_000_000)
    assert broken() == []


@pytest.mark.django_db
def test_a_hold_takes_from_who_held_units_when_the_play_counted_not_from_later_fans() -> None:
    artist, early, late = a_party(), a_listener("early"), a_listener("late")
    track = a_track(artist, micros_per_unit=1)
    a_play(track, early)
    accrual.accrue(later(1))
    bad = a_play(track, a_listener("bot"), later(2), micros=1_000_000)
    accrual.accrue(later(3))
    a_play(track, late, later(4))
    accrual.accrue(later(5))
    good = a_play(track, a_listener(), later(6), micros=1_000_000)
    accrual.accrue(later(7))
    hold([bad], "bot", later(8))
    # of the good play alone, by the units at its window's start
    numerator = units_of(late, track) * good.price_micros * track.pool_bps
    holding = Holding.objects.get(party=late)
    since = holding.units * (
        TrackWindow.objects.order_by("-pk")[0].cumulative_micros - holding.revenue_seen_micros
    )
    assert (int(holding.unit_micros) + since) * track.pool_bps == numerator
    assert broken() == []


@pytest.mark.django_db
def test_a_release_before_the_cutoff_gives_the_units_and_the_money_again() -> None:
    artist, listener = a_party(), a_listener()
    track = a_track(artist)
    play = a_play(track, listener)
    accrual.accrue(later(1))
    hold([play], "bot", later(2))
    release(play, later(3))
    once = Reversal.objects.get()
    assert (once.units, once.units_again) == (80, 80)
    assert once.released_in is not None
    assert once.window is not None
    assert once.released_in.number == once.window.number + 1
    assert units_of(listener, track) == 80
    assert ledger.balance(Kind.ACCRUED, artist) == 5_200
    assert ledger.balance(Kind.LISTENER, listener) == 5_000_000 - play.price_micros
    assert broken() == []


@pytest.mark.django_db
def test_units_given_again_stay_within_what_a_listener_may_earn() -> None:
    listener, track = a_listener(), a_track(micros_per_unit=1, cap=8_000)
    first = a_play(track, listener)
    accrual.accrue(later(1))
    hold([first], "bot", later(2))
    a_play(track, listener, later(3), micros=6_000)
    accrual.accrue(later(4))
    had = units_of(listener, track)
    release(first, later(5))
    assert Reversal.objects.get().units_again == 8_000 - had
    assert broken() == []


def test_after_publishing_the_tracks_next_revenue_makes_it_good(house: House) -> None:
    story = two_tracks(house)
    first = house.close()
    house.work()
    hold([story.plays[2]], "stolen card", house.at)  # 9,999 of the song's 25,123
    assert ledger.balance(Kind.RECEIVABLE, terms=story.song) == -9_999
    house.pass_time(100)
    house.work()
    one_more(house, story)  # 6,667: all of it makes the hold good
    second = house.settle()
    assert [p.leaf_rows.get(terms=story.song).revenue_micros for p in (first, second)] == [
        25_123,
        25_123,
    ]
    assert ledger.balance(Kind.RECEIVABLE, terms=story.song) == -3_332
    assert owed_to(story.writer, second.number) == 0
    a_play(story.song, story.listener, house.at, 5_000)
    third = house.settle()
    assert third.leaf_rows.get(terms=story.song).revenue_micros == 25_123 + 5_000 - 3_332
    assert broken() == []


def test_a_play_held_after_the_claim_and_released_before_anything_else_pays_nobody_twice(
    house: House,
) -> None:
    story = two_tracks(house)
    house.settle()
    house.claim(story.writer)
    paid = ledger.balance(Kind.SPENDABLE, story.writer)
    play = story.plays[2]
    hold([play], "looked like a bot", house.at)
    house.pass_time(10)
    release(play, house.at)
    assert ledger.balance(Kind.RECEIVABLE, terms=story.song) == 0
    period = house.settle()
    assert owed_to(story.writer, period.number) == 0
    house.claim(story.writer)
    assert ledger.balance(Kind.SPENDABLE, story.writer) == paid
    assert broken() == []


def test_released_after_the_next_revenue_made_it_good_it_is_earned_in_its_new_window(
    house: House,
) -> None:
    story = two_tracks(house)
    house.settle()
    hold([story.plays[2]], "looked like a bot", house.at)
    one_more(house, story)
    house.settle()
    release(story.plays[2], house.at)
    period = house.settle()
    # every play stands: each was paid once
    assert period.leaf_rows.get(terms=story.song).revenue_micros == 25_123 + 6_667
    assert broken() == []


@pytest.mark.django_db
def test_holding_and_releasing_again_change_nothing() -> None:
    play = a_play(a_track(), a_listener())
    accrual.accrue(later(1))
    assert len(hold([play], "bot", later(2))) == 1
    posted = Entry.objects.count()
    assert hold([play], "bot", later(3)) == []
    assert Entry.objects.count() == posted
    release(play, later(4))
    posted = Entry.objects.count()
    with pytest.raises(fraud_holds.Decided, match="decided already: released"):
        release(play, later(5))
    assert Entry.objects.count() == posted
    hold([play], "bot after all", later(6))
    assert [one.reason for one in Reversal.objects.order_by("pk")] == ["bot", "bot after all"]
    assert broken() == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    [{"reason": "another"}, {"units": 1}, {"released_at": None}, {"window": None}],
)
def test_the_database_keeps_a_reversal_as_it_was(change: dict[str, object]) -> None:
    play = a_play(a_track(), a_listener())
    accrual.accrue(later(1))
    hold([play], "bot", later(2))
    release(play, later(3))
    with pytest.raises(IntegrityError, match="reversal is append-only"), transaction.atomic():
        Reversal.objects.update(**change)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Reversal.objects.all().delete()


@pytest.mark.django_db(transaction=True)
def test_holds_and_windows_at_once_take_each_play_back_once() -> None:
    track, listener = a_track(), a_listener()
    plays = [a_play(track, listener, NOON) for _ in range(6)]

    def freeze(play: PaidPlay) -> None:
        in_thread(lambda: hold([play], "bot", later(2)))

    def accrue(second: int) -> None:
        in_thread(lambda: accrual.accrue(later(second)))

    with ThreadPoolExecutor(4) as threads:
        jobs = [threads.submit(freeze, play) for play in plays for _ in range(2)]
        jobs += [threads.submit(accrue, second) for second in range(3)]
    for job in jobs:
        job.result()
    assert Reversal.objects.count() == 6
    assert ledger.balance(Kind.HELD, terms=track) == 6 * 8_000
    assert ledger.balance(Kind.LISTENER, listener) == 5_000_000 - 6 * 8_000
    assert broken() == []


DEADLY = """
import os, signal, django
django.setup()
from django.utils import timezone
from royalties import accrual, fraud_holds
from royalties.models import PaidPlay
accrual._mark_changes = lambda *args: os.kill(os.getpid(), signal.SIGKILL)
fraud_holds.hold(list(PaidPlay.objects.all()), "automated playing", "bot", timezone.now())
"""


def test_killed_while_holding_nothing_is_half_done(process_environment: dict[str, str]) -> None:
    play = a_play(a_track(), a_listener())
    accrual.accrue(later(1))
    done = subprocess.run([sys.executable, "-c", DEADLY], env=process_environment)
    assert done.returncode == -9
    assert not Reversal.objects.exists()
    assert broken() == []
    assert len(hold([play], "bot", later(2))) == 1
    assert broken() == []


def in_thread(do: Callable[[], object]) -> None:
    try:
        do()
    finally:
        connection.close()
