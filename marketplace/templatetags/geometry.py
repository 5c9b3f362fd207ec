"""Pure geometry behind the pictures: numbers in, SVG path data and lengths out.

Coordinates are SVG user units, y grows downward, and every number is written with one decimal.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

BAR_STEP = 3.0
SILENT = 5  # tenths of a unit up and down: it stays visible as a dot


@dataclass(frozen=True)
class Wave:
    """Bars of a waveform: those before the counting point, and the rest."""

    free: str
    rest: str


def wave(
    peaks: Sequence[float], counting_fraction: float, n_bars: int, height: float, step: float
) -> Wave:
    """Peaks (n,) in 0..1 as `n_bars` vertical strokes around the middle of `height`."""
    n_free = min(n_bars, max(0, round(n_bars * counting_fraction)))
    tallest, strokes = height / 2 - 1, strokes_of(height)
    tenths = [round(10 * tallest * min(1.0, size)) for size in resample(peaks, n_bars)]
    drawn = [
        place + strokes[max(SILENT, n)]
        for place, n in zip(places(n_bars, step), tenths, strict=True)
    ]
    return Wave("".join(drawn[:n_free]), "".join(drawn[n_free:]))


def resample(peaks: Sequence[float], n_bars: int) -> list[float]:
    """The loudest peak of each of `n_bars` equal stretches; silence where there are no peaks."""
    if not peaks:
        return [0.0] * n_bars
    return [max(peaks[start:end]) for start, end in stretches(len(peaks), n_bars)]


@lru_cache(maxsize=64)
def stretches(n: int, n_bars: int) -> list[tuple[int, int]]:
    """`n` peaks in `n_bars` equal parts of at least one, by their first and next index."""
    edges = [i * n / n_bars for i in range(n_bars + 1)]
    return [
        (int(start), max(int(start) + 1, math.ceil(end)))
        for start, end in zip(edges, edges[1:], strict=False)
    ]


@lru_cache(maxsize=16)
def places(n_bars: int, step: float) -> list[str]:
    """Where each stroke begins from the left."""
    return [f"M{(index + 0.5) * step:.1f}" for index in range(n_bars)]


@lru_cache(maxsize=16)
def strokes_of(height: float) -> list[str]:
    """Strokes around the middle, by the tenths of a unit that they reach up and down."""
    middle = height / 2
    return [f" {middle - n / 10:.1f}V{middle + n / 10:.1f}" for n in range(round(10 * middle) + 1)]


def line(points: Sequence[tuple[float, float]]) -> str:
    """Path data through the points, in order."""
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def spread(
    values: Sequence[float], width: float, height: float, margin: float
) -> list[tuple[float, float]]:
    """Values as points across `width`, the least at the bottom; equal values lie in the middle."""
    low, high = min(values), max(values)
    scale = (height - 2 * margin) / (high - low) if high > low else 0.0
    base = height - margin if high > low else height / 2
    step = (width - 2 * margin) / max(1, len(values) - 1)
    return [(margin + i * step, base - (value - low) * scale) for i, value in enumerate(values)]


@dataclass(frozen=True)
class Arc:
    """A stretch of a circle with `pathLength` equal to the whole: dash and offset."""

    dash: float
    offset: float


def arcs(parts: Sequence[float], whole: float, gap: float = 0.0) -> list[Arc]:
    """Consecutive stretches of a ring, each shortened by `gap`; tiny ones keep a visible sliver."""
    drawn, start = [], 0.0
    for part in parts:
        drawn.append(Arc(dash=max(part - gap, min(part, whole / 1000)), offset=-start))
        start += part
    return drawn


def nice_ticks(high: float, at_most: int = 3) -> list[float]:
    """Round steps (1, 2 or 5 times a power of ten) above zero and not above `high`."""
    if high <= 0:
        return []
    size = 10.0 ** math.floor(math.log10(high / at_most))
    step = next(m * size for m in (1, 2, 5, 10, 20) if high / (m * size) < at_most + 1)
    return [step * i for i in range(1, int(high / step + 1e-9) + 1)]


def label_places(n_points: int, at_most: int) -> list[int]:
    """Indexes of the points that get a label: the first, evenly on, and the last."""
    if n_points <= at_most:
        return list(range(n_points))
    step = math.ceil((n_points - 1) / (at_most - 1))
    before_last = [i for i in range(0, n_points - 1, step) if n_points - 1 - i >= step * 0.7]
    return [*before_last, n_points - 1]


def px(position: float) -> str:
    """A coordinate as drawings write it: 85.04 -> 85.0. A chart has hundreds of them."""
    return f"{round(position, 1) + 0.0:.1f}"  # never -0.0
