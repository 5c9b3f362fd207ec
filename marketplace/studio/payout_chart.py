"""Money by period as a chart, whose title says what it shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from marketplace.studio.payouts import PeriodRow, by_day
from marketplace.templatetags import amounts
from royalties.deals import Brought
from royalties.models import Period

CHART_PERIODS = 30


def chart(rows: Sequence[PeriodRow], brought: Sequence[Brought] = ()) -> dict[str, Any]:
    """Money to you by period, oldest first, with the finding as its title; of deals where no song
    pays you.
    """
    if brought and not rows:
        return of_deals(brought)
    shown = list(reversed(rows[:CHART_PERIODS]))
    small = all(row.to_you_micros < amounts.MICROS_PER_DOLLAR for row in shown)
    unit = "cents" if small else "dollars"
    each = "day" if by_day() else "period"
    began = _labels([row.line.opens_at for row in shown])
    return {
        "points": list(zip(began, (row.to_you_micros for row in shown), strict=True)),
        "so_far": bool(shown) and shown[-1].line.state == Period.State.OPEN,
        "unit": unit,
        "title": finding(shown, amounts.plain_cents if small else amounts.plain_dollars, each),
        "note": f"{unit.capitalize()} a {each} to you, by the time it began (UTC)"
        f"{'; they differ in length' if _uneven(shown) else ''}",
    }


def of_deals(brought: Sequence[Brought]) -> dict[str, Any]:
    """Money to a label by its deals, by the period that artists claimed, oldest first."""
    shown = list(reversed(brought[:CHART_PERIODS]))
    small = all(one.to_labels_micros < amounts.MICROS_PER_DOLLAR for one in shown)
    unit = "cents" if small else "dollars"
    words = amounts.plain_cents if small else amounts.plain_dollars
    each = "day" if by_day() else "period"
    closed = _labels([one.cutoff_at for one in shown])
    return {
        "points": list(zip(closed, (one.to_labels_micros for one in shown), strict=True)),
        "so_far": False,
        "unit": unit,
        "title": f"Your deals brought {words(sum(one.to_labels_micros for one in shown))}",
        "note": f"{unit.capitalize()} a {each} to you, of what your artists claimed, by the time it"
        " closed (UTC)",
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


def _labels(times: Sequence[datetime]) -> list[str]:
    """The day of each; of several on one day, all but the first by the hour."""
    days = by_day() or len({at.date() for at in times}) > 1
    return [
        f"{at:%-d %b}" if days and (i == 0 or at.date() != times[i - 1].date()) else f"{at:%H:%M}"
        for i, at in enumerate(times)
    ]
