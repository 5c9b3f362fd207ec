"""A studio's songs, a page at a time: price, plays, what moved, answers, who owns them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.core.paginator import Page

from marketplace.discovery.rows import TrackRow
from marketplace.pricing.held import is_held
from marketplace.studio.audience import Answers, Told
from marketplace.studio.movers import Mover
from marketplace.studio.revenue import Line
from royalties import statements
from royalties.statements import Counts, Spread


@dataclass(frozen=True)
class SongRow:
    """One song in the table; figures of the span that the page shows."""

    line: Line
    row: TrackRow
    listeners: int
    moved: Mover
    answers: Answers
    free: int  # plays that were given away
    spread: Spread

    @property
    def held(self) -> bool:
        """Whether its price stands, to measure the others by."""
        return is_held(self.row.id.hex)


def songs(
    page: Page[Line],
    moves: Sequence[Mover],
    counts: Mapping[UUID, Counts],
    told: Mapping[UUID, Told],
) -> list[SongRow]:
    """One page of the songs, from what the page has read of them already; one query.

    `moves`: one of each, in the page's order.
    """
    spread = statements.spread_of([one.row.terms_id for one in moves])
    return [
        SongRow(
            line=line,
            row=one.row,
            listeners=counts[one.row.terms_id].listeners if one.row.terms_id in counts else 0,
            moved=one,
            answers=told[one.row.id].answers,
            free=told[one.row.id].free,
            spread=spread[one.row.terms_id],
        )
        for line, one in zip(page.object_list, moves, strict=True)
    ]
