"""Why a track costs what it costs, in two sentences made of the engine's own numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q

from marketplace.catalog.models import Track
from marketplace.pricing.models import PricePoint, Quote

WEEK = timedelta(days=7)


@dataclass(frozen=True)
class PriceReason:
    """`first` says what listeners did, `second` what followed from it."""

    first: str
    second: str
    numbers: dict[str, Any]


SECOND = {
    "waiting": "It starts where every song does and moves each full hour by what listeners answer.",
    "launch": "The song is new, so its price still looks for its place, by 5 % an hour at most.",
    "learned": "That is where what listeners pay, taken together, is most.",
    "bound": "It would go further, but prices stay between the floor and the ceiling.",
    "limited": "It is on its way there, by 3 % a day at most.",
    "test": "It stands a hair beside its best guess today, to learn a little more.",
    "frozen": "It has not moved, because nothing new was learned.",
}


def explain(track: Track, at: datetime) -> PriceReason:
    """From the last step that touched the track and the week's answers."""
    answered = Quote.objects.filter(
        track=track, teaches=True, issued_at__gt=at - WEEK, ended_at__isnull=False
    ).aggregate(n=Count("pk"), yes=Count("pk", filter=Q(state=Quote.State.ACCEPTED)))
    quotes, accepts = answered["n"], answered["yes"]
    last = PricePoint.objects.filter(track=track).order_by("-at").first()
    numbers = last.explanation if last else {}
    reason = str(numbers.get("reason", "waiting"))
    if quotes:
        share = round(100 * accepts / quotes)
        people = "listener was" if quotes == 1 else "listeners were"
        first = f"This week {quotes} {people} shown a price; {accepts} ({share} %) played on."
    else:
        first = "This week nobody has answered a price yet."
    return PriceReason(first, SECOND.get(reason, SECOND["waiting"]), numbers)
