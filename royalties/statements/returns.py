"""What units of each track brought their holder: settled or not, by day, by period, and since when.

Of closed periods only; what the open one has accrued so far stands in `portfolio`. A period counts
to the UTC day in which it closed.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import (
    Count,
    DateTimeField,
    ExpressionWrapper,
    F,
    Max,
    Min,
    Q,
    QuerySet,
    Sum,
)
from django.db.models.functions import TruncDate

from royalties.models import Entitlement, Party, Period, Terms, UnitMove

# a period that closes at midnight belongs to the day that ends there
CLOSED_ON = TruncDate(
    ExpressionWrapper(
        F("period__cutoff_at") - timedelta(microseconds=1), output_field=DateTimeField()
    )
)


@dataclass(frozen=True)
class Returned:
    """One track's money of closed periods. `recent_micros`: of periods closed after a moment."""

    settled_micros: int
    waiting_micros: int  # closed, and not settled yet
    recent_micros: int


@dataclass(frozen=True)
class Earned:
    """When and in how many windows a party earned its units of one track."""

    first_at: datetime
    last_at: datetime
    times: int


@dataclass(frozen=True)
class HolderLine:
    """What one closed period brought for units of one track, and the posting that says so."""

    period: Period
    micros: int
    reference: str


@dataclass(frozen=True)
class MoveLine:
    """Units a party earned in one window, and the posting that says so."""

    at: datetime
    units: int
    reference: str


def returned(party: Party, since: datetime) -> dict[UUID, Returned]:
    """By terms id; one query."""
    settled = Q(period__state=Period.State.ACTIVE)
    rows = _held(party).values("terms_id")
    sums = rows.annotate(
        settled=Sum("amount_micros", filter=settled, default=0),
        waiting=Sum("amount_micros", filter=~settled, default=0),
        recent=Sum("amount_micros", filter=Q(period__cutoff_at__gt=since), default=0),
    )
    return {r["terms_id"]: Returned(r["settled"], r["waiting"], r["recent"]) for r in sums}


def returned_by_day(party: Party, since: datetime) -> dict[UUID, dict[date, int]]:
    """Micros by terms id and day of the periods closed after `since`; one query."""
    rows = _held(party).filter(period__cutoff_at__gt=since).values("terms_id", day=CLOSED_ON)
    found: dict[UUID, dict[date, int]] = defaultdict(dict)
    for row in rows.annotate(micros=Sum("amount_micros")):
        found[row["terms_id"]][row["day"]] = row["micros"]
    return dict(found)


def earned_when(party: Party) -> dict[UUID, Earned]:
    """By terms id, of units earned by listening; one query."""
    moves = UnitMove.objects.filter(taker=party, kind=UnitMove.Kind.EMISSION).values("terms_id")
    rows = moves.annotate(first=Min("at"), last=Max("at"), n=Count("id"))
    return {r["terms_id"]: Earned(r["first"], r["last"], r["n"]) for r in rows}


def holder_lines(party: Party, terms: Terms, limit: int) -> list[HolderLine]:
    """The last closed periods in which the track brought the party something; one query."""
    owed = _held(party).filter(terms=terms, amount_micros__gt=0).select_related("period")
    return [
        HolderLine(one.period, one.amount_micros, f"p/{one.period_id}/{terms.slot}")
        for one in owed.order_by("-period_id")[:limit]
    ]


def move_lines(party: Party, terms: Terms, limit: int) -> list[MoveLine]:
    """The last windows in which the party earned units of the track; one query."""
    moves = UnitMove.objects.filter(
        taker=party, terms=terms, kind=UnitMove.Kind.EMISSION, window__isnull=False
    ).select_related("window")
    lines = []
    for move in moves.order_by("-at")[:limit]:
        assert move.window is not None
        number = f"{move.window.period_id}/{move.window.number}"
        lines.append(MoveLine(move.at, move.units, f"u/{number}/{terms.slot}"))
    return lines


def _held(party: Party) -> QuerySet[Entitlement]:
    return Entitlement.objects.filter(party=party, role=Entitlement.Role.HOLDER)
