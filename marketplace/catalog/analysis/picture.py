"""A stranger's picture cropped square and written anew as WebP; runs in the confined process."""

import struct
from io import BytesIO
from pathlib import Path
from typing import IO

from PIL import Image, ImageOps, UnidentifiedImageError

from marketplace.catalog.analysis.result import NO_PICTURE, AnalysisError, Code

SIDE_PIXELS = 640
MAX_PIXELS = 40_000_000
FORMATS = ("JPEG", "PNG", "WEBP")  # no other decoder meets a stranger's bytes
TOO_LARGE = "This picture is too large; send one of at most 6,000 by 6,000."


def squared(picture: IO[bytes] | Path) -> bytes:
    """The middle of it.

    Raises:
        AnalysisError: it is no picture this can read, or an enormous one.
    """
    try:
        with Image.open(picture, formats=FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                raise AnalysisError(TOO_LARGE, Code.TOO_LARGE)
            square = ImageOps.fit(_upright(image).convert("RGB"), (SIDE_PIXELS, SIDE_PIXELS))
    except (
        UnidentifiedImageError,
        OSError,
        SyntaxError,  # what Pillow raises for a broken PNG
        ValueError,
        Image.DecompressionBombError,
    ):
        raise AnalysisError(NO_PICTURE, Code.UNSUPPORTED) from None
    out = BytesIO()
    square.save(out, "WEBP", quality=86)
    return out.getvalue()


def _upright(image: Image.Image) -> Image.Image:
    """Turned as its Exif data says; as it lies where they are damaged."""
    image.load()
    try:
        return ImageOps.exif_transpose(image)
    except (SyntaxError, OSError, ValueError, TypeError, KeyError, struct.error):
        return image
