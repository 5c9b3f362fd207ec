"""Covers: a picture somebody sent, made safe and square; else one drawn from the track's name."""

from pathlib import Path
from typing import IO

from PIL import Image, ImageOps, UnidentifiedImageError

from marketplace.catalog.models import Track
from marketplace.problems import Problem

SIDE_PIXELS = 640
MAX_PIXELS = 40_000_000
FORMATS = ("JPEG", "PNG", "WEBP")  # no other decoder meets a stranger's bytes


def keep(track: Track, picture: IO[bytes] | Path) -> None:
    """Store a picture as the track's cover: decoded, cropped square, written anew as WebP.

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
    track.folder.mkdir(parents=True, exist_ok=True)
    part = track.folder / "cover.part"
    square.save(part, "WEBP", quality=86)
    track.cover_format = "webp"
    part.replace(track.cover_path)


def keep_drawn(track: Track, svg: str) -> None:
    """Store a cover our own code drew. Nobody else's SVG ever comes here."""
    track.folder.mkdir(parents=True, exist_ok=True)
    track.cover_format = "svg"
    track.cover_path.write_text(svg, encoding="utf-8")


def keep_embedded(track: Track, picture: Path | None) -> None:
    """The cover inside the file, where it has a readable one and nothing better was sent."""
    if picture is None:
        return
    try:
        if not track.cover_format:
            keep(track, picture)
    except Problem:
        track.cover_format = ""
    finally:
        picture.unlink(missing_ok=True)
