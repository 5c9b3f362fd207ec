"""The switch that stops prices: back to those of a day ago, and there until it is let go.

What the engine learned since then is forgotten with them, and so is what listeners answer while
prices stand: whatever was wrong with those answers must not move prices later.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from marketplace.pricing import steps
from marketplace.pricing.models import EngineStep, PricePoint, PriceStop, Quote, TrackPrice
from marketplace.problems import Conflict
from marketplace.users.models import User

BACK = timedelta(days=1)


def last() -> PriceStop | None:
    """The newest stop, in force until it has ended."""
    return PriceStop.objects.select_related("by", "back_to").order_by("-at").first()


def current() -> PriceStop | None:
    """The stop that is in force."""
    return PriceStop.objects.filter(ended_at=None).first()


def goes_back_to(at: datetime) -> EngineStep | None:
    """The step whose prices a stop at `at` brings back: a day old, or the first there was.

    None that an earlier stop has taken back, and none whose inputs are no longer kept.
    """
    since = PriceStop.objects.filter(back_to__hour__lt=OuterRef("hour"), at__gte=OuterRef("at"))
    kept = EngineStep.objects.defer("state").exclude(Exists(since)).exclude(state=b"")
    return kept.filter(at__lte=at - BACK).order_by("-hour").first() or kept.order_by("hour").first()


@transaction.atomic
def stop(user: User, why: str, at: datetime) -> PriceStop:
    """Bring all prices back to those of a day ago and hold them there.

    Raises:
        Conflict: they are stopped already, or no step was ever made
    """
    steps.alone()
    if current() is not None:
        raise Conflict("Prices are stopped already.")
    back_to = goes_back_to(at)
    if back_to is None:
        raise Conflict("No price has moved yet: there is nothing to go back to.")
    _forget_answers()
    _bring_back(steps.prices_of(back_to), at)
    return PriceStop.objects.create(at=at, by=user, why=why, back_to=back_to)


@transaction.atomic
def let_go(at: datetime) -> PriceStop:
    """Let prices move again from where they stand.

    Raises:
        Conflict: they are not stopped
    """
    steps.alone()
    stopped = current()
    if stopped is None:
        raise Conflict("Prices are not stopped.")
    _forget_answers()
    stopped.ended_at = at
    stopped.save(update_fields=["ended_at"])
    return stopped


def _forget_answers() -> None:
    Quote.objects.filter(teaches=True, learned_at=None).update(teaches=False)


def _bring_back(then: dict[str, int], at: datetime) -> None:
    """Every song's price as it was; the first price for a song that came out since.

    The engine goes on from these: it knows no such song yet.
    """
    moved, points = [], []
    for price in TrackPrice.objects.select_for_update().order_by("pk"):
        micros = then.get(price.pk.hex, settings.PRICE_LAUNCH_MICROS)
        points.append(
            PricePoint(track_id=price.pk, at=at, micros=micros, explanation={"reason": "stopped"})
        )
        if micros != price.micros:
            moved.append((price.pk, micros))
    PricePoint.objects.bulk_create(
        points,
        batch_size=1000,
        update_conflicts=True,  # a step of this very moment
        unique_fields=["track", "at"],
        update_fields=["micros", "explanation"],
    )
    if moved:
        with connection.cursor() as cursor:
            cursor.execute(steps.MOVE, [at, *(list(column) for column in zip(*moved, strict=True))])
