"""What an artist's page shows: songs, how often they were paid for, prices, what fans share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.core.paginator import Paginator
from django.utils.html import format_html
from django.utils.safestring import SafeString

from marketplace.catalog.models import Artist, Track
from marketplace.catalog.track_page import Stat
from marketplace.discovery import opinions
from marketplace.discovery.rows import rows, units_owned
from marketplace.templatetags import amounts
from marketplace.users.models import User
from royalties import statements

PAGE_SIZE = 50
ORDERS = {"newest": "Newest", "played": "Most played", "cheapest": "Lowest price"}
DASH = "\u2013"


def artist_page(
    artist: Artist, listener: User | None, asked: Mapping[str, str], at: datetime
) -> dict[str, Any]:
    """The context; `asked` is the address bar: by, page."""
    tracks = list(
        Track.objects.published()
        .filter(artist=artist)
        .select_related("terms", "price")
        .defer("peaks", "features")
        .order_by("-published_at", "pk")
    )
    totals = statements.totals_of([track.terms_id for track in tracks if track.terms_id])
    plays = {pk: one.plays for pk, one in totals.items()}
    by = asked.get("by", "") if asked.get("by", "") in ORDERS else "newest"
    if by == "played":
        tracks.sort(key=lambda track: -plays[track.terms_id] if track.terms_id else 0)
    if by == "cheapest":
        tracks.sort(key=lambda track: track.price.micros)
    page = Paginator(tracks, PAGE_SIZE).get_page(asked.get("page"))
    return {
        "artist": artist,
        "songs": len(tracks),
        "plays": sum(plays.values()),
        "page": page,
        "query": f"by={by}&",
        "rows": rows(_whole(list(page.object_list)), listener, at),
        "orders": [
            {"label": label, "url": f"?by={key}", "current": key == by}
            for key, label in ORDERS.items()
        ],
        "stats": _stats(tracks, totals.values(), listener) if tracks else [],
        "shares": _shares(tracks),
        "follows": opinions.follows(listener, artist),
    }


def _whole(tracks: Sequence[Track]) -> list[Track]:
    """One page's tracks with their waveforms, which the others need not load."""
    found = Track.objects.published().in_bulk([track.pk for track in tracks])
    return [found[track.pk] for track in tracks if track.pk in found]


def _stats(tracks: Sequence[Track], totals: Any, listener: User | None) -> list[Stat]:
    fans = statements.fans_of([track.terms_id for track in tracks if track.terms_id])
    stats = [
        Stat("Paid by listeners", amounts.money_short(sum(one.micros for one in totals))),
        Stat("Fans who own a part", amounts.count(fans.people)),
        Stat("A play costs", _range([track.price.micros for track in tracks])),
    ]
    terms = [track.terms_id for track in tracks if track.terms_id]
    yours = sum(units_owned(terms, listener).values()) if listener else 0
    if yours:
        stats.append(Stat("Yours", amounts.units(yours), own=True))
    return stats


def _range(prices: Sequence[int]) -> SafeString | str:
    """0.51 – 0.92 ¢, or one price where all are alike."""
    low, high = min(prices), max(prices)
    if low == high:
        return amounts.cents_short(low)
    least = amounts.digits(low, amounts.MICROS_PER_CENT, amounts.SHORT_DIGITS)
    return format_html("{} {} {}", least, DASH, amounts.cents_short(high))


def _shares(tracks: Sequence[Track]) -> str:
    """What fans share of every play: one sentence, true of all songs."""
    parts = sorted({track.terms.pool_bps for track in tracks if track.terms})
    if not parts or parts == [0]:
        return ""
    if len(parts) == 1:
        part = amounts.percent_bps(parts[0])
    else:
        part = f"{amounts.percent_bps(parts[0])} to {amounts.percent_bps(parts[-1])}"
    return f"Fans of a song share {part} of every play of it, by the units they earned listening."
