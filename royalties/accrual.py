"""Accrual: counted plays whose hold window has ended become postings, per track and window.

A play belongs to the window in which it is accrued; who held units at the window's start is
entitled to its fan pool. One transaction takes the plays, posts them and marks exactly those; of
very many plays, one for each share of the tracks (`shares`). Plays and listeners never leave the
database (`window_rows`): here is what a window says of tracks.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max

from royalties import due, holdings, ledger, locks, money, shares, window_rows
from royalties.due import Track
from royalties.errors import RoyaltiesError
from royalties.failpoints import Point, reach
from royalties.ledger import AccountKey, Draft
from royalties.models import (
    Account,
    PaidPlay,
    Period,
    Reversal,
    TakenBack,
    TrackWindow,
    Window,
)
from royalties.reversed_plays import Change, changes_of
from royalties.shares import EVERY_TRACK, Share

MARK = """
UPDATE royalties_reversal r SET {window} = %s, {units} = one.units
FROM unnest(%s::bigint[], %s::int[]) AS one(id, units) WHERE r.id = one.id
"""
RETURNED = MARK.format(window="window_id", units="units")
UNITS_AGAIN = MARK.format(window="released_in_id", units="units_again")


def accrue(
    at: datetime,
    reversed_now: Sequence[Reversal] = (),
    released_now: Sequence[Reversal] = (),
) -> Window | None:
    """Post every play that is due at `at` in one window of the open period; None if none is due.

    The window also takes back the plays reversed and posts again those released (`reversals`).
    """
    alone = connection.in_atomic_block or reversed_now or released_now
    if alone or not due.are_more(shares.ALONE, at):
        return _accrue_alone(at, reversed_now, released_now)
    window = _open_shared(at)
    if window is not None:
        reach(Point.SHARE_OPENED)
        shares.each(partial(_accrue_share, window, at))
    return window


@transaction.atomic
def _accrue_alone(
    at: datetime, reversed_now: Sequence[Reversal], released_now: Sequence[Reversal]
) -> Window | None:
    locks.take(locks.Lock.ACCRUAL)
    if not reversed_now and not released_now and not due.is_any(at):
        return None
    window = _next_window(open_period(at), at)
    reach(Point.WINDOW_MADE)
    changes = due.with_units_again(changes_of(reversed_now, released_now, window.period_id))
    _take(window, changes, at)
    reach(Point.WINDOW_MARKED)
    return window


@transaction.atomic
def _open_shared(at: datetime) -> Window | None:
    """The next window, without any play yet."""
    locks.take(locks.Lock.ACCRUAL)
    if not due.is_any(at):
        return None
    ledger.account_ids([window_rows.COLLECTED])  # opened by a share, the other would wait for it
    return _next_window(open_period(at), at)


def _accrue_share(window: Window, at: datetime, share: Share) -> None:
    """Take a share's plays into the window, unless the open period has gone on without it."""
    with transaction.atomic():
        locks.take_shared(locks.Lock.ACCRUAL)
        if not _is_last(window):
            return
        _take(window, {}, at, share)
        reach(Point.WINDOW_MARKED)
    reach(Point.SHARE_COMMITTED)


def _is_last(window: Window) -> bool:
    """What a track earned in a later window, or owes at a cut-off, leaves no room for another."""
    last = Window.objects.select_related("period").latest("pk")
    return last == window and last.period.state == Period.State.OPEN


@transaction.atomic
def give(micros_by_track: Mapping[UUID, int], at: datetime) -> Window:
    """Post forfeited money as revenue of these tracks, in a window that takes nothing else."""
    locks.take(locks.Lock.ACCRUAL)
    window = _next_window(open_period(at), at)
    changes = {pk: Change(given_micros=micros) for pk, micros in micros_by_track.items()}
    _take(window, changes, None)
    return window


def _take(
    window: Window,
    changes: Mapping[UUID, Change],
    at: datetime | None,
    share: Share = EVERY_TRACK,
) -> None:
    """Post and mark the share's plays that are due at `at`, none without one, and the changes."""
    taken = due.take_plays(at, window.period_id, changes, share)
    if taken or changes:
        _post(window, share, due.tracks_of(taken, window.period_id, changes), changes)
        window_rows.mark(window, sum(one.plays for one in taken.values()))
        _mark_changes(window, changes.values())
        window_rows.drop()


def _post(
    window: Window, share: Share, tracks: Sequence[Track], changes: Mapping[UUID, Change]
) -> None:
    """Write and post what the window takes of these tracks, all that are in the share."""
    _take_back(window, tracks)
    _write_windows(window, tracks)
    window_rows.gather(window, sum(track.taken.plays for track in tracks), changes)
    holdings.move_units_in("accrual_units", window.ends_at)
    window_rows.write_moves(window)
    _post_entries(window, tracks)
    window_rows.collect(window, share)
    reach(Point.WINDOW_POSTED)


