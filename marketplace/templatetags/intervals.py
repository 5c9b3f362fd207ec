"""Pure layout of comparisons: a row for each, its estimate a dot on its interval, beside 1."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from marketplace.templatetags.charts import Frame, Line

ROW_HEIGHT = 46
AIR = 0.04  # of the whole width, left and right of the outermost ends
INTERVAL_FRAMES = (
    Frame("wide", 1000, 0, 10, 10, 26, 26, 6),
    Frame("narrow", 340, 0, 8, 8, 26, 26, 3),
)


@dataclass(frozen=True)
class Interval:
    """An estimate `value` and the ends of its interval, each a multiple of what it stands beside;
    `more` says what it is made of."""

    label: str
    value: float
    low: float
    high: float
    more: str = ""

    @property
    def words(self) -> str:
        return f"{self.value:.2f} ({self.low:.2f} to {self.high:.2f})"


@dataclass(frozen=True)
class Row:
    """Where one interval is drawn: its words stand `above` the line at `y`."""

    interval: Interval
    y: float
    above: float
    x: float
    start: float
    end: float

    @property
    def crosses(self) -> bool:
        """Whether it leaves open on which side of 1 it lies."""
        return self.interval.low <= 1 <= self.interval.high


@dataclass(frozen=True)
class IntervalPlot:
    frame: Frame
    height: int
    rows: list[Row]
    level: float  # where 1 lies
    labels: list[Line]


def interval_plot(values: Sequence[Interval], frame: Frame) -> IntervalPlot:
    """`values` from above; the scale is of logarithms, so that twice and half are as far from 1."""
    least = math.log(min([1.0, *(max(one.low, 0.01) for one in values)]))
    most = math.log(max([1.0, *(one.high for one in values)]))
    span = max(most - least, 0.02)
    least, span = least - AIR * span, span * (1 + 2 * AIR)

    def across(ratio: float) -> float:
        share = (math.log(max(ratio, 0.01)) - least) / span
        return round(frame.left + share * (frame.end - frame.left), 1)

    rows = [
        Row(
            interval=one,
            y=frame.top + ROW_HEIGHT * (i + 1) - 10,
            above=frame.top + ROW_HEIGHT * (i + 1) - 24,
            x=across(one.value),
            start=across(one.low),
            end=across(one.high),
        )
        for i, one in enumerate(values)
    ]
    height = frame.top + ROW_HEIGHT * len(values) + frame.bottom
    ends = [(math.exp(least + AIR * span), "start"), (math.exp(least + span * (1 - AIR)), "end")]
    labels = [
        Line(across(ratio), f"{ratio:.2f}", anchor)
        for ratio, anchor in ends
        if abs(across(ratio) - across(1.0)) > 90
    ]
    return IntervalPlot(frame, height, rows, across(1.0), labels)
