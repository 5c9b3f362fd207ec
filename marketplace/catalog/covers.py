"""Covers: a picture somebody sent, made safe and square; else one drawn from the track's name."""

from io import BytesIO
from pathlib import Path
from typing import IO

from PIL import Image, ImageOps, UnidentifiedImageError

from marketplace.catalog.models import Track
from marketplace.media import files
from marketplace.problems import Problem

SIDE_PIXELS = 640
MAX_PIXELS = 40_000_000
SENT = "webp"  # the format of a cover that somebody sent
FORMATS = ("JPEG", "PNG", "WEBP")  # no other decoder meets a stranger's bytes


def made_safe(picture: IO[bytes] | Path) -> bytes:
    """A picture decoded, cropped square and written anew as WebP.

    Raises:
        Problem: it is no picture this can read, or an enormous one.
    """
    try:
        with Image.open(picture, formats=FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                raise Problem("This picture is too large; send one of at most 6,000 by 6,000.")
            square = ImageOps.fit(
                ImageOps.exif_transpose(image).convert("RGB"), (SIDE_PIXELS, SIDE_PIXELS)
            )
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError):
        raise Problem("This is no picture we can read; send a JPEG, PNG or WebP.") from None
    out = BytesIO()
    square.save(out, "WEBP", quality=86)
    return out.getvalue()


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