def open_period(at: datetime) -> Period:
    """The open period; the first one opens with the oldest play that waits."""
    found = Period.objects.filter(state=Period.State.OPEN).first()
    if found is not None:
        return found
    last = Period.objects.aggregate(number=Max("number"), cutoff=Max("cutoff_at"))
    waiting = PaidPlay.objects.waiting().order_by("counted_at")
    oldest = waiting.values_list("counted_at", flat=True).first() or at
    return opened((last["number"] or 0) + 1, last["cutoff"] or min(oldest, at))


def opened(number: int, at: datetime) -> Period:
    """A new period, whose windows are all of the length that the setting has now, at most."""
    window = settings.ACCRUAL_WINDOW
    return Period.objects.create(number=number, opens_at=at, longest_window=window)


def _next_window(period: Period, at: datetime) -> Window:
    """The period's next window: it ends at `at` and is no longer than windows may be."""
    last = period.windows.order_by("-number").first()
    after = last.ends_at if last else period.opens_at
    ends_at = max(at, after)
    return Window.objects.create(
        period=period,
        number=last.number + 1 if last else 1,
        starts_at=max(after, ends_at - (period.longest_window or settings.ACCRUAL_WINDOW)),
        ends_at=ends_at,
    )


def _take_back(window: Window, tracks: Sequence[Track]) -> None:
    """Take revenue back from who shared it, before any units move."""
    if not any(track.netted.taken for track in tracks):
        return
    sources = dict(window.period.windows.values_list("number", "pk"))
    taken = [
        holdings.Taken(track.terms.pk, sources[number], micros)
        for track in tracks
        for number, micros in track.netted.taken.items()
    ]
    holdings.take_back(taken)
    TakenBack.objects.bulk_create(
        TakenBack(
            terms_id=one.terms_id, source_id=one.window_id, posted_in=window, micros=one.micros
        )
        for one in taken
    )


def _write_windows(window: Window, tracks: Sequence[Track]) -> None:
    TrackWindow.objects.bulk_create(
        TrackWindow(
            window=window,
            terms=track.terms,
            plays=track.taken.plays,
            revenue_micros=track.netted.gained_micros,
            cumulative_micros=track.after.revenue,
            receivable_micros=track.after.receivable,
            units_emitted=track.units_emitted,
            units_returned=track.units_returned,
            cumulative_units=track.after.emitted,
        )
        for track in tracks
    )


def _post_entries(window: Window, tracks: Sequence[Track]) -> None:
    """An entry for the money of each track; its units move within the house."""
    money_lines = [_money_lines(track) for track in tracks]
    ids = ledger.account_ids(key for lines in money_lines for key in lines)
    drafts = [
        _draft(window, track, [(ids[key], micros) for key, micros in lines.items()])
        for track, lines in zip(tracks, money_lines, strict=True)
    ]
    made = ledger.post_many(drafts)
    if len(made) != len(drafts):
        raise RoyaltiesError(f"window {window.number} of period {window.period_id} is posted")


def _draft(window: Window, track: Track, lines: Sequence[tuple[int, int]]) -> Draft:
    return Draft(
        reference=f"w/{window.period_id}/{window.number}/{track.terms.slot}",
        kind="accrual",
        at=window.ends_at,
        lines=lines,
        period_number=window.period_id,
        terms_id=track.terms.pk,
    )


def _money_lines(track: Track) -> dict[AccountKey, int]:
    """What was collected pays, or held money does; all gain their floors; the track keeps the rest.

    Whose money was collected, `window_rows` posts for all tracks together.
    """
    terms, before, after = track.terms, track.before, track.after
    lines: Counter[AccountKey] = Counter()
    lines[window_rows.COLLECTED] -= track.paid_micros
    lines[AccountKey(Account.Kind.HELD, terms_id=terms.pk)] += track.change.frozen_micros
    lines[AccountKey(Account.Kind.REDISTRIBUTED)] -= track.change.given_micros
    for party_id, bps in [*track.parts, (terms.platform_id, terms.platform_bps)]:
        share = money.share_between(before.revenue, after.revenue, bps)
        lines[AccountKey(Account.Kind.ACCRUED, party_id)] += share
    pool = AccountKey(Account.Kind.POOL, terms_id=terms.pk)
    lines[pool] += money.share_between(before.revenue, after.revenue, terms.pool_bps)
    owed = AccountKey(Account.Kind.RECEIVABLE, terms_id=terms.pk)
    lines[owed] -= after.receivable - before.receivable
    lines[AccountKey(Account.Kind.REMAINDER, terms_id=terms.pk)] -= sum(lines.values())
    return {key: micros for key, micros in lines.items() if micros}


def _mark_changes(window: Window, changes: Iterable[Change]) -> None:
    """Note on each reversal where it was posted, and on each release."""
    returned, again = dict[int, int](), dict[int, int]()
    for change in changes:
        returned |= {one.reversal_id: change.returned[one.reversal_id] for one in change.reversed}
        again |= {one.reversal_id: change.units_again[one.reversal_id] for one in change.released}
    with connection.cursor() as cursor:
        for statement, units in ((RETURNED, returned), (UNITS_AGAIN, again)):
            cursor.execute(statement, [window.pk, [*units], [*units.values()]])
