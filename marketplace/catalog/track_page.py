"""What the track's page shows: price and why, who earns what, units, the last receipts.

What everybody sees alike is kept for some seconds, and drawn once for all whose part in the song is
the same: keys name what a part shows, never only who looks. One's own play is seen at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property, partial
from typing import Any
from uuid import UUID

from django.conf import settings

from marketplace.catalog.models import Track
from marketplace.catalog.slices import own_slice, per_thousand_plays, slices_of
from marketplace.catalog.song_now import Mine, SongNow
from marketplace.catalog.units_left import UnitsLeft, outlook_of, units_left
from marketplace.kept import Part, kept, named
from marketplace.pricing import quotes, reasons
from marketplace.pricing.history import PriceHistory, price_history
from marketplace.pricing.models import Quote
from marketplace.templatetags import amounts
from marketplace.users.models import User
from marketplace.wallet.receipts import plays_with_periods
from marketplace.wallet.seals import Seal, seal_of
from marketplace.wallet.stations import fine
from royalties import money, settlement, statements, terms
from royalties.models import PaidPlay, Terms
from royalties.statements import Totals, TrackUnits
from royalties.terms import Line

LAST_RECEIPTS = 5
THOUSAND = 1_000


@dataclass(frozen=True)
class Stat:
    """One figure beside others; see components/stats.html."""

    label: str
    value: str
    own: bool = False


@dataclass(frozen=True)
class TrackReceipt:
    """One play of the song, and whom it paid."""

    play: PaidPlay
    makers_micros: int  # artist, label, writers
    fans_micros: int
    seal: Seal


@dataclass(frozen=True)
class Priced:
    """What hangs on the price alone."""

    why: reasons.PriceReason
    history: PriceHistory
    split: list[Line]

    @cached_property
    def words(self) -> str:
        """For a key: another when the page says something else of the price."""
        return named(self.why.first, self.why.second, str(self.history.change_micros))

    @cached_property
    def receivers(self) -> str:
        """For a key: another when somebody has another name."""
        return named(repr(self.split))

    @cached_property
    def drawn(self) -> str:
        """For a key: another when the chart is another."""
        return named(repr(self.history))


@dataclass(frozen=True)
class Shared:
    """What everybody sees alike, and a play of one's own changes."""

    units: TrackUnits  # as they stand for somebody who holds none
    totals: Totals
    receipts: list[TrackReceipt]


def track_page(now: SongNow, track: Track, listener: User | None, at: datetime) -> dict[str, Any]:
    """The page's context. For a listener, opening it asks for a quote."""
    assert track.terms is not None
    mine, issuer = now.mine, track.terms.issuer_id in now.mine.parties
    pays_you = issuer or mine.is_payee
    quote = None
    if listener:
        quote = quotes.offer(track, listener, Quote.Surface.TRACK, at, pays=pays_you)
    price = quote.price_micros if quote else now.price_micros
    priced = kept(f"priced:{track.pk}:{price}", partial(_priced, track, price, at))
    seen = f"{track.pk}:{now.window}:{_lately(mine, listener, at)}"
    shared = kept(f"song:{seen}", partial(_shared, track.terms, priced.split, at))
    units = _units(shared.units, mine, issuer)
    left = units_left(track.terms, units, price, pays_you)
    return {
        "track": track,
        "quote": quote,
        "price_micros": price,
        "why": priced.why,
        "history": priced.history,
        "floor_micros": settings.PRICE_FLOOR_MICROS,
        "cap_micros": settings.PRICE_CAP_MICROS,
        "units_left": left,
        "pays_you": pays_you,
        "stats": _stats(listener, shared.totals, units, mine),
        "liked": mine.liked,
        "receipts": shared.receipts,
        "you": listener.party if listener else None,
        **_parts(track, price, seen, priced, shared, units, left, now.mine),
    }


def _parts(
    track: Track,
    price_micros: int,
    seen: str,
    priced: Priced,
    shared: Shared,
    units: TrackUnits,
    left: UnitsLeft | None,
    mine: Mine,
) -> dict[str, Part]:
    """What is drawn once for all who are to see the same."""
    assert track.terms is not None
    paid = [track.terms.issuer_id, *(line.party_id for line in priced.split)]
    yours = "".join("y" if party in mine.parties else "n" for party in paid)
    owned = f"{seen}:{price_micros}:{units.units}:{units.listened_units}:{yours}"
    known = "you" if mine.parties else ""
    in_receipts = {line.play.listener_id for line in shared.receipts} & mine.parties
    who = partial(_who, track.terms, price_micros, priced.split, units, left, mine.parties)
    outlook = partial(outlook_of, track.terms, units.emitted_units, price_micros)
    price = f"{track.pk}:{price_micros}"
    return {
        "head_part": Part(f"head:{price}", dict),
        "acts_part": Part(f"acts:{track.pk}:{mine.liked}", dict),
        "wave": Part(f"wave:{track.pk}", dict, lasting=True),
        "price_part": Part(f"price:{price}:{priced.words}", dict, lasting=True),
        "price_plot": Part(f"prices:{price}:{priced.drawn}", dict, lasting=True),
        "who_part": Part(f"who:{owned}:{priced.receivers}", who, lasting=True),
        "units_part": Part(f"units:{owned}:{known}", dict, lasting=True),
        "units_plot": Part(f"outlook:{price}:{units.emitted_units}", outlook, lasting=True),
        "receipts_part": Part(f"receipts:{seen}:{sorted(in_receipts)}", dict),
    }


