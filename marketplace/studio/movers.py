"""Songs that are played more, or less, than the same time before; and what changed with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from marketplace.discovery.rows import TrackRow
from marketplace.studio.audience import BY, Told
from royalties.statements import Counts, Span

SPANS = {"day": timedelta(days=1), "week": timedelta(days=7)}
MOMENT = timedelta.resolution


@dataclass(frozen=True)
class Mover:
    """Plays in the span up to now and in the one before it."""

    row: TrackRow
    now: int
    before: int
    since: datetime  # when the span began, and the one before it
    earlier: datetime
    why: str

    @property
    def change(self) -> int:
        return self.now - self.before

    @property
    def words(self) -> str:
        """+12 %, cut; a song that was not played before has no percentage."""
        sign = "+" if self.change > 0 else "−"
        if self.before == 0:
            return f"{sign}{abs(self.change)}"
        return f"{sign}{100 * abs(self.change) // self.before:,}\u00a0%"


def both_spans(counts: Mapping[str, Mapping[UUID, Counts]]) -> dict[UUID, tuple[int, int]]:
    """Plays now and before, of every song played in either."""
    now, before = ({k: one.plays for k, one in counts[name].items()} for name in ("now", "before"))
    return {terms: (now.get(terms, 0), before.get(terms, 0)) for terms in now.keys() | before}


def spans_of(at: datetime, span: timedelta) -> dict[str, Span]:
    """What `both_spans` compares."""
    middle = at - span
    return {"now": (middle, at), "before": (middle - span, middle - MOMENT)}


def movers(
    plays: Mapping[UUID, tuple[int, int]],
    rows: Mapping[UUID, TrackRow],
    told: Mapping[UUID, Told],
    at: datetime,
    span: timedelta,
) -> list[Mover]:
    """The same with their rows and what changed with them."""
    return [
        Mover(
            rows[terms],
            *both,
            at - span,
            at - 2 * span,
            _why(rows[terms], told[rows[terms].id].moved, both),
        )
        for terms, both in plays.items()
    ]


def _why(row: TrackRow, surfaces: Mapping[str, int], moved: tuple[int, int]) -> str:
    """Which surface moved most the same way, and the price if it moved; facts, no guess."""
    way = 1 if moved[0] > moved[1] else -1
    surface = max(surfaces, key=lambda one: surfaces[one] * way, default=None)
    facts = []
    if surface is not None and surfaces[surface] * way > 0:
        size, more = abs(surfaces[surface]), "more" if way > 0 else "fewer"
        plays = "play" if size == 1 else "plays"
        facts.append(f"{size:,} {more} {plays} {BY.get(surface, surface)}")
    if row.change_micros:
        facts.append(f"price {'up' if row.change_micros > 0 else 'down'}")
    words = ", ".join(facts)
    return words[:1].upper() + words[1:]
