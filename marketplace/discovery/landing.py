"""What a visitor sees first: one song with its price and why, who earns, and what happens now.

Every figure is of this Refrain, read when it is asked for; nothing is rounded up.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Sum

from marketplace.catalog.models import Track
from marketplace.catalog.slices import slices_of
from marketplace.discovery.early import early_listener
from marketplace.discovery.feed import feed
from marketplace.discovery.rows import TrackRow
from marketplace.kept import kept
from marketplace.operations.period_page import command
from marketplace.operations.seals import period_seal
from marketplace.pricing import reasons
from marketplace.pricing.held import is_held
from marketplace.wallet.limits import day_start
from marketplace.wallet.receipts import slip
from marketplace.wallet.seals import Seal, duration
from royalties import earning, money, settlement, terms
from royalties.models import Entitlement, PaidPlay, Period, TrackWindow

SONGS_SHOWN = 6
LAST_PLAYS = 5
HOUR = timedelta(hours=1)
LATE = timedelta(minutes=5)  # longer than any play takes from being counted to being seen


@dataclass(frozen=True)
class Today:
    """Since midnight UTC; amounts in micros."""

    plays: int
    paid_micros: int
    makers_micros: int  # of these plays, to artists, writers and labels
    fans_micros: int  # to listeners who hold units, by the periods that closed today


@dataclass(frozen=True)
class Played:
    """In some span; `makers_bps_micros` are the makers' micros ten thousandfold, not rounded."""

    plays: int
    paid_micros: int
    makers_bps_micros: int


@dataclass(frozen=True)
class Settled:
    """The last period whose money nobody can take back, or the one that will be the first."""

    period: Period | None
    plays: int
    gained_micros: int
    seal: Seal


@dataclass(frozen=True)
class Arrival:
    """A play as it arrives at its makers."""

    play: PaidPlay
    track: Track
    makers_micros: int


def landing(at: datetime) -> dict[str, Any]:
    """The whole page; the number of queries does not grow with songs or plays."""
    found = feed(None, at, length=SONGS_SHOWN)
    songs = (found.ranked or found.fresh)[:SONGS_SHOWN]
    # one whose price stands still, to measure the others by, would tell a visitor of measuring
    song = next((one for one in songs if not is_held(one.id.hex)), songs[0] if songs else None)
    arrivals = _arrivals()
    return {
        "song": song,
        "songs": songs,
        "arrivals": arrivals,
        "arrivals_paid_micros": sum(one.play.price_micros for one in arrivals),
        "arrivals_makers_micros": sum(one.makers_micros for one in arrivals),
        "slip": _slip(arrivals[0]) if arrivals else None,
        **(_of_song(song, at) if song else {}),
        **now(at),
    }


def now(at: datetime) -> dict[str, Any]:
    """What changes while one looks."""
    settled = _settled(at)
    number = settled.period.number if settled.period else 1
    return {"today": _today(at), "settled": settled, "check": command(number)}


def _of_song(song: TrackRow, at: datetime) -> dict[str, Any]:
    track = Track.objects.select_related("terms").get(pk=song.id)
    assert track.terms is not None
    return {
        "why": reasons.explain(track, at),
        "early": early_listener(track, at),
        "slices": slices_of(terms.split_of(track.terms, song.price_micros)),
        "next_earns": earning.next_plays_earn({song.terms_id: song.price_micros}, None)[
            song.terms_id
        ],
    }


def _today(at: datetime) -> Today:
    """The sums of hours that nothing is added to any more are kept for minutes."""
    start = day_start(at)
    since = start + max(0, (at - LATE - start) // HOUR) * HOUR
    key = f"played:{since.timestamp():.0f}"
    sums = [kept(key, partial(_played, start, since), lasting=True), _played(since)]
    held = Entitlement.objects.filter(
        period__cutoff_at__gte=start, role=Entitlement.Role.HOLDER
    ).exclude(party=F("terms__issuer"))  # the artist's own units are no listener's
    fans = held.aggregate(micros=Sum("amount_micros"))["micros"] or 0
    return Today(
        plays=sum(one.plays for one in sums),
        paid_micros=sum(one.paid_micros for one in sums),
        makers_micros=sum(one.makers_bps_micros for one in sums) // money.BPS,
        fans_micros=fans,
    )


def _played(since: datetime, until: datetime | None = None) -> Played:
    counted = PaidPlay.objects.not_reversed().filter(counted_at__gte=since)
    if until is not None:
        counted = counted.filter(counted_at__lt=until)
    makers = F("price_micros") * (money.BPS - F("terms__pool_bps") - F("terms__platform_bps"))
    sums = counted.aggregate(n=Count("pk"), paid=Sum("price_micros"), makers=Sum(makers))
    return Played(sums["n"], sums["paid"] or 0, sums["makers"] or 0)


def _settled(at: datetime) -> Settled:
    period = Period.objects.filter(state=Period.State.ACTIVE).first()
    if period is None:
        cutoff = settlement.next_cutoff()
        words = f"closes in {duration(cutoff - at)}" if cutoff else "opens with the first play"
        return Settled(None, 0, 0, Seal(False, words))
    sums = TrackWindow.objects.filter(window__period=period).aggregate(
        plays=Sum("plays"), micros=Sum("revenue_micros")
    )
    seal = period_seal(period.state, period.active_at, at)
    return Settled(period, sums["plays"] or 0, sums["micros"] or 0, seal)


def _arrivals() -> list[Arrival]:
    """The last plays; whom each paid follows from its song's terms."""
    last = list(
        PaidPlay.objects.not_reversed()
        .select_related("terms")
        .order_by("-counted_at", "-pk")[:LAST_PLAYS]
    )
    tracks = _tracks({play.terms_id for play in last})
    return [
        Arrival(
            play,
            tracks[play.terms_id],
            money.floor_share(
                play.price_micros, money.BPS - play.terms.pool_bps - play.terms.platform_bps
            ),
        )
        for play in last
    ]


def _tracks(terms_ids: set[UUID]) -> dict[UUID | None, Track]:
    found = Track.objects.select_related("artist").filter(terms__in=terms_ids)
    return {track.terms_id: track for track in found}


def _slip(arrival: Arrival) -> dict[str, Any]:
    """The last play as a till slip."""
    play = arrival.play
    return slip(play, arrival.track, slices_of(terms.split_of(play.terms, play.price_micros)))
