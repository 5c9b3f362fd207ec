"""What the track's page shows: price and why, who earns what, units, the last receipts.

What everybody sees alike is kept in two sheets: for minutes what changes only with the price, for
some seconds what listeners do. The names of parts say what they show, never only who looks. One's
own play is seen at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings

from marketplace.catalog import on_sale
from marketplace.catalog.last_receipts import CUTOFF, TrackReceipt, last_receipts
from marketplace.catalog.on_sale import OnSale
from marketplace.catalog.slices import own_slice, per_thousand_plays, slices_of
from marketplace.catalog.song_facts import song_facts
from marketplace.catalog.song_now import Mine, SongNow
from marketplace.catalog.units_left import UnitsLeft, outlook_of, units_left
from marketplace.discovery import serving
from marketplace.kept import Part, Sheet, sheet
from marketplace.pricing import quotes, reasons
from marketplace.pricing.history import PriceHistory, price_history
from marketplace.pricing.models import Quote
from marketplace.templatetags import amounts
from marketplace.users.models import User
from royalties import money, terms
from royalties.models import Terms
from royalties.statements import Totals, TrackUnits
from royalties.terms import Line

THOUSAND = 1_000


@dataclass(frozen=True)
class Stat:
    """One figure beside others; see components/stats.html."""

    label: str
    value: str
    own: bool = False


@dataclass(frozen=True)
class Priced:
    """What hangs on the price alone."""

    history: PriceHistory
    split: list[Line]


@contextmanager
def track_page(
    now: SongNow, song: OnSale, listener: User | None, at: datetime
) -> Iterator[dict[str, Any]]:
    """The page's context, to draw it within. For a listener, opening it asks for a quote."""
    track = song.track
    assert track.terms is not None
    mine, issuer = now.mine, track.terms.issuer_id in now.mine.parties
    pays_you = issuer or mine.is_payee
    pays_yours = pays_you or mine.is_linked
    quote = None
    if listener:
        quote = quotes.offer(track, listener, Quote.Surface.TRACK, at, pays=pays_yours)
    charged = _charged(now, quote)
    price, free = charged["price_micros"], charged["free"]
    priced_key, song_key = _sheets(track.pk, price, now, listener, at)
    with sheet(priced_key, lasting=True) as of_price, sheet(song_key) as of_song:
        priced = of_price.part("priced", partial(_priced, song, price, at))
        why = of_song.part("why", partial(reasons.explain, track, at))
        facts = of_song.part("facts", partial(song_facts, track.terms))
        last = of_song.part("last", partial(last_receipts, track.terms, priced.split, at))
        units = _units(facts.units, mine, issuer)
        left = units_left(track.terms, units, price, pays_yours)
        yield {
            "track": track,
            **charged,
            "why": why,
            "history": priced.history,
            "units_left": left,
            "pays_you": pays_you,
            "pays_yours": pays_yours,
            "stats": _stats(listener, facts.totals, units, mine),
            "liked": mine.liked,
            "receipts": last,
            "you": listener.party if listener else None,
            "may_withdraw": issuer or (listener and listener.role == User.Role.OPERATOR),
            **_parts_of_price(of_price, mine, free),
            "price_part": Part("price", dict, of_song),
            "who_part": _earning(of_song, left, bool(pays_yours or units.units), free),
            "units_part": Part(f"{_told(left, pays_you, pays_yours, mine)}:{free}", dict, of_song),
            "units_plot": Part(
                "outlook", partial(outlook_of, track.terms, units.emitted_units, price), of_song
            ),
            "receipts_part": Part(_theirs(last, mine), dict, of_song),
            "similar_part": Part("similar", dict, of_price) if serving.version() else None,
            **_who(track.terms, price, priced.split, units, None if free else left, mine.parties),
        }


def _charged(now: SongNow, quote: Quote | None) -> dict[str, Any]:
    """What the next play costs, within which bounds, and whether it is given away.

    What it will cost stands on the page of a song whose first plays are free, too.
    """
    free = not quote.price_micros if quote else now.free_left > 0
    return {
        "quote": quote,
        "price_micros": (quote and quote.price_micros) or now.price_micros,
        "floor_micros": settings.PRICE_FLOOR_MICROS,
        "cap_micros": settings.PRICE_CAP_MICROS,
        "free": free,
        "free_plays": now.free_plays,
        "free_left": now.free_left,
        "free_each": settings.FREE_PLAYS_A_LISTENER,
        "free_had": not free and now.free_left > 0,
    }


def keys_of(pk: UUID, now: SongNow, listener: User | None, at: datetime) -> list[str]:
    """What the page most likely finds kept, to be read at once."""
    sheets = _sheets(pk, now.price_micros, now, listener, at)
    return [on_sale.key_of(pk, now.revision), CUTOFF, *sheets]


def _sheets(
    pk: UUID, price_micros: int, now: SongNow, listener: User | None, at: datetime
) -> tuple[str, str]:
    """Of what changes with the price, and of what listeners do."""
    lately = _lately(now.mine, listener, at)
    return (
        f"price:{pk}:{now.revision}:{price_micros}:{now.priced}",
        f"song:{pk}:{now.revision}:{price_micros}:{now.window}:{lately}",
    )


def _parts_of_price(of_price: Sheet, mine: Mine, free: bool) -> dict[str, Part]:
    names = {"head_part": f"head:{free}", "wave": f"wave:{free}", "price_plot": "prices"}
    names["acts_part"] = f"acts:{mine.liked}"
    return {key: Part(name, dict, of_price) for key, name in names.items()}


def _earning(of_song: Sheet, left: UnitsLeft | None, yours: bool, free: bool) -> Part:
    """Who earns what, drawn once for all to whom nothing of it goes."""
    earns = left.earns if left and not free else 0
    return Part(f"who:{earns}", dict, Sheet({}) if yours else of_song)


def _told(left: UnitsLeft | None, pays_you: bool, pays_yours: bool, mine: Mine) -> str:
    """All that the words about units left depend on besides the song."""
    own = (left.earns, left.own_left > 0) if left else None
    return f"units:{bool(mine.parties)}:{pays_you}:{pays_yours}:{own}"


def _theirs(last: Sequence[TrackReceipt], mine: Mine) -> str:
    """The same for the last receipts: whose are marked as yours."""
    return f"receipts:{sorted({line.listener_id for line in last} & mine.parties)}"


def _priced(song: OnSale, price_micros: int, at: datetime) -> Priced:
    return Priced(
        history=price_history(song.track, price_micros, at),
        split=terms.split(song.receivers, price_micros),
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
    return Stat(today if yours else once, amounts.money(brings), own=True)


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
    if mine.back_micros:
        stats.append(Stat("Came back to you so far", amounts.money(mine.back_micros), own=True))
    return stats
