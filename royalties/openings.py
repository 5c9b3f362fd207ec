"""What a period opened with: each played track's revenue and holders, as rows of the past say.

Read from unit moves and earlier entitlements, never from today's holdings, so that a period long
closed still opens with the same.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import F, Q, Sum

from royalties.models import Entitlement, Period, Terms, TrackWindow, UnitMove


@dataclass(frozen=True)
class Opening:
    """One holder of one played track at a period's opening."""

    terms_id: UUID
    slot: int
    party_id: UUID
    revenue_micros: int  # of the track, cumulative
    units: int
    listened_units: int
    carried: int


def of(period: Period) -> list[Opening]:
    """Every holder of every track played in the period, or that units left or came to."""
    played = revenue_before(period)
    units, listened = _units_before(period, played)
    carried = _carried_before(period, played)
    slots = dict(Terms.objects.filter(pk__in=played).values_list("pk", "slot"))
    return [
        Opening(
            terms_id=terms,
            slot=slots[terms],
            party_id=party,
            revenue_micros=played[terms],
            units=units[terms, party],
            listened_units=listened[terms, party],
            carried=carried.get((terms, party), 0),
        )
        for terms, party in sorted(units.keys() | carried.keys())
        if units[terms, party] or listened[terms, party] or carried.get((terms, party))
    ]


def gained(period: Period) -> dict[UUID, int]:
    """Revenue of the period in micros, by terms."""
    rows = TrackWindow.objects.filter(window__period=period).values("terms_id")
    return dict(rows.annotate(sum=Sum("revenue_micros")).values_list("terms_id", "sum"))


def revenue_before(period: Period) -> dict[UUID, int]:
    """Cumulative revenue as it opens of each track played, or that units left or came to."""
    rows = TrackWindow.objects.filter(window__period=period).order_by("terms_id", "window_id")
    first = rows.distinct("terms_id").annotate(before=F("cumulative_micros") - F("revenue_micros"))
    return _revenue_of_moved(period) | dict(first.values_list("terms_id", "before"))


def _revenue_of_moved(period: Period) -> dict[UUID, int]:
    """Cumulative revenue of tracks of which units left or came back at the period's cut-off."""
    moved = UnitMove.objects.filter(window__period=period, kind__in=UnitMove.AT_CUTOFFS)
    rows = TrackWindow.objects.filter(
        terms__in=moved.values("terms"), window__period__number__lte=period.number
    ).order_by("terms_id", "-window_id")
    return dict(rows.distinct("terms_id").values_list("terms_id", "cumulative_micros"))


Counts = dict[tuple[UUID, UUID], int]  # by (terms, party)


# What listening earned, and what of it went back: which side of which move.
LISTENED = {(1, UnitMove.Kind.EMISSION), (-1, UnitMove.Kind.RETURN)}


def _units_before(period: Period, played: Iterable[UUID]) -> tuple[Counts, Counts]:
    """Units held, and units earned by listening, before the period's first window."""
    before = Q(window__isnull=True) | Q(window__period__number__lt=period.number)
    moves = UnitMove.objects.filter(before, terms__in=list(played))
    held: Counts = defaultdict(int)
    listened: Counts = defaultdict(int)
    for side, sign in [("taker_id", 1), ("giver_id", -1)]:
        rows = moves.exclude(**{f"{side}__isnull": True}).values("terms_id", "kind", party=F(side))
        for terms, kind, party, units in rows.annotate(sum=Sum("units")).values_list(
            "terms_id", "kind", "party", "sum"
        ):
            held[terms, party] += sign * units
            if (sign, kind) in LISTENED:
                listened[terms, party] += sign * units
    return held, listened


def _carried_before(period: Period, played: Iterable[UUID]) -> Counts:
    rows = Entitlement.objects.filter(
        terms__in=list(played), role=Entitlement.Role.HOLDER, period__number__lt=period.number
    )
    last = rows.order_by("terms_id", "party_id", "-period_id").distinct("terms_id", "party_id")
    return {
        (terms, party): carried
        for terms, party, carried in last.values_list("terms_id", "party_id", "carried")
    }
