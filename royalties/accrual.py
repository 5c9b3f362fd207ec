"""Accrual: counted plays whose hold window has ended become postings, per track and window.

A play belongs to the window in which it is accrued; who held units at the window's start is
entitled to its fan pool. One transaction takes the plays, posts them and marks exactly those.
Everything is done in a fixed number of statements, however many plays there are.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max

from royalties import holdings, ledger, locks, money, pseudonyms
from royalties.due import Track, plays_due, tracks_of
from royalties.errors import RoyaltiesError
from royalties.ledger import AccountKey, Draft
from royalties.models import Account, PaidPlay, Period, TrackWindow, UnitMove, Window


@transaction.atomic
def accrue(at: datetime) -> Window | None:
    """Post every play that is due at `at` in one window of the open period; None if none is due."""
    locks.take(locks.Lock.ACCRUAL)
    plays = plays_due(at)
    if not plays:
        return None
    window = _next_window(open_period(at), at)
    tracks = tracks_of(plays)
    holdings.move_units(
        [
            holdings.Earned(t.terms.pk, t.terms.issuer_id, t.revenue_after, t.units_by_listener())
            for t in tracks
        ],
        at,
    )
    _write_windows(window, tracks)
    _write_moves(window, tracks)
    _post(window, tracks)
    _mark(window, tracks)
    return window


def open_period(at: datetime) -> Period:
    """The open period; the first one opens with the oldest play that waits."""
    found = Period.objects.filter(state=Period.State.OPEN).first()
    if found is not None:
        return found
    last = Period.objects.aggregate(number=Max("number"), cutoff=Max("cutoff_at"))
    waiting = PaidPlay.objects.filter(window=None).order_by("counted_at")
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


def _write_windows(window: Window, tracks: Sequence[Track]) -> None:
    TrackWindow.objects.bulk_create(
        TrackWindow(
            window=window,
            terms=track.terms,
            plays=len(track.plays),
            revenue_micros=track.revenue,
            cumulative_micros=track.revenue_after,
            units_emitted=sum(track.units),
            cumulative_units=track.emitted_before + sum(track.units),
        )
        for track in tracks
    )


def _write_moves(window: Window, tracks: Sequence[Track]) -> None:
    UnitMove.objects.bulk_create(
        UnitMove(
            window=window,
            terms=track.terms,
            kind=UnitMove.Kind.EMISSION,
            giver_id=track.terms.issuer_id,
            taker_id=listener,
            units=units,
            at=window.ends_at,
        )
        for track in tracks
        for listener, units in track.units_by_listener().items()
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
    units = track.units_by_listener()
    if units:
        yield "u", track, _unit_lines(track, units)


def _money_lines(track: Track) -> dict[AccountKey, int]:
    """Listeners pay; payees, platform and pool gain their floors; the track keeps what is left."""
    terms, before, after = track.terms, track.revenue_before, track.revenue_after
    lines: Counter[AccountKey] = Counter()
    for play in track.plays:
        lines[AccountKey(Account.Kind.LISTENER, play.listener_id)] -= play.price_micros
    parts = [(payee.party_id, payee.bps) for payee in terms.payees.all()]
    for party_id, bps in [*parts, (terms.platform_id, terms.platform_bps)]:
        share = money.share_between(before, after, bps)
        lines[AccountKey(Account.Kind.ACCRUED, party_id)] += share
    pool = AccountKey(Account.Kind.POOL, terms_id=terms.pk)
    lines[pool] += money.share_between(before, after, terms.pool_bps)
    lines[AccountKey(Account.Kind.REMAINDER, terms_id=terms.pk)] -= sum(lines.values())
    return dict(lines)


def _unit_lines(track: Track, units: dict[UUID, int]) -> dict[AccountKey, int]:
    issuer = AccountKey(Account.Kind.UNITS, track.terms.issuer_id, track.terms.pk)
    lines = {
        AccountKey(Account.Kind.UNITS, listener, track.terms.pk): earned
        for listener, earned in units.items()
    }
    return lines | {issuer: -sum(units.values())}


def _mark(window: Window, tracks: Sequence[Track]) -> None:
    """Set window, units and pseudonym of exactly the plays that were posted."""
    pairs = {(play.terms_id, play.listener_id) for track in tracks for play in track.plays}
    names = pseudonyms.ensure(window.period, pairs)
    rows = [
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
            [window.pk, *(list(column) for column in zip(*rows, strict=True))],
        )
        if cursor.rowcount != len(rows):
            raise RoyaltiesError(f"{len(rows) - cursor.rowcount} plays were accrued twice")
