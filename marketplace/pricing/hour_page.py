"""What the page of an hour's prices shows: what was learned from, and the way to check it."""

from __future__ import annotations

from typing import Any

from marketplace.catalog.models import Track
from marketplace.pricing import inputs
from marketplace.pricing.engine import PricingError
from marketplace.pricing.models import EngineStep, PricePoint
from marketplace.problems import Gone
from marketplace.templatetags.amounts import plain_cents

LISTED = 50
EXACT_DIGITS = 4  # of a cent, in micros


def hour_page(step: EngineStep, song: Track | None, micros: int | None) -> dict[str, Any]:
    """`song` is looked into, which cost `micros` where that is asked; the inputs may be gone."""
    try:
        made_of = inputs.song_inputs(step, song) if song else None
    except (Gone, PricingError):  # dropped, or made by a formula gone by
        made_of = None
    period = inputs.named_in(step)
    points = PricePoint.objects.filter(at=step.at, quotes__gt=0).exclude(
        explanation__reason="stopped"
    )
    answered = points.select_related("track__artist").order_by("-quotes", "track_id")
    return {
        "step": step,
        "song": song,
        "micros": micros,
        "made_of": made_of,
        "differs": _differs(made_of.micros, micros) if made_of and micros else "",
        "answered": answered[:LISTED],
        "listed": LISTED,
        "period": period,
        "command": inputs.command(step, song, micros, period),
        "before": inputs.steps().filter(inputs_sha256=step.follows_sha256).first(),
        "earlier": inputs.steps().filter(hour__lt=step.hour).first(),
        "later": inputs.steps().filter(hour__gt=step.hour).last(),
    }


def _differs(set_micros: int, told_micros: int) -> str:
    """What to say of a link that names another price than the hour set; empty if it does not."""
    same = set_micros == told_micros
    return "" if same else f"This hour did not set {plain_cents(told_micros, EXACT_DIGITS)}"
