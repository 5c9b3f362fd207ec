"""Periods and their tracks as one party, or the several of one login, sees them.

A closed period's amounts are the frozen entitlements. The open one's follow from the same rules,
and include plays that were counted and wait for accrual.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, F, Max, Q, Sum

from royalties import money
from royalties.models import Entitlement, PaidPlay, Party, Period, Reversal, Terms, TrackWindow
from royalties.statements.holders import held_by
from royalties.statements.payouts import Whose, direct_bps, several


@dataclass(frozen=True)
class TrackLine:
    """One track in one period: what listeners paid, and what of it is yours.

    `direct_micros` as payee (None where the track does not pay you directly), `fan_micros` for
    units held.
    """

    terms_id: UUID
    subject_id: UUID
    plays: int
    paid_micros: int
    direct_micros: int | None
    fan_micros: int

    @property
    def to_you_micros(self) -> int:
        return (self.direct_micros or 0) + self.fan_micros

    @property
    def to_others_micros(self) -> int:
        return self.paid_micros - self.to_you_micros


@dataclass(frozen=True)
class PeriodLine:
    """One period: plays of the tracks that pay you directly, and whom that money went to.

    `plays` are those the money is of: a period counts one less for each that was taken back in it,
    and one more for each released in it. `elsewhere_micros` is what you got besides, for units of
    other people's tracks.
    """

    period: int
    state: str
    opens_at: datetime
    cutoff_at: datetime | None
    active_at: datetime | None
    plays: int
    paid_micros: int
    to_others_micros: int
    to_you_micros: int
    elsewhere_micros: int


LATEST = 100  # periods that a page shows

ExportRow = tuple[int, str, str, str, str, int, int, int]


def by_period(whose: Whose, limit: int = LATEST, also: Collection[int] = ()) -> list[PeriodLine]:
    """The last periods that owe these parties anything, newest first; the open one included.

    `also`: older ones that are asked for by number.
    """
    parties = several(whose)
    owing = Entitlement.objects.filter(party__in=parties).order_by("-period_id")
    newest = list(owing.values_list("period_id", flat=True).distinct()[:limit])
    asked = owing.filter(period__in=also).values_list("period_id", flat=True) if also else []
    periods = Period.objects.filter(pk__in={*newest, *asked}).exclude(state=Period.State.OPEN)
    tracks = _closed(periods, parties)
    lines = [_line(period, tracks[period.pk]) for period in periods]
    running = Period.objects.filter(state=Period.State.OPEN).first()
    if running is not None and (moving := _running(running, parties)):
        lines.append(_line(running, moving))
    return sorted(lines, key=lambda line: -line.period)


def closed_between(
    whose: Whose, since: datetime, until: datetime
) -> list[tuple[PeriodLine, list[TrackLine]]]:
    """Periods that closed after `since`, at `until` at the latest, and owe these parties anything,
    oldest first, each with its tracks.
    """
    found = Period.objects.filter(cutoff_at__gt=since, cutoff_at__lte=until)
    periods = list(found.exclude(state=Period.State.OPEN).order_by("pk"))
    tracks = _closed(periods, several(whose))
    return [(_line(one, tracks[one.pk]), tracks[one.pk]) for one in periods if one.pk in tracks]


def by_track_in(period: Period, whose: Whose) -> list[TrackLine]:
    """The period's tracks that owe these parties anything, the best earning first."""
    parties = several(whose)
    if period.state == Period.State.OPEN:
        lines = _running(period, parties)
    else:
        lines = _closed([period], parties)[period.pk]
    return sorted(lines, key=lambda line: (-line.to_you_micros, -line.paid_micros))


def export(
    whose: Whose, since: datetime | None = None, until: datetime | None = None
) -> list[ExportRow]:
    """Every frozen entitlement, newest period first, exact in micros, for a CSV; where both moments
    are given, of what `closed_between` them.

    Columns: period, state, cut-off, track, role, plays, paid, to you.
    """
    found = Entitlement.objects.filter(party__in=several(whose))
    if since is not None and until is not None:
        found = found.filter(period__cutoff_at__gt=since, period__cutoff_at__lte=until)
    rows = found.select_related("period", "terms").order_by(
        "-period_id", "terms__slot", "role", "party_id"
    )
    owed = list(rows)
    taken = _taken({one.period_id for one in owed}, {one.terms_id for one in owed})
    return [
        (
            one.period_id,
            one.period.state,
            one.period.cutoff_at.isoformat() if one.period.cutoff_at else "",
            str(one.terms.subject_id),
            one.role,
            *taken[one.period_id, one.terms_id],
            one.amount_micros,
        )
        for one in owed
    ]


