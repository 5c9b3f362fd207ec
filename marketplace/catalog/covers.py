"""Covers: a picture somebody sent, made safe and square; else one drawn from the track's name."""

import logging
import shutil
from pathlib import Path
from typing import IO

from marketplace.catalog.analysis import AnalysisError, Code, square
from marketplace.catalog.analysis.result import NO_PICTURE
from marketplace.catalog.models import Track
from marketplace.media import files
from marketplace.problems import Problem

SENT = "webp"  # the format of a cover that somebody sent
ASK_AGAIN = "This picture can’t be looked at just now; send it again in a minute."

log = logging.getLogger(__name__)


def made_safe(picture: IO[bytes] | Path) -> bytes:
    """A picture decoded by a confined process, cropped square and written anew as WebP.

    Raises:
        Problem: it is no picture that can be read, or an enormous one.
    """
    if isinstance(picture, Path):
        return _made_safe(picture)
    with files.workplace() as folder:
        path = folder / "picture"
        picture.seek(0)
        with path.open("wb") as out:
            shutil.copyfileobj(picture, out)
        return _made_safe(path)


def _made_safe(path: Path) -> bytes:
    try:
        return square(path)
    except AnalysisError as error:
        if error.code == Code.INTERNAL:
            log.error("a picture could not be looked at: %s", error.detail)
            raise Problem(ASK_AGAIN) from None
        raise Problem(error.reason if error.code == Code.TOO_LARGE else NO_PICTURE) from None


def keep(track: Track, webp: bytes) -> None:
    """Store what `made_safe` made as the track's cover; the caller saves the row."""
    track.cover, track.cover_format = files.keep_bytes(webp, track.pk), SENT


def keep_drawn(track: Track, svg: str) -> None:
    """Store a cover our own code drew. Nobody else's SVG ever comes here."""
    track.cover, track.cover_format = files.keep_bytes(svg.encode(), track.pk), "svg"


def keep_embedded(track: Track, picture: Path | None) -> None:
    """The cover inside the file, where it has a readable one and nothing better was sent."""
    if picture is None or track.cover_format:
        return
    try:
        webp = made_safe(picture)
    except Problem:
        return
    keep(track, webp)
