"""What an artist sees first: money moving now, each song's life, the last plays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zlib import crc32

from marketplace.catalog.models import Track
from marketplace.studio import payouts
from marketplace.studio.own import parties_of, tracks_of
from marketplace.studio.stations import stations
from marketplace.users.models import User
from marketplace.wallet.receipts import plays_with_periods
from marketplace.wallet.seals import Seal, seal_of
from royalties import money, statements
from royalties.models import Deal, PaidPlay, Party, Payee

LAST_PLAYS = 8


@dataclass(frozen=True)
class PlayLine:
    """A counted play and the login's own part of it, to the micro below."""

    play: PaidPlay
    track: Track
    to_you_micros: int
    seal: Seal


@dataclass(frozen=True)
class SongLine:
    """A song's life so far: counted plays, by how many people, what they paid and your part."""

    track: Track
    plays: int
    listeners: int
    micros: int
    to_you_micros: int


def overview_of(user: User, at: datetime) -> dict[str, Any]:
    """Where the money is, the songs and the last plays; `mark` changes whenever any of it does."""
    parties = parties_of(user)
    tracks = {t.terms_id: t for t in tracks_of(user).select_related("price") if t.terms_id}
    parts = parts_of(parties, tracks)
    totals = payouts.totals(user)
    songs = _songs(tracks, parts)
    plays = _last_plays(tracks, parts, totals.next_cutoff, at)
    state = (totals, [(line.plays, line.micros) for line in songs])
    seals = [(line.play.pk, line.seal) for line in plays]
    return {
        "stations": stations(totals),
        "songs": songs,
        "songs_plays": sum(line.plays for line in songs),
        "songs_micros": sum(line.micros for line in songs),
        "songs_to_you": sum(line.to_you_micros for line in songs),
        "plays": plays,
        "mark": f"{crc32(repr((state, seals)).encode()):08x}",
    }


def deals_of(parties: Sequence[Party]) -> list[Deal]:
    """Deals these artists were offered, those to be answered first."""
    mine = Deal.objects.filter(artist__in=parties).select_related("label", "artist")
    return sorted(mine.order_by("-invited_at"), key=lambda deal: deal.state != Deal.State.INVITED)


def parts_of(parties: Sequence[Party], terms: Mapping[UUID, object]) -> Counter[UUID]:
    """Basis points of each track's price that these parties get directly."""
    parts: Counter[UUID] = Counter()
    mine = Payee.objects.filter(terms__in=terms, party__in=parties)
    for terms_id, bps in mine.values_list("terms_id", "bps"):
        parts[terms_id] += bps
    return parts


def _songs(tracks: Mapping[UUID, Track], parts: Mapping[UUID, int]) -> list[SongLine]:
    counts = statements.counts_of(list(tracks))
    lines = [
        SongLine(track, one.plays, one.listeners, one.micros, _part(one.micros, parts[terms]))
        for terms, track in tracks.items()
        for one in [counts[terms]]
    ]
    return sorted(lines, key=lambda line: -line.micros)


def _last_plays(
    tracks: Mapping[UUID, Track], parts: Mapping[UUID, int], cutoff: datetime | None, at: datetime
) -> list[PlayLine]:
    plays = plays_with_periods().filter(terms__in=tracks)[:LAST_PLAYS]
    return [
        PlayLine(
            play,
            tracks[play.terms_id],
            _part(play.price_micros, parts[play.terms_id]),
            seal_of(play, cutoff, at),
        )
        for play in plays
    ]


def _part(micros: int, bps: int) -> int:
    return money.floor_share(micros, bps)