def published(pk: UUID) -> Track:
    """The song as everybody sees it, kept with its terms."""
    tracks = Track.objects.published().select_related("terms__issuer")
    return kept(f"track:{pk}", lambda: tracks.get(pk=pk))


def _priced(track: Track, price_micros: int, at: datetime) -> Priced:
    assert track.terms is not None
    return Priced(
        why=reasons.explain(track, at),
        history=price_history(track, price_micros, at),
        split=terms.split_of(track.terms, price_micros),
    )


def _shared(track: Terms, split: Sequence[Line], at: datetime) -> Shared:
    return Shared(
        units=statements.units_of(track, None),
        totals=statements.totals_of([track.pk])[track.pk],
        receipts=_last_receipts(track, split, at),
    )


def _lately(mine: Mine, listener: User | None, at: datetime) -> str:
    """Whoever has just played it sees what was made since: for as long as older is shown."""
    span = timedelta(seconds=2 * settings.PAGE_KEPT_SECONDS)
    if listener is None or mine.last_play_at is None or at - mine.last_play_at > span:
        return ""
    return f"{listener.pk}-{mine.plays}"


def _units(everybodys: TrackUnits, mine: Mine, issuer: bool) -> TrackUnits:
    """How the song's units are spread, from where this listener stands."""
    if issuer:  # what it holds back are its own
        return replace(everybodys, units=everybodys.held_units, held_units=0)
    return replace(
        everybodys,
        units=mine.units,
        other_units=everybodys.other_units - mine.units,
        listened_units=mine.listened_units,
    )


def _who(
    track: Terms,
    price_micros: int,
    split: Sequence[Line],
    units: TrackUnits,
    left: UnitsLeft | None,
    mine: frozenset[UUID],
) -> dict[str, Any]:
    """Who earns what from one play, and what of it is yours."""
    issuer = track.issuer_id in mine
    earning = units.units + (units.left_units if issuer else 0)  # the issuer's until earned
    earns = left.earns if left else 0
    return {
        "slices": slices_of(split, mine),
        "units": units,
        "own": own_slice(track, earning, price_micros),
        "earnings": earnings(track, price_micros, split, mine, earning, earns),
    }


def earnings(
    track: Terms,
    price_micros: int,
    split: Sequence[Line],
    mine: frozenset[UUID],
    units: int,
    earns: int,
) -> Stat | None:
    """What a thousand plays bring whoever looks: now, or after one play of theirs."""
    direct = sum(line.bps for line in split if line.party_id in mine)
    yours = bool(direct or units)
    brings = money.floor_share(THOUSAND * price_micros, direct)
    brings += per_thousand_plays(track, units if yours else earns, price_micros)
    if not brings:
        return None
    today = "If 1,000 people play this today, you earn"
    once = "Play it once, and the next 1,000 plays bring you"
    return Stat(today if yours else once, fine(brings), own=True)


def _stats(listener: User | None, totals: Totals, units: TrackUnits, mine: Mine) -> list[Stat]:
    """What this song has been to its listeners, and to you."""
    stats = [
        Stat("Plays", amounts.count(totals.plays)),
        Stat("Paid for it, in all", amounts.money_short(totals.micros)),
        Stat("Listeners who own a part", amounts.count(units.holders)),
    ]
    if listener is None:
        return stats
    if mine.plays:
        label = f"You paid, in {amounts.count(mine.plays)} play{'s' if mine.plays > 1 else ''}"
        stats.append(Stat(label, amounts.money_short(mine.paid_micros)))
    if units.units or units.listened_units:
        stats.append(Stat("Came back to you so far", fine(mine.back_micros), own=True))
    return stats


def _last_receipts(track: Terms, split: Sequence[Line], at: datetime) -> list[TrackReceipt]:
    """The last plays; whom each paid follows from the terms, not from a query."""
    last = list(plays_with_periods().filter(terms=track)[:LAST_RECEIPTS])
    cutoff = settlement.next_cutoff() if last else None
    weights = [line.bps for line in split]
    lines = []
    for play in last:
        parts = money.largest_remainder(play.price_micros, weights)
        fans, platform = parts[-2], parts[-1]
        makers = play.price_micros - fans - platform
        lines.append(TrackReceipt(play, makers, fans, seal_of(play, cutoff, at)))
    return lines
