"""What prices did in a month, from the answers listeners gave: learned ones beside the held ones.

One answer is one teaching quote that ended in the month: a listener's first of a song that day.
Revenue is what the accepted of them were asked to pay, so one listener's replays weigh no song.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
from django.conf import settings
from django.db import connection
from numpy.typing import NDArray

from marketplace.pricing.held import is_held

ANSWERS = """
SELECT track.id, track.genre, track.artist_id, count(*), sum(quote.price_micros),
    coalesce(sum(quote.price_micros) FILTER (WHERE quote.state = 'accepted'), 0),
    count(*) FILTER (WHERE quote.price_micros <= %(floor)s OR quote.price_micros >= %(cap)s)
FROM pricing_quote quote JOIN catalog_track track ON track.id = quote.track_id
WHERE quote.teaches AND quote.state IN ('accepted', 'declined', 'expired')
    AND quote.ended_at >= %(start)s AND quote.ended_at < %(end)s
GROUP BY track.id ORDER BY track.id
"""
DAYS = """
SELECT (ended_at AT TIME ZONE 'UTC')::date AS day, count(*), sum(price_micros),
    coalesce(sum(price_micros) FILTER (WHERE state = 'accepted'), 0),
    count(*) FILTER (WHERE price_micros <= %(floor)s OR price_micros >= %(cap)s)
FROM pricing_quote
WHERE teaches AND state IN ('accepted', 'declined', 'expired')
    AND ended_at >= %(start)s AND ended_at < %(end)s
GROUP BY day ORDER BY day
"""
RESAMPLES = 2_000
FEWEST = 10
"""Songs of either kind below which a comparison is left out: no interval would hold for it."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Answered:
    """One song's answers in the month; `at_bound` of them were asked the floor or the ceiling."""

    key: str
    genre: str
    artist: str
    asked: int
    asked_micros: int
    earned_micros: int
    at_bound: int

    @property
    def held(self) -> bool:
        return is_held(self.key)


@dataclass(frozen=True)
class Compared:
    """Revenue an answer of learned prices as a multiple of the held ones'; a 95 % interval."""

    name: str
    songs: int
    answers: int
    ratio: float
    low: float
    high: float


@dataclass(frozen=True)
class Day:
    """One UTC day's answers, of all songs."""

    day: date
    answers: int
    asked_micros: int
    earned_micros: int
    at_bound: int


@dataclass(frozen=True)
class PriceReport:
    """The month from `month` on. price_index: mean price asked, 100 being what songs come out at.

    Comparisons are None where too few songs were answered for an interval to mean anything, and so
    are `genres` left out, of which `worst_genre` is one.
    """

    month: date
    songs: int
    held_songs: int
    answers: int
    revenue_micros: int
    price_index: float | None
    at_bound: float | None
    against_held: Compared | None
    worst_genre: Compared | None
    small_artists: Compared | None
    genres: list[Compared]
    days: list[Day]


def report(month: date) -> PriceReport:
    """Of the UTC month that `month` lies in; two queries."""
    first = month.replace(day=1)
    songs = [
        Answered(key.hex, genre.strip().lower(), str(artist), *map(int, counts))
        for key, genre, artist, *counts in _rows(ANSWERS, first)
    ]
    held = [song for song in songs if song.held]
    learned = [song for song in songs if not song.held]
    asked = sum(song.asked for song in songs)
    genres = _genres(held, learned)
    mean = sum(song.asked_micros for song in songs) / asked if asked else None
    return PriceReport(
        month=first,
        songs=len(songs),
        held_songs=len(held),
        answers=asked,
        revenue_micros=sum(song.earned_micros for song in songs),
        price_index=None if mean is None else 100 * mean / settings.PRICE_LAUNCH_MICROS,
        at_bound=sum(song.at_bound for song in songs) / asked if asked else None,
        against_held=_against(held, learned, "All songs"),
        worst_genre=min(genres, key=lambda one: one.ratio, default=None),
        small_artists=_against(held, _small(learned), "The less heard half of artists"),
        genres=genres,
        days=[Day(day, *map(int, sums)) for day, *sums in _rows(DAYS, first)],
    )


def next_month(first: date) -> date:
    return date(first.year + first.month // 12, first.month % 12 + 1, 1)


def _rows(query: str, first: date) -> list[tuple[Any, ...]]:
    """What `query` finds in the month."""
    start, end = (
        datetime(day.year, day.month, 1, tzinfo=UTC) for day in (first, next_month(first))
    )
    bounds = {"floor": settings.PRICE_FLOOR_MICROS, "cap": settings.PRICE_CAP_MICROS}
    with connection.cursor() as cursor:
        cursor.execute(query, {"start": start, "end": end, **bounds})
        return list(cursor.fetchall())


def _small(songs: list[Answered]) -> list[Answered]:
    """Those by the half of artists with the fewest answers."""
    total: dict[str, int] = {}
    for song in songs:
        total[song.artist] = total.get(song.artist, 0) + song.asked
    middle = float(np.median(list(total.values()))) if total else 0.0
    return [song for song in songs if total[song.artist] <= middle]


def _genres(held: list[Answered], learned: list[Answered]) -> list[Compared]:
    """Each genre with songs enough, by name."""
    genres: dict[str, list[Answered]] = {}
    for song in learned:
        genres.setdefault(song.genre, []).append(song)
    found = (_against(held, songs, name) for name, songs in sorted(genres.items()))
    return [one for one in found if one]


def _against(held: list[Answered], songs: list[Answered], name: str) -> Compared | None:
    """The ratio estimator, its interval by the bootstrap over songs (Efron 1979), seed fixed."""
    if min(len(songs), len(held)) < FEWEST or not any(song.earned_micros for song in held):
        return None
    rng = np.random.default_rng(0)
    ratios = _resampled(songs, rng) / np.maximum(_resampled(held, rng), 1e-9)
    low, high = np.quantile(ratios, [0.025, 0.975]).tolist()
    ratio = _an_answer(songs) / _an_answer(held)
    return Compared(name, len(songs), sum(song.asked for song in songs), ratio, low, high)


def _an_answer(songs: list[Answered]) -> float:
    """Micros earned an answer."""
    return sum(song.earned_micros for song in songs) / sum(song.asked for song in songs)


def _resampled(songs: list[Answered], rng: np.random.Generator) -> Floats:
    """Micros earned an answer (RESAMPLES,) in draws of as many songs."""
    earned = np.array([song.earned_micros for song in songs], float)
    asked = np.array([song.asked for song in songs], float)
    drawn = rng.multinomial(len(songs), np.full(len(songs), 1 / len(songs)), RESAMPLES)
    return np.asarray(drawn @ earned / (drawn @ asked))
