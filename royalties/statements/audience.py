"""Who listens to tracks and who owns them, as counts; no listener is named."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Exists, F, Max, OuterRef, Q, Sum

from royalties.models import Holding, PaidPlay, Party


@dataclass(frozen=True)
class Spread:
    """How a track's units are spread among its listeners; the issuer's own are left out."""

    holders: int = 0
    units: int = 0
    largest_units: int = 0  # of the listener who holds most

    @property
    def largest_bps(self) -> int:
        """The largest holder's part of what listeners hold, to the basis point below."""
        return 10_000 * self.largest_units // self.units if self.units else 0

    @property
    def largest_percent(self) -> int:
        return self.largest_bps // 100


def new_listeners(terms_ids: Collection[UUID], since: datetime, until: datetime) -> int:
    """How many listened to any of these tracks in that time and to none before; one query."""
    standing = PaidPlay.objects.not_reversed()
    earlier = standing.filter(
        terms__in=terms_ids, listener=OuterRef("listener"), counted_at__lt=since
    )
    counted = standing.filter(terms__in=terms_ids, counted_at__gte=since, counted_at__lte=until)
    found = counted.exclude(Exists(earlier)).aggregate(n=Count("listener", distinct=True))
    return int(found["n"])


def spread_of(terms_ids: Collection[UUID]) -> dict[UUID, Spread]:
    """Each of these tracks' owners, those nobody owns a part of included; one query."""
    rows = (
        Holding.objects.filter(terms__in=terms_ids, units__gt=0)
        .exclude(Q(party=F("terms__issuer")) | Q(party__kind=Party.Kind.OUTSIDE))
        .values("terms_id")
        .annotate(holders=Count("party"), held=Sum("units"), largest=Max("units"))
    )
    found = {r["terms_id"]: Spread(r["holders"], r["held"], r["largest"]) for r in rows}
    return {terms: found.get(terms, Spread()) for terms in terms_ids}
