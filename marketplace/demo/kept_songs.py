"""What the demo's listener has kept: a playlist of liked songs, and the artists of some."""

from __future__ import annotations

from datetime import datetime

from marketplace.discovery import opinions
from marketplace.library import playlists
from marketplace.users.models import User

NAME = "Evenings at the harbour"
SONGS = 6
ARTISTS = 3


def ensure(listener: User, at: datetime) -> None:
    """Made once, of the songs liked first; without liked songs there is nothing."""
    liked = list(opinions.liked_by(listener))[-SONGS:]
    if not liked or listener.playlists.filter(name=NAME).exists():
        return
    made = playlists.create(listener, NAME, at)
    for one in reversed(liked):
        playlists.add(made, one.track, at)
    artists = dict.fromkeys(one.track.artist for one in reversed(liked))
    for artist in list(artists)[:ARTISTS]:
        assert artist is not None
        opinions.follow(listener, artist, at)
