"""What the track's page shows: price and why, who earns what, units, the last receipts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Count, Sum

from marketplace.catalog.models import Track
from marketplace.catalog.slices import own_slice, per_thousand_plays, slices_of
from marketplace.discovery.models import Like
from marketplace.pricing import quotes, reasons
from marketplace.pricing.history import price_history
from marketplace.pricing.models import Quote
from marketplace.templatetags import amounts
from marketplace.users.models import User
from marketplace.wallet.receipts import plays_with_periods
from marketplace.wallet.seals import Seal, seal_of
from marketplace.wallet.stations import fine
from royalties import money, plays, settlement, statements, terms
from royalties.models import PaidPlay, Party, Terms
from royalties.terms import Line

LAST_RECEIPTS = 5


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
    split = terms.split_of(track.terms, price)
    units = statements.units_of(track.terms, party)
    return {
        "track": track,
        "quote": quote,
        "price_micros": price,
        "why": reasons.explain(track, at),
        "history": price_history(track, price, at),
        "floor_micros": settings.PRICE_FLOOR_MICROS,
        "cap_micros": settings.PRICE_CAP_MICROS,
        "slices": slices_of(split),
        "units": units,
        "own": own_slice(track.terms, units.units, price),
        "stats": _stats(track.terms, price, party, units.units, _earns(track, listener, price)),
        "liked": bool(listener) and Like.objects.filter(user=listener, track=track).exists(),
        "receipts": _last_receipts(track, split, at),
        "you": party,
    }


def _earns(track: Track, listener: User | None, price_micros: int) -> int:
    """Units the next play would earn; none for those it pays."""
    assert track.terms is not None
    if listener is None:
        return plays.next_play_earns(track.terms, price_micros)
    if track.pays(listener):
        return 0
    return plays.next_play_earns(track.terms, price_micros, listener.party)


def _stats(
    track: Terms, price_micros: int, party: Party | None, units: int, earns: int
) -> list[Stat]:
    """What a play earns, and what this song has been to its listeners, or to you."""
    counts = statements.counts_of([track.pk])[track.pk]
    stats = [
        Stat("Next play earns you" if party else "Next play earns", amounts.units(earns)),
        Stat("Plays", amounts.count(counts.plays)),
        Stat("Listeners", amounts.count(counts.listeners)),
    ]
    if party is None:
        return stats
    mine = PaidPlay.objects.filter(terms=track, listener=party)
    paid = mine.aggregate(n=Count("id"), micros=Sum("price_micros"))
    if units:
        thousand = per_thousand_plays(track, units, price_micros)
        stats.append(Stat("1,000 plays bring you", fine(thousand), own=True))
    if paid["n"]:
        label = f"You paid, in {paid['n']} play{'s' if paid['n'] > 1 else ''}"
        stats.append(Stat(label, amounts.money_short(paid["micros"])))
    back = [one for one in statements.portfolio(party) if one.terms_id == track.pk]
    if back:
        came = back[0].earned_micros + back[0].accrued_micros
        stats.append(Stat("Came back so far", fine(came), own=True))
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
