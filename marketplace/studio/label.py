"""The label's page: the roster's revenue as chart and table, and the deals behind it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from marketplace.catalog.models import Artist
from marketplace.studio import revenue
from marketplace.studio.chart import artist_name, chart
from marketplace.templatetags import amounts
from marketplace.users.models import User
from royalties.models import Deal

VIEWS = {"artist": "By artist", "song": "By song", "day": "By day"}


@dataclass(frozen=True)
class DealLine:
    """A deal with the artist's public name, and how far its advance is recouped."""

    deal: Deal
    name: str

    @property
    def open_micros(self) -> int:
        return self.deal.advance_micros - self.deal.recouped_micros

    @property
    def recouped_percent(self) -> str:
        """Cut to a tenth; an advance of nothing is all recouped."""
        advance = self.deal.advance_micros
        tenths = 1_000 * self.deal.recouped_micros // advance if advance else 1_000
        return f"{tenths // 10}.{tenths % 10}{amounts.NBSP}%"


def label_page(label: User, at: datetime, view: str, n_days: int) -> dict[str, Any]:
    """`view` and `n_days` come from the address bar and were checked."""
    found = revenue.of_roster(label, at, n_days)
    deals = deals_of_label(label)
    signed = [line for line in deals if line.deal.state == Deal.State.ACCEPTED]
    return {
        "at": at,
        "revenue": found,
        "songs_count": len(found.songs),
        "view": view,
        "n_days": n_days,
        "views": [
            _chip(name, f"?by={key}&days={n_days}", key == view) for key, name in VIEWS.items()
        ],
        "spans": [_chip(f"{n} days", f"?by={view}&days={n}", n == n_days) for n in revenue.DAYS],
        "chart": chart(found, found.artists, artist_name, "artist"),
        "day_rows": list(zip(reversed(found.days), reversed(found.by_day), strict=True)),
        "advances": [line for line in signed if line.open_micros],
        "clear": [line for line in signed if not line.open_micros],
        "waiting": [line for line in deals if line.deal.state == Deal.State.INVITED],
        "open_micros": sum(line.open_micros for line in signed),
    }


def deals_of_label(label: User) -> list[DealLine]:
    """Every deal the label offered, newest first; two queries."""
    mine = list(
        Deal.objects.filter(label=label.party_id).select_related("artist").order_by("-invited_at")
    )
    artists = Artist.objects.filter(party__in={deal.artist_id for deal in mine})
    names = dict(artists.values_list("party_id", "name"))
    return [DealLine(deal, names.get(deal.artist_id, deal.artist.name)) for deal in mine]


def _chip(label: str, url: str, current: bool) -> dict[str, object]:
    return {"label": label, "url": url, "current": current}