def _line(period: Period, tracks: Sequence[TrackLine]) -> PeriodLine:
    own = [track for track in tracks if track.direct_micros is not None]
    return PeriodLine(
        period=period.number,
        state=period.state,
        opens_at=period.opens_at,
        cutoff_at=period.cutoff_at,
        active_at=period.active_at,
        plays=sum(track.plays for track in own),
        paid_micros=sum(track.paid_micros for track in own),
        to_others_micros=sum(track.to_others_micros for track in own),
        to_you_micros=sum(track.to_you_micros for track in own),
        elsewhere_micros=sum(t.fan_micros for t in tracks if t.direct_micros is None),
    )


def _closed(periods: Collection[Period], parties: Sequence[Party]) -> dict[int, list[TrackLine]]:
    """Each period's tracks, from what was frozen; two queries."""
    rows = (
        Entitlement.objects.filter(period__in=periods, party__in=parties)
        .values("period_id", "terms_id", "role", subject=F("terms__subject_id"))
        .annotate(micros=Sum("amount_micros"))
        .order_by("period_id", "terms__slot")
    )
    owed: dict[tuple[int, UUID, UUID], dict[str, int]] = defaultdict(dict)
    for row in rows:
        role = "fan" if row["role"] == Entitlement.Role.HOLDER else "direct"
        owed[row["period_id"], row["terms_id"], row["subject"]][role] = row["micros"]
    taken = _taken({number for number, _, _ in owed}, {terms for _, terms, _ in owed})
    lines: dict[int, list[TrackLine]] = defaultdict(list)
    for (number, terms, subject), parts in owed.items():
        line = TrackLine(
            terms, subject, *taken[number, terms], parts.get("direct"), parts.get("fan", 0)
        )
        if line.direct_micros is not None or line.fan_micros:
            lines[number].append(line)
    return lines


def _taken(numbers: set[int], terms: set[UUID]) -> dict[tuple[int, UUID], tuple[int, int]]:
    """Plays and revenue by period and track: the plays that the revenue is of."""
    changed = _changed(numbers, terms)
    rows = (
        TrackWindow.objects.filter(window__period__in=numbers, terms__in=terms)
        .values("terms_id", number=F("window__period_id"))
        .annotate(count=Sum("plays"), micros=Sum("revenue_micros"))
    )
    taken = {(row["number"], row["terms_id"]): (row["count"], row["micros"]) for row in rows}
    return {key: (plays + changed[key], micros) for key, (plays, micros) in taken.items()}


def _changed(numbers: Collection[int], terms: Collection[UUID]) -> Counter[tuple[int, UUID]]:
    """Plays that were taken back in a period, below 0, and those released in it, above."""
    here = Q(window__period__in=numbers) | Q(released_in__period__in=numbers)
    rows = (
        Reversal.objects.filter(here, play__terms__in=terms)
        .values("play__terms_id", back=F("window__period_id"), again=F("released_in__period_id"))
        .annotate(count=Count("pk"))
    )
    changed: Counter[tuple[int, UUID]] = Counter()
    for row in rows:
        changed[row["back"], row["play__terms_id"]] -= row["count"]
        changed[row["again"], row["play__terms_id"]] += row["count"]
    return changed


def _running(period: Period, parties: Sequence[Party]) -> list[TrackLine]:
    """The open period's tracks so far; a fixed number of queries."""
    direct = direct_bps(parties)
    fan: Counter[UUID] = Counter()
    for one in held_by(parties):
        fan[one.terms_id] += one.accrued_micros
    tracks = direct.keys() | {terms for terms, micros in fan.items() if micros}
    windows = TrackWindow.objects.filter(window__period=period, terms__in=tracks)
    accrued = windows.values("terms_id").annotate(
        after=Max("cumulative_micros"), gained=Sum("revenue_micros"), count=Sum("plays")
    )
    moved = {row["terms_id"]: (row["after"], row["gained"], row["count"]) for row in accrued}
    counted = PaidPlay.objects.waiting().filter(terms__in=tracks).values("terms_id")
    summed = counted.annotate(micros=Sum("price_micros"), count=Count("id"))
    waiting = {row["terms_id"]: (row["micros"], row["count"]) for row in summed}
    changed = _changed([period.pk], tracks)
    subjects = Terms.objects.filter(pk__in=moved.keys() | waiting.keys()).order_by("slot")
    lines = []
    for terms, subject in subjects.values_list("pk", "subject_id"):
        after, gained, plays = moved.get(terms, (0, 0, 0))
        micros, more = waiting.get(terms, (0, 0))
        plays += changed[period.pk, terms]
        parts = direct.get(terms, [])
        mine = sum(
            money.share_between(after - gained, after, bps) + money.floor_share(micros, bps)
            for bps in parts
        )
        lines.append(
            TrackLine(
                terms, subject, plays + more, gained + micros, mine if parts else None, fan[terms]
            )
        )
    return lines
