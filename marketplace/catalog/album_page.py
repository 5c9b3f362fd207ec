"""What an album's page shows: its songs in their order, what hearing all of them costs."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator

from marketplace.catalog import albums
from marketplace.catalog.many_songs import shares_of, stats_of, whole
from marketplace.catalog.models import Artist
from marketplace.discovery.rows import rows
from marketplace.problems import NotFound
from marketplace.users.models import User
from royalties import statements

PAGE_SIZE = 100


def album_page(
    artist: Artist, name: str, listener: User | None, page_asked: str | None, at: datetime
) -> dict[str, Any]:
    """The context.

    Raises:
        NotFound: the artist has no song on sale that names such an album.
    """
    songs = albums.songs_of(artist, name).select_related("terms", "price")
    tracks = list(songs.defer("peaks", "features"))
    found = albums.grouped(tracks)  # none of songs that name no album
    if not found:
        raise NotFound("No song on sale names this album.")
    totals = statements.totals_of([track.terms_id for track in tracks if track.terms_id])
    page = Paginator(tracks, PAGE_SIZE).get_page(page_asked)
    listed = rows(whole(list(page.object_list)), listener, at)
    return {
        "album": found[0],
        "first_out": min(track.published_at for track in tracks if track.published_at),
        "plays": sum(one.plays for one in totals.values()),
        "seconds": sum(track.duration_seconds or 0 for track in tracks),
        # a page of a longer one does not say what of the others is free
        "price_micros": sum(row.price_micros for row in listed if not row.free),
        "is_whole": len(listed) == len(tracks),
        "page": page,
        "page_query": f"{urlencode({'name': name})}&",
        "rows": listed,
        "stats": stats_of(tracks, totals.values(), listener),
        "shares": shares_of(tracks),
    }
