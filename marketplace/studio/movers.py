"""Songs that are played more, or less, than the same time before; and what changed with it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from marketplace.catalog.models import Track
from marketplace.discovery.rows import TrackRow, rows
from marketplace.pricing.models import Quote
from marketplace.studio.audience import WORDS
from royalties.models import PaidPlay

SPANS = {"day": timedelta(days=1), "week": timedelta(days=7)}
EACH_WAY = 4


@dataclass(frozen=True)
class Mover:
    """Plays in the span up to now and in the one before it."""

    track: Track
    row: TrackRow
    now: int
    before: int
    since: datetime  # when the span began
    why: str

    @property
    def change(self) -> int:
        return self.now - self.before

    @property
    def words(self) -> str:
        """+12 %, cut; a song that was not played before has no percentage."""
        sign = "+" if self.change > 0 else "−"
        if self.before == 0:
            return f"{sign}{abs(self.change)}, was silent"
        return f"{sign}{100 * abs(self.change) // self.before:,}\u00a0%"


def movers(tracks: Mapping[UUID, Track], at: datetime, span: timedelta) -> list[Mover]:
    """The most risen first, the most fallen last; six queries."""
    moved = {terms: move for terms, move in _plays(tracks, at, span).items() if move[0] != move[1]}
    by_change = sorted(moved, key=lambda terms: (moved[terms][1] - moved[terms][0], terms))
    rising = [terms for terms in by_change if moved[terms][0] > moved[terms][1]][:EACH_WAY]
    falling = [terms for terms in by_change if moved[terms][0] < moved[terms][1]][-EACH_WAY:]
    shown = [tracks[terms] for terms in [*rising, *falling]]
    surfaces = _surfaces(shown, at, span)
    return [
        Mover(
            track,
            row,
            *moved[row.terms_id],
            at - span,
            _why(row, surfaces[track.pk], moved[row.terms_id]),
        )
        for track, row in zip(shown, rows(shown, None, at), strict=True)
    ]


def _plays(
    tracks: Mapping[UUID, Track], at: datetime, span: timedelta
) -> dict[UUID, tuple[int, int]]:
    """Plays by song: in this span, in the one before."""
    middle, start = at - span, at - 2 * span
    counted = PaidPlay.objects.filter(
        terms__in=tracks, counted_at__gt=start, counted_at__lte=at
    ).values("terms_id")
    halves = counted.annotate(
        now=Count("pk", filter=Q(counted_at__gt=middle)),
        before=Count("pk", filter=Q(counted_at__lte=middle)),
    )
    return {row["terms_id"]: (row["now"], row["before"]) for row in halves}


def _surfaces(
    tracks: Sequence[Track], at: datetime, span: timedelta
) -> Mapping[UUID, dict[str, int]]:
    """By how many plays each surface brought more, or less, than in the span before."""
    middle, start = at - span, at - 2 * span
    counted: QuerySet[Quote] = Quote.objects.filter(
        track__in=tracks, state=Quote.State.ACCEPTED, ended_at__gt=start, ended_at__lte=at
    )
    halves = counted.values("track", "surface").annotate(
        now=Count("pk", filter=Q(ended_at__gt=middle)),
        before=Count("pk", filter=Q(ended_at__lte=middle)),
    )
    found: dict[UUID, dict[str, int]] = defaultdict(dict)
    for row in halves:
        found[row["track"]][row["surface"]] = row["now"] - row["before"]
    return found


def _why(row: TrackRow, surfaces: Mapping[str, int], moved: tuple[int, int]) -> str:
    """Which surface moved most the same way, and the price if it moved; facts, no guess."""
    way = 1 if moved[0] > moved[1] else -1
    surface = max(surfaces, key=lambda one: surfaces[one] * way, default=None)
    facts = []
    if surface is not None and surfaces[surface] * way > 0:
        sign = "+" if way > 0 else "−"
        facts.append(f"{WORDS.get(surface, surface)} {sign}{abs(surfaces[surface])}")
    if row.change_micros:
        facts.append(f"price {'up' if row.change_micros > 0 else 'down'}")
    words = ", ".join(facts)
    return words[:1].upper() + words[1:]
