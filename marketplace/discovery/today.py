"""The listener's column on the home page: spent, came back, receipts; and the shelf's notes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from marketplace.discovery.feed import Feed
from marketplace.discovery.rows import TrackRow
from marketplace.users.models import User
from marketplace.wallet.limits import day_start
from marketplace.wallet.portfolio import came_back_since
from marketplace.wallet.receipts import plays_with_periods, receipt_lines
from royalties import statements
from royalties.models import PaidPlay

LAST_RECEIPTS = 3
SONGS_SHOWN = 5
SHELF_LENGTH = 5
KINDS = (("all", "All", ""), ("sound", "By sound", "audio-lines"), ("taste", "By taste", "users"))


def today(listener: User, at: datetime) -> dict[str, Any]:
    """What was paid today and what came back, with the last receipts."""
    start = day_start(at)
    came, others = came_back_since(listener.party, start, SONGS_SHOWN)
    last = list(plays_with_periods().filter(listener=listener.party)[:LAST_RECEIPTS])
    return {
        "plays_today": PaidPlay.objects.filter(
            listener=listener.party, counted_at__gte=start
        ).count(),
        "came_back": came,
        "came_back_others": len(others),
        "came_back_others_micros": sum(others),
        "came_back_micros": sum(one.micros for one in came) + sum(others),
        "last_receipts": receipt_lines(last, at),
    }


def fresh_songs(found: Feed, shown: Collection[UUID]) -> list[TrackRow]:
    """Those without the songs `shown` elsewhere on the page."""
    return [row for row in found.fresh if row.id not in shown][:SHELF_LENGTH]


def shelf(rows: Sequence[TrackRow], earns: Mapping[UUID, int]) -> list[tuple[TrackRow, str]]:
    """Rows with what makes them worth trying: how few plays, and what the next one earns."""
    counts = statements.counts_of([row.terms_id for row in rows])
    return [(row, _note(counts[row.terms_id].plays, earns[row.terms_id])) for row in rows]


def chips(kind: str) -> list[dict[str, Any]]:
    """The reasons to choose by, kept in the address bar."""
    return [
        {"label": label, "url": f"?by={name}", "icon": icon, "current": name == kind}
        for name, label, icon in KINDS
    ]


def _note(plays: int, earns: int) -> str:
    played = "1 play" if plays == 1 else f"{plays:,} plays"
    return f"{played}, next earns {earns:,}" if earns else played
