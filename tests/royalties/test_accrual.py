"""Accrual as stories: what one window pays, and to whom it belongs."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries, Settings

from royalties import accrual, emission, ledger, parties, purses
from royalties.models import (
    Account,
    Entry,
    Holding,
    PaidPlay,
    Period,
    Posting,
    TrackWindow,
    UnitMove,
    Window,
)
from tests.royalties.builders import (
    NOON,
    PRICE,
    a_listener,
    a_party,
    a_play,
    a_track,
    later,
    rolled_back,
)

Kind = Account.Kind

MARKED = """
SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_xact_user_tables WHERE relname = 'royalties_paidplay'
"""


@pytest.mark.django_db
def test_one_play_is_paid_to_everybody_in_the_terms() -> None:
    artist, label, listener = a_party(), a_party(), a_listener()
    track = a_track(artist, [(artist, 4_000), (label, 2_500)], pool_bps=3_000)
    a_play(track, listener, micros=8_001)
    window = accrual.accrue(later(1))
    assert window is not None
    assert ledger.balance(Kind.LISTENER, listener) == 5_000_000 - 8_001
    assert ledger.balance(Kind.ACCRUED, artist) == 3_200
    assert ledger.balance(Kind.ACCRUED, label) == 2_000
    assert ledger.balance(Kind.ACCRUED, parties.platform()) == 400
    assert ledger.balance(Kind.POOL, terms=track) == 2_400
    assert ledger.balance(Kind.REMAINDER, terms=track) == 1
    assert purses.available(listener) == ledger.balance(Kind.LISTENER, listener)
    references = Entry.objects.filter(period=1).values_list("reference", flat=True)
    assert set(references) == {"w/1/1/listeners/all", "w/1/1/0"}


@pytest.mark.django_db
def test_the_play_learns_its_window_units_and_a_pseudonym() -> None:
    listener, track = a_listener(), a_track()
    play = a_play(track, listener)
    accrual.accrue(later(1))
    play.refresh_from_db()
    assert play.window is not None
    assert (play.window.period_id, play.window.number, play.units) == (1, 1, 80)
    assert len(play.pseudonym) == 16
    assert str(listener.pk) not in play.pseudonym


@pytest.mark.django_db
def test_one_window_takes_the_plays_of_every_track() -> None:
    listener, tracks = a_listener(), [a_track() for _ in range(4)]
    for track, plays in zip(tracks, (2, 4, 1, 1), strict=True):
        for second in range(plays):
            a_play(track, listener, later(second))
    window = accrual.accrue(later(9))
    assert window is not None
    assert list(PaidPlay.objects.values_list("window", flat=True).distinct()) == [window.pk]
    written = TrackWindow.objects.filter(window=window).order_by("terms__slot")
    assert list(written.values_list("plays", flat=True)) == [2, 4, 1, 1]
    paid = Posting.objects.filter(account__party=listener, entry__kind="collection")
    assert list(paid.values_list("amount", flat=True)) == [-8 * PRICE]
    assert ledger.balance(Kind.LISTENER, listener) == 5_000_000 - 8 * PRICE
    assert ledger.total(Kind.COLLECTED) == 0
    assert accrual.accrue(later(10)) is None


DRAWN = st.lists(  # listener, price, seconds after noon, whether a window ends
    st.tuples(st.integers(0, 2), st.integers(1, 60_000), st.integers(0, 3), st.booleans()),
    min_size=1,
    max_size=12,
)


@pytest.mark.django_db
@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(DRAWN, st.integers(0, 400), st.integers(0, 150), st.integers(1, 200))
def test_plays_earn_what_the_schedule_says_one_by_one(
    drawn: list[tuple[int, int, int, bool]], reserved: int, cap: int, price: int
) -> None:
    with rolled_back():
        cap = min(cap, reserved)
        track = a_track(reserved=reserved, micros_per_unit=price, cap=cap)
        fans = [a_listener(), a_listener(), track.issuer]  # the issuer earns none
        purses.deposit(track.issuer, 5_000_000, "issuer", NOON)
        schedule = emission.Schedule(reserved, price, cap)
        emitted, held, number = 0, Counter[UUID](), 0
        waiting: list[PaidPlay] = []
        for fan, micros, seconds, ends in [*drawn, (0, 1, 0, True)]:
            waiting.append(a_play(track, fans[fan], later(seconds), micros))
            if not ends:
                continue
            waiting.sort(key=lambda play: (play.counted_at, play.pk))
            told = [(one.listener_id, one.price_micros, one.earns_units) for one in waiting]
            expected = emission.units_in_window(told, emitted, schedule, held)
            number += 1
            accrual.accrue(later(3 + number))
            found = dict(PaidPlay.objects.values_list("pk", "units"))
            assert [found[one.pk] for one in waiting] == expected
            emitted += sum(expected)
            for one, units in zip(waiting, expected, strict=True):
                held[one.listener_id] += units
            waiting = []


@pytest.mark.django_db
def test_a_listener_keeps_one_pseudonym_a_track_and_period() -> None:
    listener, one, other = a_listener(), a_track(), a_track()
    for second, track in enumerate((one, one, other)):
        a_play(track, listener, later(second))
        accrual.accrue(later(second))
    names = dict(PaidPlay.objects.values_list("id", "pseudonym"))
    first, again, elsewhere = (names[pk] for pk in sorted(names))
    assert first == again != elsewhere


@pytest.mark.django_db
def test_what_a_window_names_of_a_track_begins_alike() -> None:
    track = a_track()
    for listener in (a_listener(), a_listener()):
        a_play(track, listener)
    accrual.accrue(later(1))
    one, other = PaidPlay.objects.values_list("pseudonym", flat=True)
    assert one[:4] == other[:4]
    assert one[4:] != other[4:]


@pytest.mark.django_db
def test_nothing_due_makes_no_window(settings: Settings) -> None:
    assert accrual.accrue(NOON) is None
    settings.HOLD_WINDOW = timedelta(seconds=100)
    a_play(a_track(), a_listener())
    assert accrual.accrue(later(99)) is None
    assert not Period.objects.exists()
    assert accrual.accrue(later(100)) is not None


@pytest.mark.django_db
def test_windows_are_numbered_and_never_longer_than_a_minute(settings: Settings) -> None:
    settings.ACCRUAL_WINDOW = timedelta(seconds=60)
    listener, track = a_listener(), a_track()
    for second in (0, 30, 1_000):
        a_play(track, listener, later(second))
        accrual.accrue(later(second + 1))
    seen = Window.objects.order_by("number").values_list("number", "starts_at", "ends_at")
    assert list(seen) == [
        (1, later(0), later(1)),
        (2, later(1), later(31)),
        (3, later(941), later(1_001)),
    ]


@pytest.mark.django_db
def test_cumulative_floors_pay_the_same_however_windows_are_cut() -> None:
    artist, listener = a_party(), a_listener()
    track = a_track(artist, [(artist, 6_501)], pool_bps=2_999)
    for second in range(7):
        a_play(track, listener, later(second), micros=1_003 + second)
        accrual.accrue(later(second))
    revenue = sum(1_003 + second for second in range(7))
    assert ledger.balance(Kind.ACCRUED, artist) == revenue * 6_501 // 10_000
    assert ledger.balance(Kind.POOL, terms=track) == revenue * 2_999 // 10_000
    last = TrackWindow.objects.order_by("-window_id")[0]
    assert last.cumulative_micros == revenue


@pytest.mark.django_db
def test_units_earned_in_a_window_count_from_the_next() -> None:
    artist, fan, other = a_party(), a_listener(), a_listener()
    track = a_track(artist)
    a_play(track, fan)
    accrual.accrue(later(1))
    mine = Holding.objects.get(terms=track, party=fan)
    assert (mine.units, int(mine.unit_micros), mine.revenue_seen_micros) == (80, 0, PRICE)
    issuer = Holding.objects.get(terms=track, party=artist)
    assert (issuer.units, int(issuer.unit_micros)) == (999_920, 1_000_000 * PRICE)
    a_play(track, other, later(2))
    a_play(track, fan, later(3))
    accrual.accrue(later(4))
    mine.refresh_from_db()
    assert mine.unit_micros == 80 * 2 * PRICE
    assert mine.listened_units == mine.units == 159  # the second play earned 79


@pytest.mark.django_db
def test_units_move_from_the_issuer_and_stay_in_the_house() -> None:
    listener, track = a_listener(), a_track()
    a_play(track, listener)
    a_play(track, listener)
    accrual.accrue(later(1))
    assert Holding.objects.get(terms=track, party=listener).units == 160
    assert Holding.objects.get(terms=track, party=track.issuer).units == 999_840
    assert ledger.balance(Kind.UNITS, terms=track) == 1_000_000
    move = UnitMove.objects.get(kind=UnitMove.Kind.EMISSION)
    assert (move.giver, move.taker, move.units) == (track.issuer, listener, 160)
    assert TrackWindow.objects.get().cumulative_units == 160


@pytest.mark.django_db
def test_the_issuers_own_play_pays_and_earns_no_units() -> None:
    artist = a_listener()
    track = a_track(artist)
    a_play(track, artist)
    accrual.accrue(later(1))
    assert Holding.objects.get().units == 1_000_000
    assert not UnitMove.objects.filter(kind=UnitMove.Kind.EMISSION).exists()


@pytest.mark.django_db
def test_accruing_again_takes_nothing_twice() -> None:
    a_play(a_track(), a_listener())
    assert accrual.accrue(later(1)) is not None
    assert accrual.accrue(later(2)) is None
    assert TrackWindow.objects.count() == 1


@pytest.mark.django_db
def test_a_window_costs_the_same_statements_for_one_play_and_for_many(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    listeners, tracks = [a_listener() for _ in range(5)], [a_track() for _ in range(4)]
    a_play(tracks[0], listeners[0])
    accrual.accrue(later(1))  # opens the period and the first accounts
    for count, second in ((1, 2), (20, 3)):
        for place in range(count):
            a_play(tracks[place % 4], listeners[place % 5], later(second))
        with django_assert_max_num_queries(29):
            accrual.accrue(later(second))


@pytest.mark.django_db(transaction=True)
def test_accruing_from_four_workers_at_once_posts_each_play_once() -> None:
    listener, track = a_listener(), a_track()
    for _ in range(10):
        a_play(track, listener)

    def accrue(_: int) -> bool:
        try:
            return accrual.accrue(later(1)) is not None
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(accrue, range(4))) == 1
    assert ledger.balance(Kind.LISTENER, listener) == 5_000_000 - 10 * PRICE
    assert Posting.objects.filter(account__kind=Kind.LISTENER, amount__lt=0).count() == 1


@pytest.mark.django_db
def test_marking_plays_touches_no_index_of_them() -> None:
    listener, track = a_listener(), a_track()
    for _ in range(60):  # more than one page of them
        a_play(track, listener)
    with connection.cursor() as cursor:
        cursor.execute(MARKED)
        (before,) = cursor.fetchall()
        accrual.accrue(later(1))
        cursor.execute(MARKED)
        (after,) = cursor.fetchall()
    assert [now - then for now, then in zip(after, before, strict=True)] == [60, 60]
