"""Pure layout of stacked bars: who brought how much on which day, at most four hands."""

from collections.abc import Sequence
from dataclasses import dataclass

from marketplace.templatetags import amounts, geometry
from marketplace.templatetags.charts import SO_FAR, UNITS, Frame, Line, height, not_over, side

NARROW = Frame("narrow", 340, 260, 34, 4, 12, 26, 3)
STACK_FRAMES = {
    "full": (Frame("wide", 1000, 320, 48, 150, 20, 26, 6), NARROW),
    "column": (Frame("wide", 620, 300, 40, 150, 20, 26, 4), NARROW),
}
GAP = 1.0


@dataclass(frozen=True)
class Series:
    """One hand: `values` are micros for each day, darkest series first."""

    label: str
    values: Sequence[int]


@dataclass(frozen=True)
class Block:
    x: float
    y: float
    width: float
    height: float
    series: int
    text: str


@dataclass(frozen=True)
class Column:
    """A day's bar; `left` and `width` are of the whole height that a pointer finds it by, `middle`
    and `anchor` of its words.
    """

    left: float
    width: float
    middle: float
    anchor: str
    label: str
    text: str
    blocks: list[Block]
    url: str = ""
    so_far: bool = False  # its day is not over


@dataclass(frozen=True)
class Tag:
    """A series' name and its sum, written beside the last bar."""

    y: float
    label: str
    text: str
    series: int


@dataclass(frozen=True)
class StackPlot:
    frame: Frame
    columns: list[Column]
    levels: list[Line]
    labels: list[Line]
    tags: list[Tag]


def stack_plot(
    days: Sequence[str],
    series: Sequence[Series],
    unit: str,
    frame: Frame,
    urls: Sequence[str] = (),
    so_far: bool = False,
) -> StackPlot:
    """Bars from zero, one a day, blocks in the order of `series`.

    `so_far`: the last day is not over; names stand at the one before it.
    """
    level_words, short_words, _ = UNITS[unit]
    totals = [sum(one.values[i] for one in series) for i in range(len(days))]
    high = max([*totals, 1])
    step = (frame.end - frame.left) / max(1, len(days))
    last = len(days) - 1 if so_far else None
    names = [not_over(day) if i == last else day for i, day in enumerate(days)]
    columns = [
        Column(
            round(frame.left + i * step, 1),
            round(step, 1),
            round(frame.left + (i + 0.5) * step, 1),
            side(frame.left + (i + 0.5) * step, frame),
            name,
            short_words(totals[i]),
            blocks(i, name, series, unit, high, step, frame),
            urls[i] if urls else "",
            i == last,
        )
        for i, name in enumerate(names)
    ]
    return StackPlot(
        frame=frame,
        columns=columns,
        levels=[
            Line(height(tick, 0, high, frame), level_words(round(tick)))
            for tick in geometry.nice_ticks(high, 4)
        ],
        labels=[
            Line(frame.left + (i + 0.5) * step, SO_FAR if i == last else days[i])
            for i in geometry.label_places(len(days), frame.n_labels)
        ],
        tags=tags(series, columns, unit) if frame.css == "wide" and days else [],
    )


def blocks(
    day_index: int,
    day: str,
    series: Sequence[Series],
    unit: str,
    high: int,
    step: float,
    frame: Frame,
) -> list[Block]:
    exact_words = UNITS[unit][2]
    drawn, below = [], 0
    for i, one in enumerate(series):
        micros = one.values[day_index]
        top = height(below + micros, 0, high, frame)
        tall = height(below, 0, high, frame) - top
        below += micros
        x = frame.left + day_index * step + step * 0.14
        text = f"{day}, {one.label}: {exact_words(micros)}"
        drawn.append(
            Block(round(x, 1), top, round(step * 0.72, 1), max(0.0, tall - GAP), i + 1, text)
        )
    return drawn


def tags(series: Sequence[Series], columns: Sequence[Column], unit: str) -> list[Tag]:
    """Names at the blocks of the last whole day, pushed apart so that none covers another."""
    at = len(columns) - 2 if columns[-1].so_far and len(columns) > 1 else len(columns) - 1
    placed, last = [], float("inf")
    for i, (block, one) in enumerate(zip(columns[at].blocks, series, strict=True), start=1):
        last = min(block.y + block.height / 2, last - 34)
        placed.append(Tag(round(last, 1), one.label, f"{in_all(one, unit)} in all", i))
    return placed


def in_all(one: Series, unit: str) -> str:
    """What a hand brought in all days; to the last digit where a short form would say nothing."""
    micros = sum(one.values)
    _, short_words, exact_words = UNITS["dollars" if micros >= amounts.MICROS_PER_DOLLAR else unit]
    return short_words(micros) if short_words(micros) != short_words(0) else exact_words(micros)
