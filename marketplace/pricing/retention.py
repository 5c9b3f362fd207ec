"""How long the inputs of prices are kept: their hashes stay for good.

Invariant: what a next step or a stop of prices may go on from is kept, however old.
"""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import transaction

from marketplace.pricing import steps, stops
from marketplace.pricing.models import EngineStep


@transaction.atomic
def drop_inputs(at: datetime) -> int:
    """Empty the steps made more than PRICE_INPUTS_KEPT before `at`; how many."""
    steps.alone()
    last = EngineStep.objects.defer("state").order_by("-hour").first()
    stop, back_to = stops.last(), stops.goes_back_to(at)
    needed = [last and last.pk, stop and stop.back_to_id, back_to and back_to.pk]
    old = EngineStep.objects.filter(at__lt=at - settings.PRICE_INPUTS_KEPT).exclude(state=b"")
    return old.exclude(pk__in=[pk for pk in needed if pk]).update(state=b"")
