"""Playlists as a shelf shows them: how many songs, and the covers of the first four."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q
from django.urls import reverse

from marketplace.library.models import Playlist, PlaylistTrack
from marketplace.users.models import User

COVERS = 4
PAGES = (
    ("Liked", "library:library", "heart"),
    ("Playlists", "library:playlists", "list-music"),
    ("Artists", "library:artists", "users"),
    ("History", "library:history", "history"),
    ("Not for you", "library:disliked", "thumbs-down"),
)


@dataclass(frozen=True)
class Shelved:
    playlist: Playlist
    songs: int
    covers: list[str]


def shelf_of(user: User) -> list[Shelved]:
    """A listener's playlists, the last changed first; two queries."""
    counted = Count("entries", filter=Q(entries__track__state="published"))
    mine = list(user.playlists.annotate(songs=counted).order_by("-changed_at", "pk"))
    first = PlaylistTrack.objects.filter(playlist__in=mine, position__lt=COVERS)
    covers: dict[object, list[str]] = {}
    for entry in first.select_related("track").order_by("position"):
        covers.setdefault(entry.playlist_id, []).append(entry.track.cover_url)
    return [Shelved(one, one.songs, covers.get(one.pk, [])) for one in mine]


def pages_of(path: str) -> list[dict[str, Any]]:
    """The library's pages as chips."""
    found = [(label, reverse(name), icon) for label, name, icon in PAGES]
    return [
        {"label": label, "url": url, "icon": icon, "current": url == path}
        for label, url, icon in found
    ]
