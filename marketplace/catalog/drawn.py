"""A drawn cover for a recording that came without one: always the same for the same name."""

from marketplace.catalog.models import Track
from marketplace.catalog.naming_artists import first_name
from marketplace.demo.compose.covers import cover_for


def cover(track: Track) -> str:
    """An SVG document; the release's tracks share a cover where the release is named."""
    artist = first_name(track.artist) if track.artist else ""
    return cover_for(f"{artist}/{track.album or track.title}", track.genre or None)
