"""Money by period as a chart, whose title says what it shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
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
        "points": [(_short(row.line.opens_at), row.to_you_micros) for row in shown],
        "unit": unit,
        "title": finding(shown, amounts.plain_cents if small else amounts.plain_dollars, each),
        "note": f"{unit.capitalize()} a {each} to you, by the time it began (UTC)",
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


def _short(opens_at: datetime) -> str:
    return f"{opens_at:%-d %b}" if by_day() else f"{opens_at:%H:%M}"
