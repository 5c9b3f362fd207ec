"""Pure layout of charts: micros in, positions and words out; templates write them down.

Every chart is laid out twice, `wide` and `narrow`, so that its text never shrinks; CSS shows one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from marketplace.templatetags import amounts, geometry

MAX_SERIES = 4
SO_FAR = "so far"
LAST_WORDS_ABOVE, APART = 10, 20
Words = Callable[[int], str]


@dataclass(frozen=True)
class Frame:
    """A drawing's size and the margins around its plot."""

    css: str
    width: int
    height: int
    left: int
    right: int
    top: int
    bottom: int
    n_labels: int

    @property
    def end(self) -> int:
        return self.width - self.right

    @property
    def base(self) -> int:
        return self.height - self.bottom


FRAMES = {
    "full": (
        Frame("wide", 1000, 250, 8, 64, 26, 26, 6),
        Frame("narrow", 340, 210, 8, 58, 26, 26, 3),
    ),
    "half": (
        Frame("wide", 470, 250, 8, 92, 26, 26, 4),
        Frame("narrow", 340, 220, 8, 92, 26, 26, 3),
    ),
    "column": (
        Frame("wide", 700, 270, 8, 92, 26, 26, 5),
        Frame("narrow", 340, 220, 8, 92, 26, 26, 3),
    ),
}


@dataclass(frozen=True)
class Point:
    """One figure: its place, the width that reacts to it, and the words shown for it."""

    x: float
    y: float
    left: float
    width: float
    label: str
    text: str
    exact: str
    anchor: str
    more: str = ""  # what else is true of it


@dataclass(frozen=True)
class Line:
    """A level or an axis label: where it lies and what is written there."""

    at: float
    text: str
    anchor: str = "middle"


@dataclass(frozen=True)
class Plot:
    frame: Frame
    points: list[Point]
    levels: list[Line]
    labels: list[Line]
    series: str = ""
    area: str = ""
    so_far: str = ""  # the way to a last figure that is not whole yet


def write_cents(micros: int) -> str:
    return f"{tidy(micros, amounts.MICROS_PER_CENT)}{amounts.NBSP}¢"


def write_dollars(micros: int) -> str:
    return f"${tidy(micros, amounts.MICROS_PER_DOLLAR)}"


def tidy(micros: int, unit: int) -> str:
    """A level's number without needless zeros: 20000 in cents -> 2."""
    text = f"{Decimal(micros) / unit:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def exact_dollars(micros: int) -> str:
    return amounts.plain_dollars(micros, amounts.DOLLAR_DIGITS)


UNITS: dict[str, tuple[Words, Words, Words]] = {
    "cents": (write_cents, amounts.plain_cents, amounts.exact_cents),
    "percent": (amounts.percent_bps, amounts.percent_bps, amounts.percent_bps),
    "units": (amounts.count, amounts.units, amounts.units),
    "dollars": (write_dollars, amounts.plain_dollars, exact_dollars),
}


def area_plot(
    values: Sequence[tuple[str, int]], unit: str, frame: Frame, so_far: bool = False
) -> Plot:
    """Amounts by day as an area from zero. `values` are (label, micros).

    `so_far`: the last day is not over; the area ends at the one before it.
    """
    level_words, _, _ = UNITS[unit]
    high = max([micros for _, micros in values] + [1])
    points = place(named(values) if so_far else values, unit, frame, 0, high)
    places = [(point.x, point.y) for point in points]
    whole = places[:-1] if so_far and len(places) > 1 else places
    stem = [(points[0].x, frame.base)] if len(whole) == 1 else []  # one figure alone stands on one
    path = geometry.line([*stem, *whole])
    return Plot(
        frame=frame,
        points=points,
        levels=[
            Line(y, level_words(round(tick)) if is_free(y, points[-1].y) else "")
            for tick in geometry.nice_ticks(high)
            for y in [height(tick, 0, high, frame)]
        ],
        labels=axis(points, frame, so_far),
        series=path,
        area=f"{path}V{frame.base}H{points[0].x:.1f}Z",
        so_far=geometry.line(places[-2:]) if len(whole) < len(places) else "",
    )


def is_free(level_y: float, last_y: float) -> bool:
    """Whether a level's words keep some air to the last figure's, which stand ten units higher."""
    return abs(level_y + LAST_WORDS_ABOVE - last_y) >= APART


def named(values: Sequence[tuple[str, int]]) -> list[tuple[str, int]]:
    """The last one called as what it is: not whole yet."""
    label, micros = values[-1]
    return [*values[:-1], (not_over(label), micros)]


def not_over(label: str) -> str:
    return f"{label}, {SO_FAR}"


def place(
    values: Sequence[tuple[str, int]], unit: str, frame: Frame, low: float, high: float
) -> list[Point]:
    _, short_words, exact_words = UNITS[unit]
    step = (frame.end - frame.left) / max(1, len(values) - 1)
    points = []
    for i, (label, micros) in enumerate(values):
        x = frame.left + i * step if len(values) > 1 else float(frame.end)
        left = max(frame.left, x - step / 2)
        points.append(
            Point(
                x=x,
                y=height(micros, low, high, frame),
                left=left,
                width=min(frame.end + 8, x + step / 2) - left,
                label=label,
                text=short_words(micros),
                exact=exact_words(micros),
                anchor=side(x, frame),
            )
        )
    return points


def height(micros: float, low: float, high: float, frame: Frame) -> float:
    share = (micros - low) / (high - low)
    return round(frame.base - share * (frame.base - frame.top), 1)


def axis(points: Sequence[Point], frame: Frame, so_far: bool = False) -> list[Line]:
    last = len(points) - 1 if so_far else None
    return [
        Line(points[i].x, SO_FAR if i == last else points[i].label, anchor(i, len(points)))
        for i in geometry.label_places(len(points), frame.n_labels)
    ]


def side(x: float, frame: Frame) -> str:
    """Where words begin so that they stay within the drawing: left third, middle, right third."""
    third = (frame.end - frame.left) / 3
    if x > frame.end - third:
        return "end"
    return "start" if x < frame.left + third else "middle"


def anchor(index: int, n_points: int) -> str:
    if index == n_points - 1:
        return "end"
    return "start" if index == 0 else "middle"
