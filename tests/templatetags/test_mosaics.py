"""A mosaic of covers: its boxes fill the drawing, in proportion, and few are slivers."""

import pytest

from marketplace.templatetags.mosaics import SIZES, Box, Part, summed, tiles
from tests.templatetags.test_components import render

WHOLE = Box(0, 0, 600, 300)


@pytest.mark.parametrize("sizes", [[5], [6, 6, 4, 3, 2, 2, 1], [90, 5, 5], [1] * 12])
def test_boxes_fill_the_whole_in_proportion_and_lie_within_it(sizes: list[float]) -> None:
    boxes = tiles(sizes, WHOLE)
    each = 600 * 300 / sum(sizes)
    assert [box.width * box.height for box in boxes] == pytest.approx([s * each for s in sizes])
    assert all(box.x >= -1e-6 and box.x + box.width <= 600 + 1e-6 for box in boxes)
    assert all(box.y >= -1e-6 and box.y + box.height <= 300 + 1e-6 for box in boxes)


def test_boxes_are_nearly_squares() -> None:
    # the example of the paper: nothing is longer than three times its width
    boxes = tiles([6, 6, 4, 3, 2, 2, 1], WHOLE)
    assert max(max(b.width / b.height, b.height / b.width) for b in boxes) <= 3


def test_songs_without_room_are_one_tile_as_large_as_all_of_them() -> None:
    parts = [Part(f"song {n}", f"/{n}", "/c", 100 - n) for n in range(20)]
    shown = summed(parts, 6, "#songs")
    assert len(shown) == 6
    assert shown[0] == Part("15 more songs", "#songs", "", sum(100 - n for n in range(5, 20)))
    assert summed(parts[:6], 6, "#songs") == parts[:6]


def test_a_tile_says_its_song_and_sum_and_leads_there() -> None:
    parts = [Part("A & B", "/tracks/a", "/cover", 19_220), Part("C", "/tracks/c", "", 10)]
    drawn = render("{% cover_mosaic parts title note rest %}", parts=parts, title="T", note="N")
    assert '/tracks/a" title="A &amp; B: 1.9220\u00a0¢"><img src="/cover"' in drawn
    assert "<bdi>A &amp; B</bdi>" in drawn
    assert 'title="C: 0.0010\u00a0¢" aria-label="C: 0.0010\u00a0¢"' in drawn  # too small for words
    assert drawn.count("<a ") == 2 * len(SIZES)
