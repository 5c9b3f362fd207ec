"""Dots: one for each thing, in order of size, never outside of the drawing."""

import pytest

from marketplace.templatetags.dots import DOT_FRAMES, dot_plot


@pytest.mark.parametrize("frame", DOT_FRAMES)
@pytest.mark.parametrize("sizes", [[5], [0, 0, 1], [7] * 500, list(range(1, 501))])
def test_every_dot_lies_within_the_plot(frame: object, sizes: list[int]) -> None:
    frame = next(one for one in DOT_FRAMES if one is frame)
    plot = dot_plot([(str(size), size) for size in sizes], "cents", frame)
    assert len(plot.dots) == len(sizes)
    assert all(frame.left <= dot.x <= frame.end for dot in plot.dots)
    assert all(frame.top - 8 <= dot.y <= frame.base for dot in plot.dots)
    assert [dot.x for dot in plot.dots] == sorted(dot.x for dot in plot.dots)


def test_no_two_dots_lie_on_each_other() -> None:
    plot = dot_plot([("a", 9_000), ("b", 9_000), ("c", 20_000)], "cents", DOT_FRAMES[0])
    assert len({(dot.x, dot.y) for dot in plot.dots}) == 3
    assert plot.dots[0].exact == "0.9000\u00a0¢"


def test_nothing_draws_no_dot() -> None:
    assert dot_plot([], "cents", DOT_FRAMES[0]).dots == []


def test_a_low_pile_leaves_no_empty_height_above_it() -> None:
    frame = DOT_FRAMES[0]
    low = dot_plot([("a", 9_000), ("b", 20_000)], "cents", frame)
    assert low.frame.height < frame.height
    assert all(low.frame.top <= dot.y <= low.frame.base for dot in low.dots)
    assert dot_plot([("a", 7)] * 500, "cents", frame).frame.height == frame.height
