"""Pure layout of a distribution: one dot for each thing, piled up where several are alike."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from marketplace.templatetags import geometry
from marketplace.templatetags.charts import UNITS, Frame, Line, side

DOT_FRAMES = (
    Frame("wide", 1000, 190, 10, 10, 34, 26, 6),
    Frame("narrow", 340, 190, 8, 8, 34, 26, 3),
)
MOST_RADIUS, LEAST_RADIUS = 7.0, 2.5
CLEAR_ABOVE = 8


@dataclass(frozen=True)
class Dot:
    x: float
    y: float
    label: str
    exact: str
    anchor: str


@dataclass(frozen=True)
class DotPlot:
    frame: Frame
    dots: list[Dot]
    radius: float
    labels: list[Line]


def dot_plot(values: Sequence[tuple[str, int]], unit: str, frame: Frame) -> DotPlot:
    """`values` are (label, micros), from zero at the left; the smallest dots come first.

    The drawing is as tall as its highest pile, at most the frame.
    """
    level_words, _, exact_words = UNITS[unit]
    ordered = sorted(values, key=lambda one: one[1])
    high = max([micros for _, micros in ordered] + [1])
    radius, columns = piled([micros for _, micros in ordered], high, frame)
    most = max(Counter(columns).values(), default=1)
    frame = lowered(frame, most * 2 * radius)
    # a pile that fits at no size is drawn with its dots over each other
    step = min(2 * radius, (frame.base - frame.top) / most)
    piles: Counter[int] = Counter()
    dots = []
    for (label, micros), column in zip(ordered, columns, strict=True):
        x = frame.left + radius + column * 2 * radius
        y = frame.base - radius - 2 - piles[column] * step
        piles[column] += 1
        words = exact_words(micros)
        dots.append(Dot(round(x, 1), round(y, 1), label, words, side(x, frame)))
    width = frame.end - frame.left - 2 * radius
    places = [(tick, frame.left + radius + tick / high * width) for tick in ticks(high)]
    labels = [
        Line(x, level_words(round(tick)), side(x, frame) if tick else "start") for tick, x in places
    ]
    return DotPlot(frame, dots, round(radius - 1, 1), labels)


def lowered(frame: Frame, pile: float) -> Frame:
    """The frame without the empty height above its highest pile."""
    empty = frame.base - frame.top - math.ceil(pile) - CLEAR_ABOVE
    return replace(frame, height=frame.height - max(0, empty))


def piled(sizes: Sequence[int], high: int, frame: Frame) -> tuple[float, list[int]]:
    """The largest radius whose highest pile still fits, and each size's column with it."""
    radius = MOST_RADIUS
    while True:
        n_columns = int((frame.end - frame.left - 2 * radius) / (2 * radius))
        columns = [size * n_columns // high for size in sizes]
        tallest = max(Counter(columns).values(), default=0) * 2 * radius
        if tallest <= frame.base - frame.top or radius <= LEAST_RADIUS:
            return radius, columns
        radius = max(LEAST_RADIUS, radius * 0.85)


def ticks(high: int) -> list[float]:
    return [0.0, *geometry.nice_ticks(high, 4)]
