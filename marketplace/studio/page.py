"""The first page of an artist and of a label: what happened since last time, by day, by song."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import IO, Any
from uuid import UUID

from django.http import HttpResponse, QueryDict

from marketplace.catalog.models import Track
from marketplace.discovery.rows import TrackRow, rows
from marketplace.studio import audience, revenue, since, territories
from marketplace.studio.audience import Told
from marketplace.studio.chart import artist_name, chart, song_title
from marketplace.studio.files import cell
from marketplace.studio.movers import SPANS, both_spans, movers, spans_of
from marketplace.studio.revenue import Revenue
from marketplace.studio.scope import Scope
from marketplace.studio.songs import songs
from marketplace.studio.sorting import SORTS, USUAL, paged
from royalties import statements
from royalties.statements import Counts

TABLES = ("artist", "song", "day")
CSV_COLUMNS = ["day", "artist", "song", "plays", "paid_micros", "to_you_micros"]


@dataclass(frozen=True)
class View:
    """What the address bar asks for; the usual where it says nothing known."""

    n_days: int
    by: str
    sort: str
    moved: str
    number: str | None


@dataclass(frozen=True)
class Read:
    """What a page's parts share of what was read: by span, by terms, and by track."""

    counts: Mapping[str, Mapping[UUID, Counts]]
    rows: Mapping[UUID, TrackRow]
    told: Mapping[UUID, Told]
    met: Mapping[UUID, Counter[str]]


def view_of(query: QueryDict) -> View:
    days, by, sort = query.get("days", ""), query.get("by", ""), query.get("sort", "")
    span = query.get("moved", "")
    return View(
        int(days) if days in {str(n) for n in revenue.DAYS} else revenue.USUAL_DAYS,
        by if by in TABLES else TABLES[0],
        sort if sort in SORTS else USUAL,
        span if span in SPANS else "week",
        query.get("page"),
    )


def artist_page(scope: Scope, at: datetime, view: View) -> dict[str, Any]:
    """Everything below what moves by itself; a fixed number of queries."""
    view = replace(view, sort="yours") if view.sort == USUAL else view
    found = revenue.revenue(scope, at, view.n_days)
    before = since.visit(scope.user, at)
    counts = _counts(scope, found, before, at, view)
    plays = both_spans(counts)
    change = {terms: now - then for terms, (now, then) in plays.items()}
    page = paged(found.songs, song_title, view.sort, view.number, change)
    shown = {line.terms_id: plays.get(line.terms_id, (0, 0)) for line in page.object_list}
    read = _read(scope, found, counts, shown, at, view)
    moves = movers(shown, read.rows, read.told, at, SPANS[view.moved])
    return {
        **_shared(scope, found, before, read, at, view),
        "chart": chart(found, found.songs, song_title, "song"),
        "page": page,
        "songs": songs(page, moves, counts["days"], read.told),
        "risen": _most(scope, change, 1),
        "fallen": _most(scope, change, -1),
    }


def roster_page(scope: Scope, found: Revenue, at: datetime, view: View) -> dict[str, Any]:
    """The same of a label's page: its table is of artists, or of songs with what moved."""
    before = since.visit(scope.user, at)
    counts = _counts(scope, found, before, at, view)
    plays = both_spans(counts)
    change = {terms: now - then for terms, (now, then) in plays.items()}
    by_song = view.by == "song"
    lines, name = (found.songs, song_title) if by_song else (found.artists, artist_name)
    page = paged(lines, name, view.sort, view.number, change if by_song else None)
    terms = [line.terms_id for line in page.object_list] if by_song else []
    shown = {one: plays.get(one, (0, 0)) for one in terms}
    read = _read(scope, found, counts, shown, at, view)
    moves = movers(shown, read.rows, read.told, at, SPANS[view.moved])
    return {
        **_shared(scope, found, before, read, at, view),
        "page": page,
        "moves": list(zip(page.object_list, moves, strict=True)) if by_song else [],
        "risen": _most(scope, change, 1),
        "fallen": _most(scope, change, -1),
    }


def since_now(scope: Scope, at: datetime) -> since.Since:
    """What happened, as it stands while somebody looks: it begins no visit and ends none."""
    before = since.began(scope.user)
    counts = statements.counts_in(scope.tracks, {"visit": (before, at)})
    return since.happened(scope, counts["visit"], before, at)


def _counts(
    scope: Scope, found: Revenue, before: datetime, at: datetime, view: View
) -> Mapping[str, Mapping[UUID, Counts]]:
    spans = {"days": (found.since, at), "visit": (before, at)}
    return statements.counts_in(scope.tracks, {**spans, **spans_of(at, SPANS[view.moved])})


def _read(
    scope: Scope,
    found: Revenue,
    counts: Mapping[str, Mapping[UUID, Counts]],
    shown: Collection[UUID],
    at: datetime,
    view: View,
) -> Read:
    tracks = [scope.tracks[terms] for terms in shown]
    return Read(
        counts,
        {row.terms_id: row for row in rows(tracks, None, at)},
        audience.told([track.pk for track in tracks], found.since, SPANS[view.moved], at),
        audience.met([track.pk for track in scope.tracks.values()], found.since, at),
    )


def _shared(
    scope: Scope, found: Revenue, before: datetime, read: Read, at: datetime, view: View
) -> dict[str, Any]:
    return {
        "at": at,
        "view": view,
        "spans": revenue.DAYS,
        "revenue": found,
        "since": since.happened(scope, read.counts["visit"], before, at),
        "ways": audience.ways(sum(read.met.values(), Counter())),
        **_where(scope, found, at),
    }


def _most(scope: Scope, change: Mapping[UUID, int], way: int) -> tuple[Track, int] | None:
    """The song that most rose (`way` 1) or fell (-1), and by how many plays."""
    terms = max(change, key=lambda one: (change[one] * way, one), default=None)
    if terms is None or change[terms] * way <= 0:
        return None
    return scope.tracks[terms], abs(change[terms])


def write_csv(found: Revenue, out: IO[str] | HttpResponse) -> None:
    """One row for each song and day with plays, exact in micros."""
    writer = csv.writer(out)
    writer.writerow(CSV_COLUMNS)
    for song in found.songs:
        for day, taking in zip(found.days, song.days, strict=True):
            if taking.plays and song.track is not None:
                names = [cell(song.artist.name), cell(song.track.title)]
                figures = [taking.plays, taking.micros, taking.to_you_micros]
                writer.writerow([day.isoformat(), *names, *figures])


def _where(scope: Scope, found: Revenue, at: datetime) -> dict[str, Any]:
    each = territories.territories(scope.tracks, found.since, at, found.total)
    return {
        "territories": each,
        "ranked": territories.ranked(each),
        "where_title": territories.finding(each),
    }
