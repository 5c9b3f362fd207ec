"""A track's price over the last fortnight, as its page draws it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from marketplace.catalog.models import Track
from marketplace.pricing.models import PricePoint

FORTNIGHT = timedelta(days=14)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
BY_DAY_FROM = 3 * DAY  # a younger price is drawn by the hour
NBSP = "\u00a0"
MICROS_PER_CENT = 10_000


@dataclass(frozen=True)
class PriceHistory:
    """`points`: (label, micros), oldest first, one a day or an hour. `title` is the finding."""

    points: list[tuple[str, int]]
    title: str
    note: str
    change_micros: int  # since 24 hours ago, or since publication


def price_history(track: Track, price_micros: int, at: datetime) -> PriceHistory:
    """From the price points of two weeks; two queries."""
    steps = [*_steps(track, at), (at, price_micros)]
    span = at - steps[0][0]
    by_day = span >= BY_DAY_FROM
    points = _sampled(steps, at, DAY if by_day else HOUR, "%-d %b" if by_day else "%H:%M")
    return PriceHistory(
        points=points,
        title=_finding(points[0][1], price_micros, len(points) - 1, "day" if by_day else "hour"),
        note=f"Cents a play, by {'day' if by_day else 'hour (UTC)'}",
        change_micros=price_micros - _price_at(steps, at - DAY),
    )


def _steps(track: Track, at: datetime) -> list[tuple[datetime, int]]:
    """The price points of the fortnight, and the price it began with."""
    start = at - FORTNIGHT
    stored = PricePoint.objects.filter(track=track).values_list("at", "micros")
    before = stored.filter(at__lte=start).order_by("-at").first()
    since = list(stored.filter(at__gt=start, at__lte=at).order_by("at"))
    return [(start, before[1]), *since] if before else since


def _sampled(
    steps: list[tuple[datetime, int]], at: datetime, every: timedelta, label: str
) -> list[tuple[str, int]]:
    """The price at regular moments up to now, fourteen days or as many hours as there are."""
    most = FORTNIGHT // every if every == DAY else BY_DAY_FROM // every
    count = min(most, max(0, (at - steps[0][0]) // every))
    moments = [at - every * back for back in range(count, -1, -1)]
    return [(when.astimezone(UTC).strftime(label), _price_at(steps, when)) for when in moments]


def _price_at(steps: list[tuple[datetime, int]], when: datetime) -> int:
    """The price in force then; before the first known step, that step's."""
    before = [micros for at, micros in steps if at <= when]
    return before[-1] if before else steps[0][1]


def _finding(first: int, last: int, count: int, unit: str) -> str:
    if count == 0:
        return "Just set; it moves when listeners have answered"
    many = f"{count} {unit}s" if count > 1 else f"one {unit}"
    if first == last:
        return f"Unchanged for {many}"
    size = f"{abs(last - first) / MICROS_PER_CENT:.2f}{NBSP}¢"
    return f"{'Up' if last > first else 'Down'} {size} in {many}"
