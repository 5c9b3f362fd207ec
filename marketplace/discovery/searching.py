"""Instant search: songs, artists and albums that may be meant, as the top bar shows them.

Songs stand with their price: the same one as anywhere else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString

from marketplace.catalog import search
from marketplace.catalog.albums import Album
from marketplace.catalog.faces import faces_of
from marketplace.catalog.models import Artist, Track
from marketplace.pricing.free import free_now
from marketplace.pricing.models import TrackPrice

SONGS, ARTISTS, ALBUMS = 5, 3, 3


@dataclass(frozen=True)
class Hit:
    """One line: where it leads, what it is, and for a song its price in micros."""

    url: str
    name: SafeString
    note: SafeString
    cover_url: str = ""
    track: Track | None = None
    price_micros: int | None = None
    free: bool = False  # its first plays still are


@dataclass(frozen=True)
class Group:
    label: str
    hits: list[Hit]


def instant(query: str, user_id: int | None = None) -> list[Group]:
    """Groups with something in them, in an order that does not jump while one types."""
    query = search.clean(query)
    groups = [
        Group("Songs", _songs(search.songs(query, SONGS), query, user_id)),
        Group("Artists", _artists(search.artists(query, ARTISTS), query)),
        Group("Albums", [_album(one, query) for one in search.albums(query, ALBUMS)]),
    ]
    return [group for group in groups if group.hits]


def highlighted(text: str, query: str) -> SafeString:
    """`text` with the words of `query` marked where they stand in it."""
    words = sorted(query.split(), key=len, reverse=True)
    if not words:
        return conditional_escape(text)
    parts = re.split(f"({'|'.join(map(re.escape, words))})", text, flags=re.IGNORECASE)
    return format_html_join(
        "",
        "{}",
        (
            (format_html("<mark>{}</mark>", part) if i % 2 else part,)
            for i, part in enumerate(parts)
        ),
    )


def _songs(tracks: list[Track], query: str, user_id: int | None) -> list[Hit]:
    prices = dict(TrackPrice.objects.filter(track__in=tracks).values_list("track", "micros"))
    free = free_now(prices, user_id)
    return [
        Hit(
            track.get_absolute_url(),
            highlighted(track.title, query),
            highlighted(track.artist.name if track.artist else "", query),
            track.cover_url,
            track,
            prices[track.pk],
            track.pk in free,
        )
        for track in tracks
    ]


def _artists(artists: list[Artist], query: str) -> list[Hit]:
    faces = faces_of(artists)
    return [
        Hit(
            artist.get_absolute_url(),
            highlighted(artist.name, query),
            SafeString("Artist"),
            faces.get(artist.pk, ""),
        )
        for artist in artists
    ]


def _album(album: Album, query: str) -> Hit:
    return Hit(
        album.url,
        highlighted(album.name, query),
        conditional_escape(album.artist.name),
        album.cover.cover_url,
    )
