"""Tables of artists and songs, sorted and a page at a time, as the address bar asks."""

from __future__ import annotations

from collections.abc import Callable, Sequence

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
SORTS = ("title", *FIGURES)


def paged(lines: Sequence[Line], name: Name, sort: str, number: str | None) -> Page[Line]:
    """The asked page: the largest figure first, or by name."""
    figure = FIGURES.get(sort, _no_figure)
    in_order = sorted(lines, key=lambda line: (-figure(line), name(line).casefold()))
    return Paginator(in_order, PAGE_SIZE).get_page(number)


def _no_figure(line: Line) -> int:
    return 0
