"""What listeners paid for tracks: by day, and in all. Plays count from the moment they count.

Those taken back (held, forfeited, charged back) count for nothing until they are released.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, Sum
from django.db.models.functions import TruncDate

from royalties.models import Holding, PaidPlay, Reversal, TrackWindow


@dataclass(frozen=True)
class RevenueLine:
    """One track's counted plays of one UTC day."""

    terms_id: UUID
    day: date
    plays: int
    micros: int


@dataclass(frozen=True)
class Counts:
    """One track's counted plays in all, and by how many listeners."""

    plays: int
    listeners: int
    micros: int


def revenue(terms_ids: Collection[UUID], since: datetime, until: datetime) -> list[RevenueLine]:
    """Days with plays from the day of `since` to the moment `until`, oldest first; one query."""
    whole_day = since.replace(hour=0, minute=0, second=0, microsecond=0)
    counted = PaidPlay.objects.not_reversed().filter(
        terms__in=terms_ids, counted_at__gte=whole_day, counted_at__lte=until
    )
    rows = (
        counted.values("terms_id", day=TruncDate("counted_at"))
        .annotate(plays=Count("id"), micros=Sum("price_micros"))
        .order_by("day", "terms__slot")
    )
    return [RevenueLine(r["terms_id"], r["day"], r["plays"], r["micros"]) for r in rows]


@dataclass(frozen=True)
class Totals:
    """One track's counted plays and their money, in all."""

    plays: int
    micros: int


def totals_of(terms_ids: Collection[UUID]) -> dict[UUID, Totals]:
    """Plays and money of each of these tracks, silent ones included; three queries.

    Posted plays are read from their windows, one row a minute at most, however many plays fell
    into it; only those that still wait, and those taken back, are counted one by one.
    """
    posted = TrackWindow.objects.filter(terms__in=terms_ids).values("terms_id")
    sums = posted.annotate(n=Sum("plays"), micros=Sum("revenue_micros"))
    known = {r["terms_id"]: (r["n"], r["micros"]) for r in sums}
    waiting = PaidPlay.objects.waiting().filter(terms__in=terms_ids).values("terms_id")
    more = {
        r["terms_id"]: (r["n"], r["micros"])
        for r in waiting.annotate(n=Count("id"), micros=Sum("price_micros"))
    }
    back = Reversal.objects.standing().filter(play__terms__in=terms_ids)
    fewer = {
        r["play__terms_id"]: (-r["n"], 0)  # their money left the windows' sums
        for r in back.values("play__terms_id").annotate(n=Count("id"))
    }
    parts = (known, more, fewer)
    return {
        pk: Totals(*map(sum, zip(*(part.get(pk, (0, 0)) for part in parts), strict=True)))
        for pk in terms_ids
    }


@dataclass(frozen=True)
class Fans:
    """Who earned units of several tracks by listening."""

    people: int
    units: int


def fans_of(terms_ids: Collection[UUID]) -> Fans:
    """Listeners who hold units of any of these tracks, each counted once; one query."""
    held = Holding.objects.filter(terms__in=terms_ids, listened_units__gt=0)
    found = held.aggregate(people=Count("party", distinct=True), units=Sum("units", default=0))
    return Fans(found["people"], found["units"])


def counts_of(terms_ids: Collection[UUID]) -> dict[UUID, Counts]:
    """Plays, listeners and money of each of these tracks, silent ones included; one query."""
    counted = PaidPlay.objects.not_reversed().filter(terms__in=terms_ids)
    rows = counted.values("terms_id").annotate(
        plays=Count("id"),
        listeners=Count("listener_id", distinct=True),
        micros=Sum("price_micros"),
    )
    by_terms = {r["terms_id"]: Counts(r["plays"], r["listeners"], r["micros"]) for r in rows}
    return {terms_id: by_terms.get(terms_id, Counts(0, 0, 0)) for terms_id in terms_ids}


Span = tuple[datetime, datetime]  # from, up to and with


def counts_in(
    terms_ids: Collection[UUID], spans: Mapping[str, Span]
) -> dict[str, dict[UUID, Counts]]:
    """The same for several named spans of time at once, tracks silent in one left out of it.

    One query over the plays since the earliest of them.
    """
    within = {
        name: Q(counted_at__gte=since, counted_at__lte=until)
        for name, (since, until) in spans.items()
    }
    columns: dict[str, Sum | Count] = {}
    for name, inside in within.items():
        columns[f"{name}_plays"] = Count("id", filter=inside)
        columns[f"{name}_listeners"] = Count("listener_id", distinct=True, filter=inside)
        columns[f"{name}_micros"] = Sum("price_micros", filter=inside)
    earliest = min(since for since, _ in spans.values())
    standing = PaidPlay.objects.not_reversed()
    counted = standing.filter(terms__in=terms_ids, counted_at__gte=earliest)
    rows: list[dict[str, Any]] = [
        dict(row) for row in counted.values("terms_id").annotate(**columns)
    ]
    return {
        name: {
            row["terms_id"]: Counts(
                row[f"{name}_plays"], row[f"{name}_listeners"], row[f"{name}_micros"]
            )
            for row in rows
            if row[f"{name}_plays"]
        }
        for name in spans
    }
