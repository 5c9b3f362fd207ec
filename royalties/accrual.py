"""Accrual: counted plays whose hold window has ended become postings, per track and window.

A play belongs to the window in which it is accrued; who held units at the window's start is
entitled to its fan pool. One transaction takes the plays, posts them and marks exactly those.
Everything is done in a fixed number of statements for each 50,000 plays, and in their memory.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max

from royalties import holdings, ledger, locks, money, pseudonyms, rows
from royalties.due import Track, in_batches, plays_due, plays_of, tracks_of
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
    UnitMove,
    Window,
)
from royalties.reversed_plays import Change, changes_of


@transaction.atomic
def accrue(
    at: datetime,
    reversed_now: Sequence[Reversal] = (),
    released_now: Sequence[Reversal] = (),
) -> Window | None:
    """Post every play that is due at `at` in one window of the open period; None if none is due.

    The window also takes back the plays reversed and posts again those released (`reversals`).
    """
    locks.take(locks.Lock.ACCRUAL)
    due = plays_due(at)
    if not due and not reversed_now and not released_now:
        return None
    window = _next_window(open_period(at), at)
    reach(Point.WINDOW_MADE)
    changes = changes_of(reversed_now, released_now, window.period_id)
    for some in in_batches(due, changes):
        plays = plays_of(some, at)
        here = {pk: change for pk, change in changes.items() if pk in some}
        _take(window, tracks_of(plays, window.period_id, here), at)
    reach(Point.WINDOW_MARKED)
    return window


@transaction.atomic
def give(micros_by_track: Mapping[UUID, int], at: datetime) -> Window:
    """Post forfeited money as revenue of these tracks, in a window that takes nothing else."""
    locks.take(locks.Lock.ACCRUAL)
    window = _next_window(open_period(at), at)
    changes = {pk: Change(given_micros=micros) for pk, micros in micros_by_track.items()}
    _take(window, tracks_of([], window.period_id, changes), at)
    return window


def _take(window: Window, tracks: Sequence[Track], at: datetime) -> None:
    """Post and mark what the window takes of these tracks."""
    _take_back(window, tracks)
    holdings.move_units([one for track in tracks for one in _unit_changes(track)], at)
    _write_windows(window, tracks)
    _write_moves(window, tracks)
    _post(window, tracks)
    reach(Point.WINDOW_POSTED)
    _mark(window, tracks)
    _mark_changes(window, tracks)


def open_period(at: datetime) -> Period:
    """The open period; the first one opens with the oldest play that waits."""
    found = Period.objects.filter(state=Period.State.OPEN).first()
    if found is not None:
        return found
    last = Period.objects.aggregate(number=Max("number"), cutoff=Max("cutoff_at"))
    waiting = PaidPlay.objects.waiting().order_by("counted_at")
    oldest = waiting.values_list("counted_at", flat=True).first() or at
    return Period.objects.create(
        number=(last["number"] or 0) + 1, opens_at=last["cutoff"] or min(oldest, at)
    )


def _next_window(period: Period, at: datetime) -> Window:
    """The period's next window: it ends at `at` and is no longer than windows may be."""
    last = period.windows.order_by("-number").first()
    after = last.ends_at if last else period.opens_at
    ends_at = max(at, after)
    return Window.objects.create(
        period=period,
        number=last.number + 1 if last else 1,
        starts_at=max(after, ends_at - settings.ACCRUAL_WINDOW),
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


def _unit_changes(track: Track) -> Iterable[holdings.UnitChange]:
    """What the window gives each party of a track in all: issuers give what listeners earn."""
    given, returned = track.units_by_listener(), track.returns_by_listener()
    terms, revenue = track.terms, track.after.revenue
    for party in given.keys() | returned.keys():
        units = given.get(party, 0) - returned.get(party, 0)
        yield holdings.UnitChange(terms.pk, party, revenue, units, units)
    if given or returned:
        units = sum(returned.values()) - sum(given.values())
        yield holdings.UnitChange(terms.pk, terms.issuer_id, revenue, units, 0)


def _write_windows(window: Window, tracks: Sequence[Track]) -> None:
    TrackWindow.objects.bulk_create(
        TrackWindow(
            window=window,
            terms=track.terms,
            plays=len(track.plays),
            revenue_micros=track.netted.gained_micros,
            cumulative_micros=track.after.revenue,
            receivable_micros=track.after.receivable,
            units_emitted=track.units_emitted,
            units_returned=sum(track.change.returned.values()),
            cumulative_units=track.after.emitted,
        )
        for track in tracks
    )


def _write_moves(window: Window, tracks: Sequence[Track]) -> None:
    emission, back = UnitMove.Kind.EMISSION, UnitMove.Kind.RETURN
    moves = [
        (track, emission, track.terms.issuer_id, listener, units)
        for track in tracks
        for listener, units in track.units_by_listener().items()
    ]
    moves += [
        (track, back, listener, track.terms.issuer_id, units)
        for track in tracks
        for listener, units in track.returns_by_listener().items()
    ]
    rows.insert(
        UnitMove,
        ("window", "terms", "kind", "giver", "taker", "units", "at"),
        [
            (window.pk, track.terms.pk, kind, giver, taker, units, window.ends_at)
            for track, kind, giver, taker, units in moves
        ],
    )


def _post(window: Window, tracks: Sequence[Track]) -> None:
    named = [entry for track in tracks for entry in _entries(window, track)]
    ids = ledger.account_ids(key for _, _, lines in named for key in lines)
    drafts = [
        Draft(
            reference=f"{letter}/{window.period_id}/{window.number}/{track.terms.slot}",
            kind="accrual" if letter == "w" else "emission",
            at=window.ends_at,
            lines=[(ids[key], amount) for key, amount in lines.items()],
            period_number=window.period_id,
            terms_id=track.terms.pk,
        )
        for letter, track, lines in named
    ]
    if len(ledger.post_many(drafts)) != len(drafts):
        raise RoyaltiesError(f"window {window.number} of period {window.period_id} is posted")


def _entries(window: Window, track: Track) -> Iterable[tuple[str, Track, dict[AccountKey, int]]]:
    yield "w", track, _money_lines(track)
    lines = {
        AccountKey(Account.Kind.UNITS, one.party_id, one.terms_id): one.units
        for one in _unit_changes(track)
    }
    if lines:
        yield "u", track, lines


def _money_lines(track: Track) -> dict[AccountKey, int]:
    """Listeners pay, or held money does; all gain their floors; the track keeps what is left."""
    terms, before, after = track.terms, track.before, track.after
    lines: Counter[AccountKey] = Counter()
    for listener, micros in track.paid_by_listener().items():
        lines[AccountKey(Account.Kind.LISTENER, listener)] -= micros
    lines[AccountKey(Account.Kind.HELD, terms_id=terms.pk)] += track.change.frozen_micros
    lines[AccountKey(Account.Kind.REDISTRIBUTED)] -= track.change.given_micros
    parts = [(payee.party_id, payee.bps) for payee in terms.payees.all()]
    for party_id, bps in [*parts, (terms.platform_id, terms.platform_bps)]:
        share = money.share_between(before.revenue, after.revenue, bps)
        lines[AccountKey(Account.Kind.ACCRUED, party_id)] += share
    pool = AccountKey(Account.Kind.POOL, terms_id=terms.pk)
    lines[pool] += money.share_between(before.revenue, after.revenue, terms.pool_bps)
    owed = AccountKey(Account.Kind.RECEIVABLE, terms_id=terms.pk)
    lines[owed] -= after.receivable - before.receivable
    lines[AccountKey(Account.Kind.REMAINDER, terms_id=terms.pk)] -= sum(lines.values())
    return {key: micros for key, micros in lines.items() if micros}


def _mark(window: Window, tracks: Sequence[Track]) -> None:
    """Set window, units and pseudonym of exactly the plays that were posted."""
    if not any(track.plays for track in tracks):
        return
    pairs = {(play.terms_id, play.listener_id) for track in tracks for play in track.plays}
    names = pseudonyms.ensure(window.period, pairs)
    taken = [
        (play.id, units, names[play.terms_id, play.listener_id])
        for track in tracks
        for play, units in zip(track.plays, track.units, strict=True)
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE royalties_paidplay p"
            " SET window_id = %s, units = taken.units, pseudonym = taken.pseudonym"
            " FROM unnest(%s::bigint[], %s::int[], %s::text[]) AS taken(id, units, pseudonym)"
            " WHERE p.id = taken.id AND p.window_id IS NULL",
            [window.pk, *(list(column) for column in zip(*taken, strict=True))],
        )
        if cursor.rowcount != len(taken):
            raise RoyaltiesError(f"{len(taken) - cursor.rowcount} plays were accrued twice")


def _mark_changes(window: Window, tracks: Sequence[Track]) -> None:
    """Note on each reversal where it was posted, and on each release; name their listeners."""
    named = set()
    for track in tracks:
        for one in track.change.reversed:
            Reversal.objects.filter(pk=one.reversal_id).update(
                window=window, units=track.change.returned[one.reversal_id]
            )
            named.add((track.terms.pk, one.listener_id))
        for one in track.change.released:
            Reversal.objects.filter(pk=one.reversal_id).update(
                released_in=window, units_again=track.change.units_again[one.reversal_id]
            )
            named.add((track.terms.pk, one.listener_id))
    pseudonyms.ensure(window.period, named)
