"""Revenue by day as stacked bars, at most four hands, whose title says what they show."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from django.urls import reverse

from marketplace.studio.revenue import Line, Revenue
from marketplace.templatetags import amounts
from marketplace.templatetags.stacks import Series

SERIES = 3  # and one for all others
Name = Callable[[Line], str]


def artist_name(line: Line) -> str:
    return line.artist.name


def song_title(line: Line) -> str:
    assert line.track is not None
    return line.track.title


def chart(found: Revenue, lines: Sequence[Line], name: Name, each: str) -> dict[str, Any]:
    """`lines` best earning first; in cents while a day stays below a dollar."""
    paid = [line for line in lines if line.total.micros]
    shown, others = paid[:SERIES], paid[SERIES:]
    if len(others) == 1:
        shown, others = paid, []
    series = [Series(name(line), _micros(line)) for line in shown]
    if others:
        summed = [sum(day) for day in zip(*(_micros(line) for line in others), strict=True)]
        series.append(Series(f"{len(others)} others", summed))
    small = max(taking.micros for taking in found.by_day) < amounts.MICROS_PER_DOLLAR
    return {
        "days": [day_label(day) for day in found.days] if paid else [],
        "urls": [plays_url(day) for day in found.days],
        "series": series,
        "unit": "cents" if small else "dollars",
        "title": finding(found, paid, name),
        "note": f"{'Cents' if small else 'Dollars'} a day paid by listeners, stacked by {each};"
        " today is not over",
    }


def finding(found: Revenue, paid: Sequence[Line], name: Name) -> str:
    """Who brought most, and whether the last whole week was better than the one before."""
    if not paid:
        return f"No song was paid for in these {len(found.days)} days"
    best, total = paid[0], found.total.micros
    if len(paid) == 1:
        return f"{name(best)} brought all of it{_week(found)}"
    percent = 100 * best.total.micros // total
    return f"{name(best)} brought {percent}{amounts.NBSP}% of what listeners paid{_week(found)}"


def _week(found: Revenue) -> str:
    """The last seven whole days against the seven before, where there are so many with plays."""
    whole = [taking.micros for taking in found.by_day[:-1]]
    last, before = sum(whole[-7:]), sum(whole[-14:-7])
    if len(whole) < 13 or not before:
        return ""
    percent = 100 * (last - before) // before
    if abs(percent) < 5:
        return "; the week was like the one before"
    way = "up" if percent > 0 else "down"
    return f"; the week is {way} {abs(percent):,}{amounts.NBSP}% on the one before"


def day_label(day: date) -> str:
    return f"{day:%-d %b}"


def plays_url(day: date) -> str:
    return f"{reverse('studio:plays')}?from={day}&to={day}"


def _micros(line: Line) -> list[int]:
    return [taking.micros for taking in line.days]
