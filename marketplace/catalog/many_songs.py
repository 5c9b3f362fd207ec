"""What pages say of many songs at once: what listeners paid for them, prices, what fans share."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from django.utils.html import format_html
from django.utils.safestring import SafeString

from marketplace.catalog.models import Track
from marketplace.catalog.track_page import Stat
from marketplace.discovery.rows import units_owned
from marketplace.templatetags import amounts
from marketplace.users.models import User
from royalties import statements
from royalties.statements import Totals

DASH = "\u2013"


def whole(tracks: Sequence[Track]) -> list[Track]:
    """One page's tracks with their waveforms, which the others need not load."""
    found = Track.objects.published().in_bulk([track.pk for track in tracks])
    return [found[track.pk] for track in tracks if track.pk in found]


def stats_of(
    tracks: Sequence[Track], totals: Collection[Totals], listener: User | None
) -> list[Stat]:
    """At least one song, with prices; `totals` are theirs."""
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


def shares_of(tracks: Sequence[Track]) -> str:
    """What fans share of every play: one sentence, true of all songs."""
    parts = sorted({track.terms.pool_bps for track in tracks if track.terms})
    if not parts or parts == [0]:
        return ""
    if len(parts) == 1:
        part = amounts.percent_bps(parts[0])
    else:
        part = f"{amounts.percent_bps(parts[0])} to {amounts.percent_bps(parts[-1])}"
    return f"Fans of a song share {part} of every play of it, by the units they earned listening."
