"""Windows whose tracks are shared among connections are what one connection would have made."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from django.db import connection

from royalties import accrual, due, invariants, ledger, settlement, shares
from royalties.errors import RoyaltiesError
from royalties.models import Account, PaidPlay, Party, Period, Terms, TrackWindow, Window
from royalties.shares import SHARES, Share
from tests.royalties.builders import NOON, PRICE, a_listener, a_play, a_track, hold, later
from tests.royalties.house import House

pytestmark = pytest.mark.django_db(transaction=True)
Kind = Account.Kind


@pytest.fixture(autouse=True)
def always_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shares, "ALONE", 0)


def tracks_of_both() -> list[Terms]:
    """Two of each share."""
    made: dict[Share, list[Terms]] = {share: [] for share in SHARES}
    while any(len(some) < 2 for some in made.values()):
        track = a_track()
        (mine,) = [one for one in SHARES if one.first <= track.pk <= one.last]  # type: ignore[operator]
        made[mine].append(track)
    return [track for some in made.values() for track in some[:2]]


def played(tracks: list[Terms], listeners: list[Party]) -> list[PaidPlay]:
    return [a_play(track, listener) for listener in listeners for track in tracks]


def broken() -> list[str]:
    return [f"{one.name}: {one.detail}" for one in invariants.ledger_checks() if not one.ok]


def test_the_shares_fill_one_window() -> None:
    tracks, listeners = tracks_of_both(), [a_listener(), a_listener()]
    played(tracks, listeners)
    window = accrual.accrue(later(1))
    assert window is not None
    assert set(PaidPlay.objects.values_list("window", "units")) == {(window.pk, 80)}
    assert set(TrackWindow.objects.values_list("terms", "plays")) == {(one.pk, 2) for one in tracks}
    for listener in listeners:
        assert ledger.balance(Kind.LISTENER, listener) == 5_000_000 - 4 * PRICE
    assert broken() == []
    assert accrual.accrue(later(2)) is None


def test_four_workers_at_once_post_each_play_once() -> None:
    tracks, listeners = tracks_of_both(), [a_listener(), a_listener()]
    played(tracks, listeners)

    def accrue(_: int) -> None:
        try:
            accrual.accrue(later(1))
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(accrue, range(4)))
    accrual.accrue(later(2))  # what a window waits for that another overtook
    assert not PaidPlay.objects.waiting().exists()
    assert ledger.balance(Kind.LISTENER, listeners[0]) == 5_000_000 - 4 * PRICE
    assert broken() == []


def test_plays_of_a_share_that_fails_wait_for_the_next_window(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tracks = tracks_of_both()
    played(tracks, [a_listener()])
    tracks_in = due.tracks_of

    def failing(taken: dict[UUID, due.Taken], *rest: object) -> list[due.Track]:
        if tracks[0].pk in taken:
            raise RoyaltiesError("no")
        return tracks_in(taken, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(due, "tracks_of", failing)
    with pytest.raises(RoyaltiesError, match="no"):
        accrual.accrue(later(1))
    monkeypatch.setattr(due, "tracks_of", tracks_in)
    left = PaidPlay.objects.waiting().values_list("terms", flat=True)
    assert set(left) == {tracks[0].pk, tracks[1].pk}
    assert broken() == []
    accrual.accrue(later(2))
    assert list(Window.objects.order_by("number").values_list("number", flat=True)) == [1, 2]
    assert TrackWindow.objects.filter(window__number=2).count() == 2
    assert broken() == []


def meanwhile(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object]) -> None:
    """Once, between a window's beginning and that of its shares."""
    in_shares = shares.each

    def each(work: Callable[[Share], object]) -> None:
        monkeypatch.setattr(shares, "each", in_shares)
        happens()
        in_shares(work)

    monkeypatch.setattr(shares, "each", each)


def test_a_window_that_another_overtook_takes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    played(tracks_of_both(), [a_listener()])
    meanwhile(monkeypatch, lambda: accrual.accrue(later(2)))
    first = accrual.accrue(later(1))
    second = Window.objects.get(number=2)
    assert first is not None
    assert (first.tracks.count(), second.tracks.count()) == (0, 4)
    assert broken() == []


def test_a_window_whose_period_closed_meanwhile_takes_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    played(tracks_of_both(), [a_listener()])
    period = accrual.open_period(NOON)
    closed = {"state": Period.State.CLOSED, "cutoff_at": later(1)}
    meanwhile(monkeypatch, lambda: Period.objects.filter(pk=period.pk).update(**closed))
    accrual.accrue(later(1))
    assert PaidPlay.objects.waiting().count() == 4


def test_a_period_whose_windows_took_nothing_is_not_closed(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    plays = played(tracks_of_both(), [a_listener()])
    monkeypatch.setattr(shares, "each", lambda work: None)
    assert accrual.accrue(house.at) is not None
    hold(plays, "bot", house.at)
    with pytest.raises(settlement.NothingToSettle):
        settlement.close(house.at)
    assert settlement.next_cutoff() is None
