"""What the track's page shows: price and why, who earns what, units, the last receipts.

What everybody sees alike is kept for some seconds; a listener's own play is seen at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Sum

from marketplace.catalog.models import Artist, Track
from marketplace.catalog.slices import own_slice, per_thousand_plays, slices_of
from marketplace.catalog.units_left import units_left
from marketplace.discovery.models import Like
from marketplace.kept import Part, kept
from marketplace.pricing import quotes, reasons
from marketplace.pricing.history import PriceHistory, price_history
from marketplace.pricing.models import Quote
from marketplace.templatetags import amounts
from marketplace.users.models import User
from marketplace.wallet.receipts import plays_with_periods
from marketplace.wallet.seals import Seal, seal_of
from marketplace.wallet.stations import fine
from royalties import money, settlement, statements, terms
from royalties.models import Holding, PaidPlay, Party, Terms
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


@dataclass(frozen=True)
class Shared:
    """What everybody sees alike, and a play of one's own changes."""

    units: TrackUnits  # as they stand for somebody who holds none
    totals: Totals
    receipts: list[TrackReceipt]


@dataclass(frozen=True)
class Mine:
    """What the listener has had to do with this song; of a visitor, nothing."""

    plays: int = 0
    paid_micros: int = 0
    units: int = 0
    listened_units: int = 0


def track_page(track: Track, listener: User | None, at: datetime) -> dict[str, Any]:
    """The page's context. For a listener, opening it asks for a quote."""
    assert track.terms is not None
    quote = quotes.offer(track, listener, Quote.Surface.TRACK, at) if listener else None
    price = quote.price_micros if quote else track.price.micros
    party = listener.party if listener else None
    parties = kept(f"parties:{listener.pk}", lambda: parties_of(listener)) if listener else set()
    mine = _mine(track.terms, party) if party else Mine()
    seen = f"song:{track.pk}:{price}:{mine.plays}:{mine.units}"
    priced = kept(f"priced:{track.pk}:{price}", partial(_priced, track, price, at))
    shared = kept(seen, partial(_shared, track.terms, priced.split, at))
    issuer = track.terms.issuer_id in parties
    units = _units(track.terms, shared.units, mine, issuer)
    earning = units.units + (units.left_units if issuer else 0)  # the issuer's until earned
    pays_you = issuer or any(line.party_id in parties for line in priced.split)
    left = units_left(track.terms, units, price, pays_you)
    earns = left.earns if left else 0
    return {
        "track": track,
        "quote": quote,
        "price_micros": price,
        "why": priced.why,
        "history": priced.history,
        "floor_micros": settings.PRICE_FLOOR_MICROS,
        "cap_micros": settings.PRICE_CAP_MICROS,
        "slices": slices_of(priced.split, parties),
        "units": units,
        "units_left": left,
        "pays_you": pays_you,
        "own": own_slice(track.terms, earning, price),
        "earnings": earnings(track.terms, price, priced.split, parties, earning, earns),
        "stats": _stats(track.terms, party, shared.totals, units, mine),
        "liked": bool(listener) and Like.objects.filter(user=listener, track=track).exists(),
        "receipts": shared.receipts,
        "you": party,
        # drawn once: of these nothing depends on who looks
        "wave": Part(f"wave:{track.pk}", dict),
        "price_plot": Part(f"price:{track.pk}:{price}", dict),
        "units_plot": Part(f"units:{track.pk}:{price}:{units.emitted_units}", dict),
        "receipts_part": Part(f"receipts:{seen}:{party.pk if mine.plays and party else ''}", dict),
    }


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


def _mine(track: Terms, party: Party) -> Mine:
    """Two queries."""
    paid = PaidPlay.objects.filter(terms=track, listener=party).aggregate(
        n=Count("id"), micros=Sum("price_micros", default=0)
    )
    held = Holding.objects.filter(terms=track, party=party)
    units = held.values_list("units", "listened_units").first() or (0, 0)
    return Mine(paid["n"], paid["micros"], *units)


def _units(track: Terms, everybodys: TrackUnits, mine: Mine, issuer: bool) -> TrackUnits:
    """How the song's units are spread, from where this listener stands."""
    if issuer:
        return statements.units_of(track, track.issuer)
    return replace(
        everybodys,
        units=mine.units,
        other_units=everybodys.other_units - mine.units,
        listened_units=mine.listened_units,
    )


def parties_of(user: User) -> set[UUID]:
    """The login's own party and those of the artists it has been given."""
    return {user.party_id, *Artist.objects.filter(user=user).values_list("party_id", flat=True)}


def earnings(
    track: Terms, price_micros: int, split: Sequence[Line], mine: set[UUID], units: int, earns: int
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


def _stats(
    track: Terms, party: Party | None, totals: Totals, units: TrackUnits, mine: Mine
) -> list[Stat]:
    """What this song has been to its listeners, and to you."""
    stats = [
        Stat("Plays", amounts.count(totals.plays)),
        Stat("Paid for it, in all", amounts.money_short(totals.micros)),
        Stat("Listeners who own a part", amounts.count(units.holders)),
    ]
    if party is None:
        return stats
    if mine.plays:
        label = f"You paid, in {amounts.count(mine.plays)} play{'s' if mine.plays > 1 else ''}"
        stats.append(Stat(label, amounts.money_short(mine.paid_micros)))
    if units.units or units.listened_units:
        back = kept(
            f"back:{track.pk}:{party.pk}:{units.units}", lambda: statements.came_back(party, track)
        )
        stats.append(Stat("Came back to you so far", fine(back), own=True))
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
