"""What moves by itself on an artist's first page: where the money is, the last plays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zlib import crc32

from marketplace.catalog.models import Track
from marketplace.studio.scope import Scope
from marketplace.wallet.receipts import plays_with_periods
from marketplace.wallet.seals import Seal, seal_of
from royalties import statements
from royalties.models import Deal, PaidPlay, Party

LAST_PLAYS = 6


@dataclass(frozen=True)
class PlayLine:
    """A counted play and the login's own part of it, to the micro below."""

    play: PaidPlay
    track: Track
    to_you_micros: int
    seal: Seal


def overview_of(scope: Scope, at: datetime) -> dict[str, Any]:
    """Where the money is, and the last plays; `mark` changes whenever any of it does."""
    totals = statements.payouts(scope.parties)
    plays = _last_plays(scope, totals.next_cutoff, at)
    seals = [(line.play.pk, line.seal) for line in plays]
    return {
        "money": [
            (totals.counting + totals.accrued, "earned since the last close"),
            *((totals.published, "being settled") for _ in range(bool(totals.published))),
            (totals.settled, "to claim"),
            (totals.spendable, "to spend"),
        ],
        "to_claim": bool(totals.settled),
        "has_songs": bool(scope.tracks),
        "plays": plays,
        "mark": f"{crc32(repr((totals, seals)).encode()):08x}",
    }


def deals_of(parties: Sequence[Party]) -> list[Deal]:
    """Deals these artists were offered, those to be answered first."""
    mine = Deal.objects.filter(artist__in=parties).select_related("label", "artist")
    return sorted(mine.order_by("-invited_at"), key=lambda deal: deal.state != Deal.State.INVITED)


def _last_plays(scope: Scope, cutoff: datetime | None, at: datetime) -> list[PlayLine]:
    plays = plays_with_periods().filter(terms__in=scope.tracks)[:LAST_PLAYS]
    return [
        PlayLine(
            play,
            scope.tracks[play.terms_id],
            scope.shares.of_play(play),
            seal_of(play, cutoff, at),
        )
        for play in plays
    ]
