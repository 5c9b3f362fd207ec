"""A picture for each of several artists: their own, or the cover of their newest song."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from marketplace.catalog.models import Artist, Track


def faces_of(artists: Iterable[Artist]) -> dict[UUID, str]:
    """Addresses of pictures; without those who have neither. One query, if any has none sent."""
    pictures = {artist.pk: artist.picture_url for artist in artists}
    without = [pk for pk, url in pictures.items() if not url]
    return {pk: url for pk, url in pictures.items() if url} | _covers(without)


def _covers(artists: list[UUID]) -> dict[UUID, str]:
    if not artists:
        return {}
    songs = Track.objects.filter(artist__in=artists, state=Track.State.PUBLISHED)
    newest = songs.order_by("artist", "-published_at", "pk").distinct("artist")
    return {
        song.artist_id: song.cover_url
        for song in newest.only("pk", "artist_id", "revision")
        if song.artist_id
    }
