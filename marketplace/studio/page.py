"""The first page of an artist and of a label: what happened since last time, by day, by song."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any
from uuid import UUID

from django.http import HttpResponse, QueryDict

from marketplace.discovery.rows import TrackRow, rows
from marketplace.studio import audience, revenue, since, territories
from marketplace.studio.audience import Told
from marketplace.studio.chart import chart, song_title
from marketplace.studio.files import cell
from marketplace.studio.movers import SPANS, moved, movers, spans_of
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
        span if span in SPANS else "day",
        query.get("page"),
    )


def artist_page(scope: Scope, at: datetime, view: View) -> dict[str, Any]:
    """Everything below what moves by itself; a fixed number of queries."""
    found = revenue.revenue(scope, at, view.n_days)
    page = paged(found.songs, song_title, view.sort, view.number)
    context, read = shared(scope, found, at, view, [line.terms_id for line in page.object_list])
    return context | {
        "chart": chart(found, found.songs, song_title, "song"),
        "page": page,
        "songs": songs(page, read.rows, read.counts["days"], read.told, read.met),
    }


def shared(
    scope: Scope, found: Revenue, at: datetime, view: View, shown: Collection[UUID] = ()
) -> tuple[dict[str, Any], Read]:
    """What both pages tell; and what was read for it and for the songs `shown` besides."""
    before = since.visit(scope.user, at)
    span = SPANS[view.moved]
    spans = {"days": (found.since, at), "visit": (before, at), **spans_of(at, span)}
    counts = statements.counts_in(scope.tracks, spans)
    plays = moved(counts)
    tracks = [scope.tracks[terms] for terms in dict.fromkeys([*plays, *shown])]
    read = Read(
        counts,
        {row.terms_id: row for row in rows(tracks, None, at)},
        audience.told([track.pk for track in tracks], found.since, span, at),
        audience.met([track.pk for track in scope.tracks.values()], found.since, at),
    )
    return {
        "at": at,
        "view": view,
        "spans": revenue.DAYS,
        "revenue": found,
        "since": since.happened(scope, counts["visit"], before, at),
        "movers": movers(plays, read.rows, read.told, at, span),
        "ways": audience.ways(sum(read.met.values(), Counter())),
        **_where(scope, found, at),
    }, read


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
