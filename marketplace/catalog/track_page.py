"""What the track's page shows: price and why, who earns what, units, the last receipts."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from marketplace.catalog.models import Track
from marketplace.pricing import quotes, reasons
from marketplace.pricing.models import PricePoint, Quote
from marketplace.users.models import User
from royalties import plays, statements, terms
from royalties.models import PaidPlay

HISTORY = timedelta(days=14)
LAST_RECEIPTS = 5


def track_page(track: Track, listener: User | None, at: datetime) -> dict[str, Any]:
    """The page's context. For a listener, opening it asks for a quote."""
    assert track.terms is not None
    quote = quotes.offer(track, listener, Quote.Surface.TRACK, at) if listener else None
    price = quote.price_micros if quote else track.price.micros
    history = list(
        PricePoint.objects.filter(track=track, at__gt=at - HISTORY)
        .order_by("at")
        .values_list("at", "micros")
    )
    party = listener.party if listener else None
    return {
        "track": track,
        "quote": quote,
        "price_micros": price,
        "why": reasons.explain(track, at),
        "history": history,
        "floor_micros": settings.PRICE_FLOOR_MICROS,
        "cap_micros": settings.PRICE_CAP_MICROS,
        "split": terms.split_of(track.terms, price),
        "units": statements.units_of(track.terms, party),
        "next_earns": plays.next_play_earns(track.terms, price, party),
        "receipts": list(
            PaidPlay.objects.filter(terms=track.terms)
            .select_related("window__period")
            .order_by("-counted_at", "-pk")[:LAST_RECEIPTS]
        ),
        "you": party,
    }
