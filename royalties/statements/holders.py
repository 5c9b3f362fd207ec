"""What holders have earned of tracks and no period has closed over yet."""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from royalties import money
from royalties.models import Holding, Party, TrackWindow

COLUMNS = (
    "terms_id", "terms__subject_id", "party_id", "units", "terms__pool_bps", "unit_micros",
    "carried", "revenue_seen_micros", "revenue",
)  # fmt: skip


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
    columns = rows.annotate(revenue=revenue).order_by("terms__slot", "party_id")
    return [_held(*row) for row in columns.values_list(*COLUMNS)]


def _held(
    terms_id: UUID,
    subject_id: UUID,
    party_id: UUID,
    units: int,
    pool_bps: int,
    unit_micros: int | Decimal,
    carried: int,
    seen_micros: int,
    revenue_micros: int,
) -> Held:
    since = units * (revenue_micros - seen_micros)
    accrued = money.entitlement(int(unit_micros) + since, pool_bps, carried)[0]
    return Held(terms_id, subject_id, party_id, units, pool_bps, accrued)
