"""Songs whose price more of those asked accept than a week ago.

Two weeks of prices take longer to add up than a page may: a worker does it, pages read the rest.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F, Q, Sum

from marketplace.discovery.models import Rising
from marketplace.pricing.models import PricePoint

WEEK = timedelta(days=7)
ASKED_AT_LEAST = 5  # quotes in each week; fewer say nothing of a share
LEAST_GAIN = 0.01
LENGTH = 100
ONE_AT_A_TIME = "LOCK TABLE discovery_rising IN SHARE ROW EXCLUSIVE MODE"  # whoever reads goes on


@transaction.atomic
def add_up(at: datetime) -> None:
    """Put those of now in the place of what was added up before."""
    with connection.cursor() as cursor:
        cursor.execute(ONE_AT_A_TIME)
    Rising.objects.all().delete()
    Rising.objects.bulk_create(_risen(at))


def _risen(at: datetime) -> Iterator[Rising]:
    """The largest gain first."""
    last = Q(at__gt=at - WEEK)
    sums = (
        PricePoint.objects.filter(at__gt=at - 2 * WEEK, at__lte=at, quotes__gt=0)
        .values("track")
        .annotate(
            asked=Sum("quotes", filter=last, default=0),
            taken=Sum("accepts", filter=last, default=0),
            asked_before=Sum("quotes", filter=~last, default=0),
            taken_before=Sum("accepts", filter=~last, default=0),
        )
        .filter(asked__gte=ASKED_AT_LEAST, asked_before__gte=ASKED_AT_LEAST)
        .annotate(gain=F("taken") * 1.0 / F("asked") - F("taken_before") * 1.0 / F("asked_before"))
        .filter(gain__gte=LEAST_GAIN)
        .order_by("-gain", "track")[:LENGTH]
    )
    for place, one in enumerate(sums):
        before, now = one["taken_before"] / one["asked_before"], one["taken"] / one["asked"]
        yield Rising(track_id=one["track"], place=place, before=before, now=now)
