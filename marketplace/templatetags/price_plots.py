"""Pure layout of a price's history: its bounds, where the best price likely lies, the next step.

A price chart is as high as its bounds, so that a small move looks small.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from marketplace.templatetags import amounts, geometry
from marketplace.templatetags.charts import Frame, Line, Point, axis, height, place

Band = tuple[int, int] | None
CLEAR = 15.0  # between two lines of small type
BAND_LABEL, BAND_LABEL_WIDTH = "where the best price likely lies", 175
INSIDE = 10.0  # from the band's end to the words within it


@dataclass(frozen=True)
class Ahead:
    """How far a price may go by the next point: label, lowest, highest in micros."""

    label: str
    low: int
    high: int


@dataclass(frozen=True)
class BandLabel:
    """What the band is: within it where it is high enough, else below it or above it."""

    x: float
    y: float
    inside: bool
    text: str = BAND_LABEL


@dataclass(frozen=True)
class PricePlot:
    """`wedge` ends at the right margin; `now` is where today's price is written."""

    frame: Frame
    points: list[Point]
    labels: list[Line]
    bounds: tuple[Line, Line]
    series: str
    band: str
    band_label: BandLabel | None
    wedge: str
    now: Line


def price_plot(
    values: Sequence[tuple[str, int]],
    floor_micros: int,
    cap_micros: int,
    band: Sequence[Band],
    ahead: Ahead | None,
    frame: Frame,
) -> PricePlot:
    """A price by day between its bounds; `band` is (low, high), or None, for each day."""
    margin = (cap_micros - floor_micros) // 8
    low, high = floor_micros - margin, cap_micros + margin
    inner = narrowed(frame, len(values)) if ahead else frame
    points = [
        replace(point, more=likely(one, floor_micros, cap_micros))
        for point, one in zip(
            place(values, "cents", inner, low, high), band or [None] * len(values), strict=True
        )
    ]
    top, bottom = (height(micros, low, high, frame) for micros in (cap_micros, floor_micros))
    edges = band_edges(points, band, floor_micros, cap_micros, low, high, frame)
    return PricePlot(
        frame=frame,
        points=points,
        labels=axis(points, inner),
        bounds=(
            Line(top, f"ceiling {amounts.plain_cents(cap_micros)}"),
            Line(bottom, f"floor {amounts.plain_cents(floor_micros)}"),
        ),
        series=geometry.line([(point.x, point.y) for point in points]),
        band=closed(edges),
        band_label=band_label(edges, points, top, bottom),
        wedge=wedge(points[-1], ahead, low, high, frame) if ahead else "",
        now=Line(min(max(points[-1].y, top + CLEAR), bottom - CLEAR), points[-1].text),
    )


def narrowed(frame: Frame, n_points: int) -> Frame:
    """Room for one more point at the right."""
    step = (frame.end - frame.left) // (n_points + 1)
    return replace(frame, right=frame.right + max(12, min(step, 40)))


def likely(band: Band, floor_micros: int, cap_micros: int) -> str:
    """best 0.88 to 1.02 ¢, within the bounds."""
    if band is None:
        return ""
    low, high = clipped(band, floor_micros, cap_micros)
    number = amounts.digits(low, amounts.MICROS_PER_CENT, amounts.SHORT_DIGITS)
    return f"best {number} to {amounts.plain_cents(high)}"


def clipped(band: tuple[int, int], floor_micros: int, cap_micros: int) -> tuple[int, int]:
    low, high = (min(max(micros, floor_micros), cap_micros) for micros in band)
    return low, high


Edge = tuple[float, float, float]  # x, upper y, lower y


def band_edges(
    points: Sequence[Point],
    band: Sequence[Band],
    floor_micros: int,
    cap_micros: int,
    low: int,
    high: int,
    frame: Frame,
) -> list[Edge]:
    """Where the band lies at each point it is known for."""
    edges = []
    for point, one in zip(points, band, strict=False):
        if one is not None:
            least, most = clipped(one, floor_micros, cap_micros)
            top, bottom = (height(micros, low, high, frame) for micros in (most, least))
            edges.append((point.x, top, bottom))
    return edges


def closed(edges: Sequence[Edge]) -> str:
    if len(edges) < 2:
        return ""
    upper = [(x, top) for x, top, _ in edges]
    lower = [(x, bottom) for x, _, bottom in edges]
    return geometry.line(upper + lower[::-1]) + "Z"


def band_label(
    edges: Sequence[Edge], points: Sequence[Point], cap_y: float, floor_y: float
) -> BandLabel | None:
    """At the band's left end, where the words cross neither price nor bound."""
    if len(edges) < 5:
        return None
    start = min(edges[0][0], points[-1].x - BAND_LABEL_WIDTH)
    near = [edge for edge in edges if edge[0] - start <= BAND_LABEL_WIDTH + INSIDE] or edges[:1]
    highest, lowest = max(top for _, top, _ in near), min(bottom for _, _, bottom in near)
    price = [
        point.y
        for before, point in zip([points[0], *points], points, strict=False)
        if point.x >= start and before.x - start <= BAND_LABEL_WIDTH + INSIDE
    ]
    middle = (highest + lowest) / 2 + 4
    if lowest - highest >= 2 * CLEAR and start >= edges[0][0] and _is_clear(middle, price):
        return BandLabel(start + INSIDE, middle, inside=True)
    below = max(bottom for _, _, bottom in near) + CLEAR
    above = min(top for _, top, _ in near) - 6
    for y in (below, above):
        if cap_y + CLEAR < y < floor_y - 4 and _is_clear(y, price):
            return BandLabel(start, y, inside=False)
    return None


def _is_clear(y: float, price: Sequence[float]) -> bool:
    """Whether words whose feet stand at `y` are clear of a line through these heights."""
    return not price or min(price) >= y + 4 or max(price) <= y - CLEAR


def wedge(last: Point, ahead: Ahead, low: int, high: int, frame: Frame) -> str:
    top, bottom = (height(micros, low, high, frame) for micros in (ahead.high, ahead.low))
    return geometry.line([(last.x, last.y), (frame.end, top), (frame.end, bottom)]) + "Z"
