"""Pure layout of a price's history: its bounds, where the best price likely lies, the next step.

A price chart is as high as its bounds, so that a small move looks small.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from marketplace.templatetags import amounts, geometry
from marketplace.templatetags.charts import Frame, Line, Point, axis, height, place

Band = tuple[int, int] | None
CLEAR = 15.0  # between two lines of small type
BAND_LABEL, BAND_LABEL_WIDTH = "where the best price likely lies", 175


@dataclass(frozen=True)
class Ahead:
    """How far a price may go by the next point: label, lowest, highest in micros."""

    label: str
    low: int
    high: int


@dataclass(frozen=True)
class PricePlot:
    """`wedge` ends at the right margin; `now` is where today's price is written."""

    frame: Frame
    points: list[Point]
    labels: list[Line]
    bounds: tuple[Line, Line]
    series: str
    band: str
    band_label: Line | None
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
) -> Line | None:
    """Below the band or above it, at its left end, where it crosses neither price nor bound."""
    if len(edges) < 5:
        return None
    beside = edges[: len(edges) // 2 + 1]
    below = max(bottom for _, _, bottom in beside) + CLEAR
    above = min(top for _, top, _ in beside) - 6
    start = points[0].x
    near = [
        point.y
        for before, point in zip([points[0], *points], points, strict=False)
        if before.x - start <= BAND_LABEL_WIDTH
    ]
    for y in (below, above):
        is_crossed = min(near) < y + 4 and max(near) > y - CLEAR
        if cap_y + CLEAR < y < floor_y - 4 and not is_crossed:
            return Line(y, BAND_LABEL)
    return None


def wedge(last: Point, ahead: Ahead, low: int, high: int, frame: Frame) -> str:
    top, bottom = (height(micros, low, high, frame) for micros in (ahead.high, ahead.low))
    return geometry.line([(last.x, last.y), (frame.end, top), (frame.end, bottom)]) + "Z"
