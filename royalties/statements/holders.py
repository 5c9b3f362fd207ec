"""What holders have earned of tracks and no period has closed over yet."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.db.models import F, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from royalties import money
from royalties.models import Holding, Party, TrackWindow


@dataclass(frozen=True)
class Held:
    """One party's units of one track, with whole micros earned since the last close."""

    terms_id: UUID
    subject_id: UUID
    party_id: UUID
    units: int
    pool_bps: int
    accrued_micros: int


def held_by(parties: Collection[Party], terms_ids: Collection[UUID] | None = None) -> list[Held]:
    """Every holding of these parties (of these tracks); one query."""
    rows: QuerySet[Holding] = Holding.objects.filter(party__in=parties)
    if terms_ids is not None:
        rows = rows.filter(terms__in=terms_ids)
    last = TrackWindow.objects.filter(terms=OuterRef("terms")).order_by("-window_id")
    revenue = Coalesce(Subquery(last.values("cumulative_micros")[:1]), Value(0))
    columns = rows.annotate(
        revenue=revenue, pool_bps=F("terms__pool_bps"), subject_id=F("terms__subject_id")
    ).order_by("terms__slot", "party_id")
    return [
        Held(
            one.terms_id,
            one.subject_id,
            one.party_id,
            one.units,
            one.pool_bps,
            _accrued(one, one.revenue, one.pool_bps),
        )
        for one in columns
    ]


def _accrued(holding: Holding, revenue_micros: int, pool_bps: int) -> int:
    since = holding.units * (revenue_micros - holding.revenue_seen_micros)
    return money.entitlement(int(holding.unit_micros) + since, pool_bps, holding.carried)[0]
