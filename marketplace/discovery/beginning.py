"""Songs to begin with, for pages that are empty until one has heard some: those most played."""

from __future__ import annotations

from datetime import datetime

from marketplace.catalog.models import Track
from marketplace.discovery.listing import MOST_PLAYED, Listed
from marketplace.discovery.rows import TrackRow, rows
from marketplace.users.models import User
from royalties.earning import next_plays_earn

SONGS = 6


def beginning(listener: User, at: datetime) -> list[tuple[TrackRow, str]]:
    """Each with what its next play earns; three queries where their ids are kept."""
    ids = [pk for pk, _ in Listed(MOST_PLAYED, None, at)[0:SONGS]]
    known = Track.objects.published().in_bulk(ids)
    shown = rows([known[pk] for pk in ids if pk in known], listener, at)
    prices = {row.terms_id: 0 if row.free else row.price_micros for row in shown}
    earns = next_plays_earn(prices, listener.party, at)
    return [(row, _note(earns[row.terms_id])) for row in shown]


def _note(units: int) -> str:
    return f"earns {units:,} units" if units else ""
