"""A studio's songs, a page at a time: price, plays, answers, how they were met, who owns them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.paginator import Page, Paginator

from marketplace.discovery.rows import TrackRow, rows
from marketplace.studio import audience
from marketplace.studio.audience import Answers, Way
from marketplace.studio.revenue import Line, Revenue
from royalties import statements
from royalties.statements import Spread

PAGE_SIZE = 20
Key = Callable[[Line], tuple[object, ...]]
# what the address bar may ask for, and the best first
SORTS: dict[str, Key] = {
    "paid": lambda line: (-line.total.micros, line.track.title if line.track else ""),
    "plays": lambda line: (-line.total.plays, line.track.title if line.track else ""),
    "today": lambda line: (-line.today.micros, line.track.title if line.track else ""),
    "title": lambda line: (line.track.title.casefold() if line.track else "",),
}


@dataclass(frozen=True)
class SongRow:
    """One song in the table; figures of the span that the page shows."""

    line: Line
    row: TrackRow
    listeners: int
    answers: Answers
    ways: Sequence[Way]
    spread: Spread


@dataclass(frozen=True)
class Songs:
    page: Page[Line]
    rows: Sequence[SongRow]


def songs(found: Revenue, at: datetime, sort: str, number: str | None) -> Songs:
    """The asked page of the songs; queries for its rows alone."""
    ordered = sorted(found.songs, key=SORTS.get(sort, SORTS["paid"]))
    page = Paginator(ordered, PAGE_SIZE).get_page(number)
    shown = [line for line in page.object_list if line.track is not None]
    return Songs(page, _rows(shown, found.since, at))


def _rows(shown: Sequence[Line], since: datetime, at: datetime) -> list[SongRow]:
    tracks = [line.track for line in shown if line.track is not None]
    ids = [track.pk for track in tracks]
    terms = [track.terms_id for track in tracks if track.terms_id is not None]
    counts = statements.counts_of(terms, since, at)
    answered = audience.answers(ids, since, at)
    met = audience.met(ids, since, at)
    spread = statements.spread_of(terms)
    return [
        SongRow(
            line=line,
            row=row,
            listeners=counts[row.terms_id].listeners,
            answers=answered[row.id],
            ways=audience.ways(met[row.id]),
            spread=spread[row.terms_id],
        )
        for line, row in zip(shown, rows(tracks, None, at), strict=True)
    ]
