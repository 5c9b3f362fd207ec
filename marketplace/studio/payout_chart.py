"""Money by period as a chart, whose title says what it shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from marketplace.studio.payouts import PeriodRow, by_day
from marketplace.templatetags import amounts
from royalties.models import Period

CHART_PERIODS = 30


def chart(rows: Sequence[PeriodRow]) -> dict[str, Any]:
    """Money to you by period, oldest first, with the finding as its title."""
    shown = list(reversed(rows[:CHART_PERIODS]))
    small = all(row.to_you_micros < amounts.MICROS_PER_DOLLAR for row in shown)
    unit = "cents" if small else "dollars"
    each = "day" if by_day() else "period"
    return {
        "points": list(zip(_labels(shown), (row.to_you_micros for row in shown), strict=True)),
        "so_far": bool(shown) and shown[-1].line.state == Period.State.OPEN,
        "unit": unit,
        "title": finding(shown, amounts.plain_cents if small else amounts.plain_dollars, each),
        "note": f"{unit.capitalize()} a {each} to you, by the time it began (UTC)"
        f"{'; they differ in length' if _uneven(shown) else ''}",
    }


def finding(rows: Sequence[PeriodRow], words: Callable[[int], str], each: str) -> str:
    """What the last closed period brought, against the best one before it; oldest first."""
    closed = [row for row in rows if row.line.state != Period.State.OPEN]
    if len(closed) < 2:
        return f"Money to you, by {each}"
    last, best = closed[-1].to_you_micros, max(row.to_you_micros for row in closed[:-1])
    if last > best:
        return f"Your last closed {each} was your best: {words(last)}"
    return f"Your last closed {each} brought {words(last)}, your best one {words(best)}"


def _uneven(rows: Sequence[PeriodRow]) -> bool:
    """Whether one of them lasted less than half of another, so that less in it is no fall."""
    lines = [row.line for row in rows]
    lengths = [line.cutoff_at - line.opens_at for line in lines if line.cutoff_at is not None]
    return bool(lengths) and 2 * min(lengths) < max(lengths)


def _labels(rows: Sequence[PeriodRow]) -> list[str]:
    """The day a period began on; of several on one day, all but the first by the hour."""
    began = [row.line.opens_at for row in rows]
    days = by_day() or len({at.date() for at in began}) > 1
    return [
        f"{at:%-d %b}" if days and (i == 0 or at.date() != began[i - 1].date()) else f"{at:%H:%M}"
        for i, at in enumerate(began)
    ]
