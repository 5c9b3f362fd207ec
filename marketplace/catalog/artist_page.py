"""What an artist's page shows: albums, songs, and what became of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.paginator import Paginator

from marketplace.catalog import albums, presenting
from marketplace.catalog.links import links_of
from marketplace.catalog.many_songs import shares_of, stats_of, whole
from marketplace.catalog.models import Artist, Track
from marketplace.discovery import opinions
from marketplace.discovery.rows import rows
from marketplace.users.models import User
from royalties import statements

PAGE_SIZE = 50
ORDERS = {"newest": "Newest", "played": "Most played", "cheapest": "Lowest price"}


def artist_page(
    artist: Artist, listener: User | None, asked: Mapping[str, str], at: datetime
) -> dict[str, Any]:
    """The context; `asked` is the address bar: by, page."""
    tracks = list(
        Track.objects.published()
        .filter(artist=artist)
        .select_related("terms", "price")
        .defer("peaks", "features")
        .order_by("-published_at", "pk")
    )
    newest_albums = albums.several(tracks)
    totals = statements.totals_of([track.terms_id for track in tracks if track.terms_id])
    plays = {pk: one.plays for pk, one in totals.items()}
    by = asked.get("by", "") if asked.get("by", "") in ORDERS else "newest"
    if by == "played":
        tracks.sort(key=lambda track: -plays[track.terms_id] if track.terms_id else 0)
    if by == "cheapest":
        tracks.sort(key=lambda track: track.price.micros)
    page = Paginator(tracks, PAGE_SIZE).get_page(asked.get("page"))
    return {
        "artist": artist,
        "songs": len(tracks),
        "plays": sum(plays.values()),
        "page": page,
        "query": f"by={by}&",
        "rows": rows(whole(list(page.object_list)), listener, at),
        "orders": [
            {"label": label, "url": f"?by={key}", "current": key == by}
            for key, label in ORDERS.items()
        ],
        "stats": stats_of(tracks, totals.values(), listener) if tracks else [],
        "shares": shares_of(tracks),
        "albums": newest_albums,
        "links": links_of(artist.links),
        "may_edit": presenting.may(artist, listener),
        "follows": opinions.follows(listener, artist),
    }
