"""A studio's songs, a page at a time: price, plays, answers, how they were met, who owns them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.core.paginator import Page

from marketplace.discovery.rows import TrackRow
from marketplace.pricing.held import is_held
from marketplace.studio import audience
from marketplace.studio.audience import Answers, Told, Way
from marketplace.studio.revenue import Line
from royalties import statements
from royalties.statements import Counts, Spread


@dataclass(frozen=True)
class SongRow:
    """One song in the table; figures of the span that the page shows."""

    line: Line
    row: TrackRow
    listeners: int
    answers: Answers
    ways: Sequence[Way]
    spread: Spread

    @property
    def held(self) -> bool:
        """Whether its price stands, to measure the others by."""
        return is_held(self.row.id.hex)


def songs(
    page: Page[Line],
    rows: Mapping[UUID, TrackRow],
    counts: Mapping[UUID, Counts],
    told: Mapping[UUID, Told],
    met: Mapping[UUID, Mapping[str, int]],
) -> list[SongRow]:
    """One page of the songs, from what the page has read of them already; one query."""
    shown = [(line, rows[line.terms_id]) for line in page.object_list]
    spread = statements.spread_of([row.terms_id for _, row in shown])
    return [
        SongRow(
            line=line,
            row=row,
            listeners=counts[row.terms_id].listeners if row.terms_id in counts else 0,
            answers=told[row.id].answers,
            ways=audience.ways(met.get(row.id, {})),
            spread=spread[row.terms_id],
        )
        for line, row in shown
    ]
