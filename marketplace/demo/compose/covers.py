"""Covers: one small drawing grammar for each style, coloured and varied by a seed.

Invariant: the same seed gives the same picture; a picture is plain shapes in a 100 x 100 view box,
without scripts, text, styles or references, so it is safe wherever an image is.
"""

import hashlib
from collections.abc import Callable

import numpy as np

from marketplace.demo.compose import pictures, textures
from marketplace.demo.compose.palette import PALETTES, Palette
from marketplace.demo.compose.styles import STYLES

Drawing = Callable[[Palette, np.random.Generator], str]

STYLE_DRAWINGS: dict[str, Drawing] = {
    "lofi": pictures.window,
    "house": textures.stairs,
    "ambient": pictures.horizon,
    "folk": pictures.stems,
    "synthwave": pictures.drive,
    "drum and bass": textures.wing,
    "jazz waltz": textures.trio,
    "piano": textures.keys,
    "dub": textures.rings,
    "bossa": textures.ribbons,
    "minimal": textures.quarters,
}
FREE_DRAWINGS: tuple[Drawing, ...] = (
    textures.quarters,
    textures.rings,
    textures.halftone,
    textures.ribbons,
    textures.trio,
    textures.wing,
    pictures.horizon,
    pictures.stems,
)


def cover_for(seed_text: str, style: str | None = None) -> str:
    """An SVG document for a track or release without artwork.

    `seed_text` (say, artist and title) decides colours and shapes; `style` names one of the
    catalogue's styles, or its genre as a tag spells it, whose drawing is then used; any other
    leaves the drawing to the seed, so that a folder of one genre doesn't look all the same.
    """
    rng = np.random.default_rng(list(hashlib.sha256(seed_text.encode()).digest()))
    palette = PALETTES[int(rng.integers(len(PALETTES)))]
    free = FREE_DRAWINGS[int(rng.integers(len(FREE_DRAWINGS)))]
    return draw(_named_drawing(style or "") or free, palette, rng)


def _named_drawing(style_or_genre: str) -> Drawing | None:
    asked = style_or_genre.casefold()
    for style in STYLES.values():
        if asked in (style.name, style.genre.casefold()):
            return STYLE_DRAWINGS[style.name]
    return None


def draw(drawing: Drawing, palette: Palette, rng: np.random.Generator) -> str:
    """The drawing as a document of its own."""
    ground = f'<rect width="100" height="100" fill="{palette.ground}"/>'
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">'
        f"{ground}{drawing(palette, rng)}</svg>"
    )
