"""Why a track costs what it costs, in two sentences made of the engine's own numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q, Sum

from marketplace.catalog.models import Track
from marketplace.pricing.models import PricePoint, Quote
from marketplace.templatetags.amounts import count, plain_cents

WEEK = timedelta(days=7)
MICROS_PER_CENT = 10_000


@dataclass(frozen=True)
class PriceReason:
    """`first` says what listeners did, `second` what followed from it."""

    first: str
    second: str
    numbers: dict[str, Any]


WAITING = "It starts where every song does and moves each full hour by what listeners answer."
SECOND = {
    "waiting": WAITING,
    "launch": "The song is new, so its price still looks for its place, by 5 % an hour at most{}.",
    "learned": "All answers weighed, this is where the song earns most{}.",
    "bound": "It would go further, but prices stay between the floor and the ceiling.",
    "limited": "It is on its way to where the song earns most{}, by 3 % a day at most.",
    "test": "It stands a hair beside its best guess today{}, to learn a little more.",
    "frozen": "It has not moved, because nothing new was learned.",
}


def explain(track: Track, at: datetime) -> PriceReason:
    """From the last step that touched the track and the week's answers; three queries."""
    asked, yes = _answered(track, at)
    if asked:
        times = "once" if asked == 1 else f"{count(asked)} times"
        share = round(100 * yes / asked)
        first = f"This week the price was put to listeners {times}; {share} % played on."
    else:
        first = "This week nobody has answered a price yet."
    last = PricePoint.objects.filter(track=track).order_by("-at").first()
    numbers = last.explanation if last else {}
    second = SECOND.get(str(numbers.get("reason", "waiting")), WAITING)
    return PriceReason(first, second.format(_about(numbers)), numbers)


def _answered(track: Track, at: datetime) -> tuple[int, int]:
    """Prices put to listeners in the last week, and accepted: those learned, and those waiting.

    From the price points, which there is one of an hour at most, however many listeners answered.
    """
    learned = PricePoint.objects.filter(track=track, at__gt=at - WEEK).aggregate(
        asked=Sum("quotes"), yes=Sum("accepts")
    )
    waiting = Quote.objects.filter(
        track=track, teaches=True, learned_at=None, ended_at__gt=at - WEEK
    ).aggregate(asked=Count("pk"), yes=Count("pk", filter=Q(state=Quote.State.ACCEPTED)))
    asked, yes = ((learned[key] or 0) + waiting[key] for key in ("asked", "yes"))
    return asked, yes


def _about(numbers: dict[str, Any]) -> str:
    """, at about 0.71 ¢: what the engine aims at, where it said so."""
    target = numbers.get("target")
    return "" if target is None else f", about {plain_cents(round(target * MICROS_PER_CENT))}"
