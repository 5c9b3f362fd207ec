"""Why a track costs what it costs, in two sentences made of the engine's own numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Sum

from marketplace.catalog.models import Track
from marketplace.pricing.models import PricePoint

WEEK = timedelta(days=7)


@dataclass(frozen=True)
class PriceReason:
    """`first` says what listeners did, `second` what followed from it."""

    first: str
    second: str
    numbers: dict[str, Any]


SECOND = {
    "waiting": "Nobody has decided about this price yet, so it stays where every song starts.",
    "launch": "The song is new, so its price still looks for its place, by 5 % an hour at most.",
    "learned": "That is where what listeners pay, taken together, is most.",
    "bound": "It would go further, but prices stay between the floor and the ceiling.",
    "limited": "It is on its way there, by 3 % a day at most.",
    "test": "It stands a hair beside its best guess today, to learn a little more.",
    "frozen": "It has not moved, because nothing new was learned.",
}


def explain(track: Track, at: datetime) -> PriceReason:
    """From the last step that touched the track and the week's answers."""
    week = PricePoint.objects.filter(track=track, at__gt=at - WEEK)
    sums = week.aggregate(quotes=Sum("quotes"), accepts=Sum("accepts"))
    quotes, accepts = sums["quotes"] or 0, sums["accepts"] or 0
    last = PricePoint.objects.filter(track=track).order_by("-at").first()
    numbers = last.explanation if last else {}
    reason = str(numbers.get("reason", "waiting"))
    if quotes:
        share = round(100 * accepts / quotes)
        people = "listener was" if quotes == 1 else "listeners were"
        first = f"This week {quotes} {people} shown a price; {accepts} ({share} %) played on."
    else:
        first = "This week nobody has been shown a price yet."
    return PriceReason(first, SECOND.get(reason, SECOND["waiting"]), numbers)
