"""Covers: safe, well-formed, decided by the seed."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest

from marketplace.demo.compose.covers import FREE_DRAWINGS, STYLE_DRAWINGS, cover_for, draw
from marketplace.demo.compose.palette import PALETTES, blend, brighter
from marketplace.demo.compose.styles import STYLES

SVG = "{http://www.w3.org/2000/svg}"
SHAPES = {f"{SVG}{name}" for name in ("svg", "rect", "circle", "path", "g")}


def assert_safe(svg: str) -> None:
    root = ElementTree.fromstring(svg)
    assert root.get("viewBox") == "0 0 100 100"
    assert {element.tag for element in root.iter()} <= SHAPES
    for element in root.iter():
        assert not any(name.startswith("on") or "href" in name for name in element.attrib)
        assert "nan" not in " ".join(element.attrib.values())
    assert "url(" not in svg
    assert len(svg) < 40_000


@pytest.mark.parametrize("drawing", [*STYLE_DRAWINGS.values(), *FREE_DRAWINGS])
def test_every_drawing_is_plain_shapes_in_every_palette(drawing: object) -> None:
    for number, palette in enumerate(PALETTES):
        svg = draw(drawing, palette, np.random.default_rng(number))  # type: ignore[arg-type]
        assert_safe(svg)
        colours = set(re.findall(r'(?:fill|stroke)="(#\w+)"', svg))
        assert len(colours) >= 3, "a cover of one colour"


def test_the_text_decides_the_cover() -> None:
    assert cover_for("Odd Harbour/Tidewater") == cover_for("Odd Harbour/Tidewater")
    covers = {cover_for(f"Odd Harbour/{number}") for number in range(30)}
    assert len(covers) == 30
    assert_safe(cover_for("<script>alert(1)</script> \x00 ليل المدينة"))


def test_a_style_or_its_genre_chooses_the_drawing() -> None:
    assert set(STYLE_DRAWINGS) == set(STYLES)
    for style in STYLES.values():
        assert cover_for("one", style.name) == cover_for("one", style.genre.upper())
    assert cover_for("one", "house") != cover_for("one", "folk")
    assert cover_for("one", "Polka") == cover_for("one")


def test_colours_blend_and_compare() -> None:
    assert blend("#000000", "#FF8000", 0.5) == "#804000"
    assert brighter("#102030", "#F0E0D0") == "#F0E0D0"
