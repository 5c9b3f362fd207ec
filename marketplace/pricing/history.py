"""A track's price over the last fortnight, as its page draws it, and how far it may go next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings

from marketplace.catalog.models import Track
from marketplace.pricing.engine.limits import DAILY_STEP
from marketplace.pricing.held import is_held
from marketplace.templatetags.price_plots import Ahead, Band
from royalties.prepared import prepared

FORTNIGHT = timedelta(days=14)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
BY_DAY_FROM = 3 * DAY  # a younger price is drawn by the hour
NBSP = "\u00a0"
MICROS_PER_CENT = 10_000
LAUNCH_REASONS = ("waiting", "launch", None)
STOPPED = "stopped"
# Of each hour's or day's points the last: no more is drawn. The first may lie before the fortnight.
POINTS = """
SELECT DISTINCT ON (ago) at, micros, (explanation ->> 'low')::float8,
       (explanation ->> 'high')::float8, explanation ->> 'reason',
       floor(extract(epoch FROM %(at)s - at) / slot)::int AS ago
FROM (
    SELECT *, CASE WHEN min(at) OVER () <= %(by_day)s THEN 86400 ELSE 3600 END AS slot
    FROM pricing_pricepoint
    WHERE track_id = %(track)s AND at <= %(at)s AND at >= coalesce(
        (SELECT max(at) FROM pricing_pricepoint WHERE track_id = %(track)s AND at <= %(start)s),
        %(start)s)
) point ORDER BY ago DESC, at DESC
"""


@dataclass(frozen=True)
class Step:
    """The price from a moment on, and between what the engine then thought the best one lies."""

    at: datetime
    micros: int
    band: Band
    reason: str | None  # the engine's

    @property
    def launch(self) -> bool:
        """It could move every hour then."""
        return self.reason in LAUNCH_REASONS


@dataclass(frozen=True)
class PriceHistory:
    """`points`: (label, micros), oldest first, one a day or an hour; `band` goes with them."""

    points: list[tuple[str, int]]
    band: list[Band]
    ahead: Ahead | None  # nobody knows, once prices were stopped; nowhere, where it is held
    title: str
    note: str
    change_micros: int  # since 24 hours ago, or since publication


def price_history(track: Track, price_micros: int, at: datetime) -> PriceHistory:
    """From the price points of two weeks; one query."""
    steps = _steps(track, at) or [Step(at, price_micros, None, None)]
    steps.append(Step(at, price_micros, steps[-1].band, steps[-1].reason))
    by_day = at - steps[0].at >= BY_DAY_FROM
    sampled = _sampled(steps, at, DAY if by_day else HOUR)
    form = "%-d %b" if by_day else "%H:%M"
    points = [(when.astimezone(UTC).strftime(form), step.micros) for when, step in sampled]
    points[-1] = ("now", price_micros)  # no whole day, as those before it
    unit = "day" if by_day else "hour"
    return PriceHistory(
        points=points,
        band=[step.band for _, step in sampled],
        ahead=None if is_held(track.pk.hex) else _ahead(steps[-1], by_day),
        title=_finding(points[0][1], price_micros, len(points) - 1, unit)
        + _towards(price_micros, steps[-1].band),
        note=f"Cents a play, by {unit}{'' if by_day else ' (UTC)'}",
        change_micros=price_micros - _at(steps, at - DAY).micros,
    )


def _steps(track: Track, at: datetime) -> list[Step]:
    """The price points of the fortnight that are drawn, and the price it began with."""
    start = at - FORTNIGHT
    told: dict[str, Any] = {"track": track.pk, "at": at, "start": start}
    with prepared() as cursor:
        cursor.execute(POINTS, told | {"by_day": at - BY_DAY_FROM})
        return [_step(max(when, start), *rest) for when, *rest, _ in cursor.fetchall()]


def _step(at: datetime, micros: int, low: Any, high: Any, reason: Any) -> Step:
    """`low` and `high` are cents of the engine; a price nobody has answered has none."""
    band = None if low is None else (_micros(low), _micros(high))
    return Step(at, micros, band, reason)


def _sampled(steps: list[Step], at: datetime, every: timedelta) -> list[tuple[datetime, Step]]:
    """The price at regular moments up to now, fourteen days or as many hours as there are."""
    most = FORTNIGHT // every if every == DAY else BY_DAY_FROM // every
    count = min(most, max(0, (at - steps[0].at) // every))
    moments = [at - every * back for back in range(count, -1, -1)]
    return [(when, _at(steps, when)) for when in moments]


def _at(steps: list[Step], when: datetime) -> Step:
    """What was in force then; before the first known step, that step."""
    before = [step for step in steps if step.at <= when]
    return before[-1] if before else steps[0]


def _ahead(now: Step, by_day: bool) -> Ahead | None:
    """The widest the limits allow by the chart's next point, in whole ticks within the bounds."""
    if now.reason == STOPPED:
        return None
    factor = 1 + (settings.PRICE_MAX_STEP if now.launch else DAILY_STEP)
    if now.launch and by_day:
        factor **= DAY // HOUR
    tick = settings.PRICE_TICK_MICROS
    low = -(-now.micros / factor // tick) * tick
    return Ahead(
        label="Tomorrow" if by_day else "In an hour",
        low=max(settings.PRICE_FLOOR_MICROS, int(low)),
        high=min(settings.PRICE_CAP_MICROS, int(now.micros * factor // tick) * tick),
    )


def _micros(cents: float) -> int:
    return round(cents * MICROS_PER_CENT)


def _finding(first: int, last: int, count: int, unit: str) -> str:
    if count == 0:
        return "Just set; it moves when listeners have answered"
    many = f"{count} {unit}s" if count > 1 else f"one {unit}"
    if first == last:
        return f"Unchanged for {many}"
    size = f"{abs(last - first) / MICROS_PER_CENT:.2f}{NBSP}¢"
    return f"{'Up' if last > first else 'Down'} {size} in {many}"


def _towards(price: int, band: tuple[int, int] | None) -> str:
    """Where what listeners answered leads a price that is not there yet."""
    if band is None or band[0] <= price <= band[1]:
        return ""
    return f"; the best one likely lies {'higher' if price < band[0] else 'lower'}"
