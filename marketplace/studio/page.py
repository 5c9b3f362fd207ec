"""The whole of an artist's first page: what happened since last time, by day, by song."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any

from django.http import HttpResponse, QueryDict

from marketplace.studio import audience, parts, revenue, since
from marketplace.studio.chart import chart, song_title
from marketplace.studio.movers import SPANS, movers
from marketplace.studio.payouts import cell
from marketplace.studio.revenue import Revenue
from marketplace.studio.songs import SORTS, songs
from marketplace.users.models import User

DAYS = (14, 30, 90)
CSV_COLUMNS = ["day", "artist", "song", "plays", "paid_micros", "to_you_micros"]


@dataclass(frozen=True)
class View:
    """What the address bar asks for; the usual where it says nothing known."""

    n_days: int
    sort: str
    moved: str
    number: str | None


def view_of(query: QueryDict) -> View:
    days, sort, moved = query.get("days", ""), query.get("sort", ""), query.get("moved", "")
    return View(
        int(days) if days in {str(n) for n in revenue.DAYS} else DAYS[0],
        sort if sort in SORTS else "paid",
        moved if moved in SPANS else "day",
        query.get("page"),
    )


def artist_page(user: User, at: datetime, view: View) -> dict[str, Any]:
    """Everything below what moves by itself; a fixed number of queries."""
    found = revenue.of_artist(user, at, view.n_days)
    tracks = found.tracks
    shares = parts.of_parties(user, tracks)
    listed = songs(found, at, view.sort, view.number)
    return {
        "at": at,
        "view": view,
        "spans": DAYS,
        "revenue": found,
        "chart": chart(found, found.songs, song_title, "song"),
        "since": since.happened(user, tracks, shares, since.visit(user, at), at),
        "movers": movers(tracks, at, SPANS[view.moved]),
        "songs": listed,
        "ways": met_by(found, at),
    }


def met_by(found: Revenue, at: datetime) -> list[audience.Way]:
    """How listeners met these songs in the page's days, over all of them."""
    total: Counter[str] = Counter()
    ids = [track.pk for track in found.tracks.values()]
    for by_surface in audience.met(ids, found.since, at).values():
        total += by_surface
    return audience.ways(total)


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
