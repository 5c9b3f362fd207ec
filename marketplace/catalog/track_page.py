"""What the track's page shows: price and why, who earns what, units, the last receipts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Sum

from marketplace.catalog.models import Artist, Track
from marketplace.catalog.slices import own_slice, per_thousand_plays, slices_of
from marketplace.catalog.units_left import units_left
from marketplace.discovery.models import Like
from marketplace.pricing import quotes, reasons
from marketplace.pricing.history import price_history
from marketplace.pricing.models import Quote
from marketplace.templatetags import amounts
from marketplace.users.models import User
from marketplace.wallet.receipts import plays_with_periods
from marketplace.wallet.seals import Seal, seal_of
from marketplace.wallet.stations import fine
from royalties import money, settlement, statements, terms
from royalties.models import PaidPlay, Party, Terms
from royalties.statements import TrackUnits
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


def track_page(track: Track, listener: User | None, at: datetime) -> dict[str, Any]:
    """The page's context. For a listener, opening it asks for a quote."""
    assert track.terms is not None
    quote = quotes.offer(track, listener, Quote.Surface.TRACK, at) if listener else None
    price = quote.price_micros if quote else track.price.micros
    party = listener.party if listener else None
    mine = parties_of(listener) if listener else set()
    split = terms.split_of(track.terms, price)
    issuer = track.terms.issuer_id in mine
    units = statements.units_of(track.terms, track.terms.issuer if issuer else party)
    earning = units.units + (units.left_units if issuer else 0)  # the issuer's until earned
    pays_you = issuer or any(line.party_id in mine for line in split)
    left = units_left(track.terms, units, price, pays_you)
    return {
        "track": track,
        "quote": quote,
        "price_micros": price,
        "why": reasons.explain(track, at),
        "history": price_history(track, price, at),
        "floor_micros": settings.PRICE_FLOOR_MICROS,
        "cap_micros": settings.PRICE_CAP_MICROS,
        "slices": slices_of(split, mine),
        "units": units,
        "units_left": left,
        "pays_you": pays_you,
        "own": own_slice(track.terms, earning, price),
        "earnings": earnings(track.terms, price, split, mine, earning, left.earns if left else 0),
        "stats": _stats(track.terms, party, units),
        "liked": bool(listener) and Like.objects.filter(user=listener, track=track).exists(),
        "receipts": _last_receipts(track, split, at),
        "you": party,
    }


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


def _stats(track: Terms, party: Party | None, units: TrackUnits) -> list[Stat]:
    """What this song has been to its listeners, and to you."""
    totals = statements.totals_of([track.pk])[track.pk]
    stats = [
        Stat("Plays", amounts.count(totals.plays)),
        Stat("Paid for it, in all", amounts.money_short(totals.micros)),
        Stat("Listeners who own a part", amounts.count(units.holders)),
    ]
    if party is None:
        return stats
    mine = PaidPlay.objects.filter(terms=track, listener=party)
    paid = mine.aggregate(n=Count("id"), micros=Sum("price_micros"))
    if paid["n"]:
        label = f"You paid, in {amounts.count(paid['n'])} play{'s' if paid['n'] > 1 else ''}"
        stats.append(Stat(label, amounts.money_short(paid["micros"])))
    if units.units or units.listened_units:
        stats.append(
            Stat("Came back to you so far", fine(statements.came_back(party, track)), own=True)
        )
    return stats


def _last_receipts(track: Track, split: Sequence[Line], at: datetime) -> list[TrackReceipt]:
    """The last plays; whom each paid follows from the terms, not from a query."""
    last = list(plays_with_periods().filter(terms=track.terms)[:LAST_RECEIPTS])
    cutoff = settlement.next_cutoff() if last else None
    weights = [line.bps for line in split]
    lines = []
    for play in last:
        parts = money.largest_remainder(play.price_micros, weights)
        fans, platform = parts[-2], parts[-1]
        makers = play.price_micros - fans - platform
        lines.append(TrackReceipt(play, makers, fans, seal_of(play, cutoff, at)))
    return lines
