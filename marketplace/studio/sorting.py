"""Tables of artists and songs, sorted and a page at a time, as the address bar asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from uuid import UUID

from django.core.paginator import Page, Paginator

from marketplace.studio.chart import Name
from marketplace.studio.revenue import Line

PAGE_SIZE = 20
USUAL = "paid"
FIGURES: dict[str, Callable[[Line], int]] = {
    USUAL: lambda line: line.total.micros,
    "plays": lambda line: line.total.plays,
    "today": lambda line: line.today.micros,
    "yours": lambda line: line.total.to_you_micros,
    "songs": lambda line: line.songs,
}
MOVES = {"rising": 1, "falling": -1}
SORTS = ("title", *FIGURES, *MOVES)


def paged(
    lines: Sequence[Line],
    name: Name,
    sort: str,
    number: str | None,
    change: Mapping[UUID, int] | None = None,
) -> Page[Line]:
    """The asked page: the largest figure first, or by name. `change`: in plays, of songs."""
    figure = FIGURES.get(sort, _no_figure)
    if change is not None and sort in MOVES:
        figure = partial(_moved, change, MOVES[sort])
    in_order = sorted(lines, key=lambda line: (-figure(line), name(line).casefold()))
    return Paginator(in_order, PAGE_SIZE).get_page(number)


def _moved(change: Mapping[UUID, int], way: int, line: Line) -> int:
    return way * change.get(line.terms_id, 0)


def _no_figure(line: Line) -> int:
    return 0
