"""Why a track costs what it costs, in two sentences made of the engine's own numbers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from marketplace.catalog.models import Track
from marketplace.pricing.held import HELD, is_held
from marketplace.templatetags.amounts import NBSP, count, plain_cents
from royalties.prepared import prepared

WEEK = timedelta(days=7)
MICROS_PER_CENT = 10_000
# Of the prices put to listeners in a week, those learned are read from the price points, of which
# there is one an hour at most, however many listeners answered; the others still wait.
ANSWERED = """
SELECT learned.asked + waiting.asked, learned.yes + waiting.yes, last.explanation
FROM (
    SELECT coalesce(sum(quotes), 0) AS asked, coalesce(sum(accepts), 0) AS yes
    FROM pricing_pricepoint WHERE track_id = %(track)s AND at > %(since)s
) learned
CROSS JOIN (
    SELECT count(*) AS asked, count(*) FILTER (WHERE state = 'accepted') AS yes
    FROM pricing_quote
    WHERE track_id = %(track)s AND teaches AND learned_at IS NULL AND ended_at > %(since)s
) waiting
LEFT JOIN (
    SELECT explanation FROM pricing_pricepoint WHERE track_id = %(track)s
    ORDER BY at DESC LIMIT 1
) last ON true
"""


@dataclass(frozen=True)
class PriceReason:
    """`first` says what listeners did, `second` what followed from it."""

    first: str
    second: str
    numbers: dict[str, Any]


WAITING = "It starts where every song does and moves each full hour by what listeners answer."
BY_ITS_LIKES = "Until somebody does, it follows what listeners accept for songs like it{}."
SECOND = {
    "waiting": WAITING,
    "launch": "The song is new, so its price still looks for its place{}, by 5 % an hour at most,"
    " and rises only after a new answer.",
    "learned": "All answers weighed, this is where the song earns most{}.",
    "bound": "It would go further, but prices stay between the floor and the ceiling.",
    "limited": "It moves to where the song earns most{}, by 3 % a day at most.",
    "test": "It stands a hair beside its best guess today{}, to learn a little more.",
    "frozen": "It has not moved, because nothing new was learned.",
    HELD: "It is one of the few songs, drawn by chance, whose price stands still, to measure"
    " what moving prices is worth.",
    "stopped": "A person took all prices back to those of the day before; it has not moved since.",
}


def explain(track: Track, at: datetime) -> PriceReason:
    """From the last step that touched the track and the week's answers; one query."""
    with prepared() as cursor:
        cursor.execute(ANSWERED, {"track": track.pk, "since": at - WEEK})
        asked, yes, explanation = cursor.fetchone()
    numbers = json.loads(explanation or "{}")
    if asked:
        times = "once" if asked == 1 else f"{count(asked)} times"
        share = round(100 * yes / asked)
        first = f"This week the price was put to listeners {times}; {share}{NBSP}% played on."
    else:
        first = "This week nobody has answered a price yet."
    reason = str(numbers.get("reason", "waiting"))
    second = SECOND.get(reason, WAITING)
    if is_held(track.pk.hex) and reason != "stopped":
        second = SECOND[HELD]
    elif reason == "waiting" and _has_moved(numbers):
        second = BY_ITS_LIKES
    return PriceReason(first, second.format(_about(numbers)), numbers)


def _has_moved(numbers: dict[str, Any]) -> bool:
    """Whether the price left the one that every song starts with."""
    price = numbers.get("price")
    return price is not None and round(price * MICROS_PER_CENT) != settings.PRICE_LAUNCH_MICROS


def _about(numbers: dict[str, Any]) -> str:
    """, about 0.71 ¢: what the engine aims at, where it said so; beyond a bound, the bound."""
    target = numbers.get("target")
    if target is None:
        return ""
    micros = round(target * MICROS_PER_CENT)
    if micros >= settings.PRICE_CAP_MICROS:
        return f", {plain_cents(settings.PRICE_CAP_MICROS)} or more"
    if micros <= settings.PRICE_FLOOR_MICROS:
        return f", {plain_cents(settings.PRICE_FLOOR_MICROS)} or less"
    return f", about {plain_cents(micros)}"
