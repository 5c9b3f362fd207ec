"""What an artist sees first: money moving now, each song's life, the last plays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from marketplace.catalog.models import Track
from marketplace.studio import payouts
from marketplace.studio.own import parties_of, tracks_of
from marketplace.users.models import User
from royalties import statements
from royalties.models import PaidPlay, Party, Payee
from royalties.statements import Payouts

LAST_PLAYS = 8


@dataclass(frozen=True)
class PlayLine:
    """A counted play and the login's own part of it, to the micro below."""

    play: PaidPlay
    track: Track
    to_you_micros: int


def overview_of(user: User, at: datetime) -> dict[str, Any]:
    """Totals, songs and the last plays; five queries and the totals' own."""
    tracks = {track.terms_id: track for track in tracks_of(user)}
    totals: Payouts = payouts.totals(user)
    counts = statements.counts_of(list(tracks))
    return {
        "totals": totals,
        "songs": [(track, counts.get(terms)) for terms, track in tracks.items()],
        "plays": _last_plays(tracks, parties_of(user)),
    }


def _last_plays(tracks: dict[Any, Track], parties: list[Party]) -> list[PlayLine]:
    parts: dict[Any, int] = {}
    for terms, bps in Payee.objects.filter(terms__in=tracks, party__in=parties).values_list(
        "terms", "bps"
    ):
        parts[terms] = parts.get(terms, 0) + bps
    plays = PaidPlay.objects.filter(terms__in=tracks).select_related("window__period")
    return [
        PlayLine(play, tracks[play.terms_id], play.price_micros * parts[play.terms_id] // 10_000)
        for play in plays.order_by("-counted_at", "-pk")[:LAST_PLAYS]
    ]
