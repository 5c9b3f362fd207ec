"""Which receipts a listener asked for: of one song, of one UTC day; kept in the address bar."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import QuerySet

from marketplace import moments
from marketplace.catalog.models import Track
from royalties.models import PaidPlay, Party

MOST_SONGS = 300  # a longer list is no help to choose from


@dataclass(frozen=True)
class ReceiptFilter:
    """`songs` to choose from: what the listener paid for. `song` and `day` are None for all."""

    songs: list[tuple[str, str]]
    song: Track | None
    day: date | None

    @property
    def query(self) -> str:
        """The address without its page, to be followed by more."""
        asked = {"song": self.song.pk if self.song else "", "day": self.day or ""}
        given = urlencode({key: value for key, value in asked.items() if value})
        return f"{given}&" if given else ""

    @property
    def any(self) -> bool:
        return bool(self.song or self.day)

    def applied(self, plays: QuerySet[PaidPlay]) -> QuerySet[PaidPlay]:
        if self.song:
            plays = plays.filter(terms=self.song.terms_id)
        if self.day:
            start = datetime.combine(self.day, time(), UTC)
            plays = plays.filter(counted_at__gte=start, counted_at__lt=start + timedelta(days=1))
        return plays


def receipt_filter(party: Party, asked: Mapping[str, str]) -> ReceiptFilter:
    """From the address bar; what is not known there filters nothing. At most two queries."""
    mine = PaidPlay.objects.filter(listener=party).order_by().values("terms").distinct()
    heard = Track.objects.filter(terms__in=mine).order_by("title", "pk")
    songs = [(str(pk), title) for pk, title in heard.values_list("pk", "title")[:MOST_SONGS]]
    song = _uuid(asked.get("song", ""))
    return ReceiptFilter(
        songs=songs,
        song=Track.objects.filter(pk=song, terms__isnull=False).first() if song else None,
        day=moments.day(asked.get("day", "")),
    )


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
