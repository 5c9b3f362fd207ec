"""What one early listener of a song paid, owns and has back: true figures for the landing page.

Nobody is named; what came back is counted as periods close, so nothing of it is a promise.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import accumulate

from django.db.models import Count, Sum

from marketplace.catalog.models import Track
from marketplace.templatetags import amounts
from royalties import statements
from royalties.models import Holding, PaidPlay

FIRST_PLAYS = 20  # whose listeners are early
DAYS = 30  # drawn; what came before them is in their sum
LEAST_DAYS = 3  # fewer draw no line


@dataclass(frozen=True)
class Early:
    """`points` are (day, micros that had come back by its end)."""

    title: str
    note: str
    points: list[tuple[str, int]]


def early_listener(track: Track, at: datetime) -> Early | None:
    """Of the first listeners the one who owns most; None while too little came back to be drawn."""
    held = _largest(track)
    if held is None:
        return None
    came = statements.returned_by_day(held.party, held.since).get(held.terms_id, {})
    if len(came) < LEAST_DAYS:
        return None
    paid = PaidPlay.objects.filter(terms=held.terms_id, listener=held.party_id).aggregate(
        plays=Count("pk"), micros=Sum("price_micros")
    )
    points = _running(came, at.date())[-DAYS:]
    back, plays = amounts.plain_cents(points[-1][1]), paid["plays"]
    return Early(
        f"{back} came back to one early listener of {track.title}",
        f"Cents in all, by day (UTC). Paid {amounts.plain_cents(paid['micros'] or 0)}"
        f" for {amounts.count(plays)} play{'' if plays == 1 else 's'}; owns "
        f"{amounts.count(held.units)} of its million units",
        points,
    )


def _largest(track: Track) -> Holding | None:
    early = PaidPlay.objects.filter(terms=track.terms_id).order_by("counted_at", "pk")
    listeners = set(early.values_list("listener", flat=True)[:FIRST_PLAYS])
    assert track.terms is not None
    held = Holding.objects.filter(terms=track.terms_id, party__in=listeners, units__gt=0)
    fans = held.exclude(party=track.terms.issuer_id).select_related("party")
    return fans.order_by("-units", "pk").first()


def _running(came: dict[date, int], last: date) -> list[tuple[str, int]]:
    """Every day from the first that paid, each with all that had come back."""
    first = min(came)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    sums = accumulate(came.get(day, 0) for day in days)
    return [(f"{day.day} {day:%b}", micros) for day, micros in zip(days, sums, strict=True)]
