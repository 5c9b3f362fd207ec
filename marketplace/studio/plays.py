"""The counted plays behind a figure, each with its receipt: what a number opens."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import TruncDate
from django.urls import reverse

from marketplace.catalog.models import Track
from marketplace.pricing.models import Quote
from marketplace.studio import territories
from marketplace.studio.asked import Asked
from marketplace.studio.audience import WORDS
from marketplace.studio.files import cell
from marketplace.studio.scope import Scope
from marketplace.wallet.receipts import plays_with_periods
from marketplace.wallet.seals import Seal, seal_of
from royalties import settlement
from royalties.models import PaidPlay, Reversal, taken_in

PAGE_SIZE = 25
CSV_COLUMNS = ["counted_at", "song", "met_by", "paid_micros", "to_you_micros", "period", "receipt"]


@dataclass(frozen=True)
class PlayLine:
    """A counted play and the studio's own part of it, to the micro below."""

    play: PaidPlay
    track: Track
    to_you_micros: int
    surface: str
    seal: Seal


@dataclass(frozen=True)
class Plays:
    """One page of them, and the sums over all."""

    page: Page[PaidPlay]
    lines: Sequence[PlayLine]
    plays: int  # without those taken back, which stand on the page and bring nothing
    taken_back: int
    micros: int
    to_you_micros: int


class Echo:
    """A file that hands back what is written, for rows that are streamed."""

    def write(self, text: str) -> str:
        return text


def plays(scope: Scope, asked: Asked, number: str | None, at: datetime) -> Plays:
    """Newest first; a fixed number of queries."""
    tracks, shares = scope.tracks, scope.shares
    found = _counted(tracks, asked)
    page = Paginator(found, PAGE_SIZE).get_page(number)
    cutoff = settlement.next_cutoff()
    lines = [
        PlayLine(
            play,
            tracks[play.terms_id],
            shares.of_play(play),
            WORDS.get(getattr(play, "surface", ""), ""),
            seal_of(play, cutoff, at),
        )
        for play in page.object_list
    ]
    standing = found.exclude(Exists(Reversal.objects.in_force(OuterRef("pk")))).order_by()
    by_day = standing.values("terms_id", day=TruncDate("counted_at"))
    sums = list(by_day.annotate(n=Count("pk"), micros=Sum("price_micros")))
    plays = sum(row["n"] for row in sums)
    return Plays(
        page,
        lines,
        plays=plays,
        taken_back=page.paginator.count - plays,
        micros=sum(row["micros"] for row in sums),
        to_you_micros=sum(shares.of(row["terms_id"], row["day"], row["micros"]) for row in sums),
    )


def csv_lines(scope: Scope, asked: Asked) -> Iterator[str]:
    """Every play asked for, exact in micros, written as it is read."""
    tracks, shares = scope.tracks, scope.shares
    writer = csv.writer(Echo())
    yield writer.writerow(CSV_COLUMNS)
    for play in _counted(tracks, asked).iterator(chunk_size=2_000):
        row: list[Any] = [play.counted_at.isoformat(), cell(tracks[play.terms_id].title)]
        row += [getattr(play, "surface", ""), play.price_micros, shares.of_play(play)]
        row += [play.window.period_id if play.window else ""]
        row += [reverse("wallet:receipt", args=[play.pk])]
        yield writer.writerow(row)


def _counted(tracks: Mapping[UUID, Track], asked: Asked) -> QuerySet[PaidPlay]:
    terms = _songs(tracks, asked)
    quote = Quote.objects.filter(pk=OuterRef("reference"))
    found = plays_with_periods().filter(terms__in=terms)
    found = found.annotate(surface=Subquery(quote.values("surface")[:1]))
    if asked.since:
        found = found.filter(counted_at__gte=asked.since)
    if asked.until:
        found = found.filter(counted_at__lt=asked.until)
    if asked.period is not None:
        found = found.filter(taken_in(asked.period))
    if asked.surface:
        found = found.filter(surface=asked.surface)
    if asked.first:
        earlier = PaidPlay.objects.filter(
            listener=OuterRef("listener"), counted_at__lt=OuterRef("counted_at")
        )
        same = {"terms": OuterRef("terms")} if asked.first == "song" else {"terms__in": terms}
        found = found.exclude(Exists(earlier.filter(**same)))
    return territories.within(found, asked.country) if asked.country else found


def songs(scope: Scope, asked: Asked) -> list[Track]:
    """Whose plays are asked for."""
    return [scope.tracks[terms] for terms in _songs(scope.tracks, asked)]


def _songs(tracks: Mapping[UUID, Track], asked: Asked) -> list[UUID]:
    """One's own song, those of one artist, or all of them."""
    if asked.song in tracks:
        return [asked.song] if asked.song else []
    of_artist = [terms for terms, track in tracks.items() if track.artist_id == asked.artist]
    return of_artist or list(tracks)
