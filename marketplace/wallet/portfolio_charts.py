"""A portfolio's pictures: what came back by day and song, and how what songs pay is spread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from marketplace.templatetags import amounts
from marketplace.templatetags.charts import MAX_SERIES
from marketplace.templatetags.mosaics import Part
from marketplace.templatetags.stacks import Series
from marketplace.wallet.portfolio import FORTNIGHT, NBSP, OwnedLine, last_days

FEWEST_TILES = 3
LEAST_SHOWN = 100  # micros: 0.01 ¢, the last digit of a short form


@dataclass(frozen=True)
class ByDay:
    """`series` are the songs that brought most in a fortnight, and all others together."""

    days: list[str]
    series: list[Series]
    title: str


def by_day(lines: Sequence[OwnedLine], at: datetime) -> ByDay | None:
    """None while nothing has come back in the last fourteen days."""
    paying = sorted((line for line in lines if any(line.days)), key=lambda line: -sum(line.days))
    if not paying:
        return None
    named = paying if len(paying) <= MAX_SERIES else paying[: MAX_SERIES - 1]
    series = [Series(line.track.title, line.days) for line in named]
    if others := paying[len(named) :]:
        rest = [sum(line.days[i] for line in others) for i in range(FORTNIGHT)]
        series.append(Series(f"{len(others)} others", rest))
    totals = [sum(line.days[i] for line in paying) for i in range(FORTNIGHT)]
    first = next(i for i, micros in enumerate(totals) if micros)
    days = [f"{day.day} {day:%b}" for day in last_days(at)]
    return ByDay(days, series, finding(totals[first:]))


def finding(totals: Sequence[int]) -> str:
    """What the days say: the last whole day beside the one before it."""
    if len(totals) < 2:
        return f"Your songs brought {_short(totals[-1])} so far today, the first day they paid you"
    last, before = totals[-2], totals[-3] if len(totals) > 2 else 0
    brought = f"Your songs brought {_short(last)} yesterday"
    if not before or last == before:
        return brought
    if abs(last - before) < LEAST_SHOWN:
        return f"{brought}, much as the day before"
    more = "more" if last > before else "less"
    return f"{brought}, {_short(abs(last - before))} {more} than the day before"


def mosaic(lines: Sequence[OwnedLine]) -> list[Part]:
    """What came back of each song that paid, the most first; none of very few."""
    paid = sorted((line for line in lines if line.back_micros > 0), key=lambda x: -x.back_micros)
    parts = [
        Part(
            line.track.title, line.track.get_absolute_url(), line.track.cover_url, line.back_micros
        )
        for line in paid
    ]
    return parts if len(parts) >= FEWEST_TILES else []


def mosaic_title(parts: Sequence[Part]) -> str:
    """How much of it one song brought."""
    if not parts:
        return ""
    percent = 100 * parts[0].micros // sum(part.micros for part in parts)
    return f"{parts[0].title} brought {percent}{NBSP}% of what came back"


def spread(lines: Sequence[OwnedLine]) -> list[tuple[str, int]]:
    """What a thousand plays of each song bring, one dot a song."""
    return [(line.track.title, line.thousand_micros) for line in lines if line.thousand_micros]


def concentration(lines: Sequence[OwnedLine]) -> str:
    """How few songs bring half: the title of the dots."""
    sizes = sorted((line.thousand_micros for line in lines if line.thousand_micros), reverse=True)
    half, total, few = 0, sum(sizes), 0
    while 2 * half < total:
        half += sizes[few]
        few += 1
    songs = f"{amounts.count(few)} of {amounts.count(len(sizes))}"
    return f"{songs} songs would bring half, if each were played 1,000 times"


def _short(micros: int) -> str:
    small = micros < amounts.MICROS_PER_DOLLAR
    return amounts.plain_cents(micros) if small else amounts.plain_dollars(micros)
