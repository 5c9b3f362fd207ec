"""What other sites show of a page whose link is sent to somebody (Open Graph)."""

from collections.abc import Sequence
from typing import Any

from django import template
from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator

from marketplace.plain import one_line
from marketplace.templatetags.amounts import count

register = template.Library()

ABOUT_SHOWN = 160  # letters of what an artist says


@register.simple_tag
def song_preview(track: Any) -> SafeString:
    """Of a song's page."""
    kind = f", {track.genre}" if track.genre else ""
    words = (
        f"A song by {track.artist.name}{kind}. Every play has a price you can see and a receipt."
    )
    return _preview("music.song", track.title, track.get_absolute_url(), track.cover_url, words)


@register.simple_tag
def artist_preview(artist: Any, songs: int, cover_url: str) -> SafeString:
    """Of an artist's page, with their picture or else the cover of a song if there is one."""
    words = f"{_songs(songs)} on Refrain."
    if artist.about:
        words = f"{Truncator(one_line(artist.about)).chars(ABOUT_SHOWN)} {words}"
    picture = artist.picture_url or cover_url
    return _preview("profile", artist.name, artist.get_absolute_url(), picture, words)


@register.simple_tag
def album_preview(album: Any) -> SafeString:
    """Of an album's page."""
    words = f"By {album.artist.name}, {_songs(album.songs)}."
    return _preview("music.album", album.name, album.url, album.cover.cover_url, words)


@register.simple_tag
def playlist_preview(playlist: Any, rows: Sequence[Any]) -> SafeString:
    """Of a shared playlist's page, with the cover of its first song if there is one."""
    words = f"A playlist by {playlist.user.name}, {_songs(len(rows))}."
    picture = rows[0].cover_url if rows else ""
    return _preview("music.playlist", playlist.name, playlist.get_absolute_url(), picture, words)


def _songs(number: int) -> str:
    return f"{count(number)} song{'' if number == 1 else 's'}"


def _preview(kind: str, title: str, url: str, picture: str, words: str) -> SafeString:
    """The tags that are read by whoever shows the link; addresses whole, as these ask for."""
    tags = format_html(
        '<meta property="og:site_name" content="Refrain"><meta property="og:type" content="{kind}">'
        '<meta name="description" content="{words}">'
        '<meta property="og:description" content="{words}">'
        '<meta property="og:title" content="{title}"><meta property="og:url" content="{url}">',
        words=one_line(words),
        kind=kind,
        title=one_line(title),
        url=settings.SITE_URL + url,
    )
    if not picture:
        return tags
    address = settings.SITE_URL + picture
    return tags + format_html('<meta property="og:image" content="{}">', address)
