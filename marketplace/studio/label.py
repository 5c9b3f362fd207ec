"""The label's page: the roster's revenue as chart and table, and the deals behind it."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import IO, Any

from django.http import HttpResponse

from marketplace.catalog.models import Artist
from marketplace.studio import revenue
from marketplace.studio.payouts import cell
from marketplace.studio.revenue import Line, Revenue
from marketplace.templatetags import amounts
from marketplace.templatetags.stacks import Series
from marketplace.users.models import User
from royalties.models import Deal

SERIES = 3  # and one for all others
VIEWS = {"artist": "By artist", "song": "By song", "day": "By day"}
CSV_COLUMNS = ["day", "artist", "song", "plays", "paid_micros", "to_you_micros"]


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
        "chart": chart(found),
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


def chart(found: Revenue) -> dict[str, Any]:
    """At most four hands; in cents while a day stays below a dollar."""
    paid = [line for line in found.artists if line.total.micros]
    shown, others = paid[:SERIES], paid[SERIES:]
    if len(others) == 1:
        shown, others = paid, []
    series = [Series(line.artist.name, _micros(line)) for line in shown]
    if others:
        summed = [sum(day) for day in zip(*(_micros(line) for line in others), strict=True)]
        series.append(Series(f"{len(others)} others", summed))
    small = max(taking.micros for taking in found.by_day) < amounts.MICROS_PER_DOLLAR
    return {
        "days": [day_label(day) for day in found.days] if paid else [],
        "series": series,
        "unit": "cents" if small else "dollars",
        "title": finding(found, paid),
        "note": f"{'Cents' if small else 'Dollars'} a day paid by listeners, stacked by artist;"
        " today is not over",
    }


def finding(found: Revenue, paid: Sequence[Line]) -> str:
    if not paid:
        return f"Nobody has paid for a song of the roster in these {len(found.days)} days"
    best = paid[0]
    percent = 100 * best.total.micros // found.total.micros
    if len(paid) == 1:
        return f"{best.artist.name} brought all of it"
    return f"{best.artist.name} brought {percent}{amounts.NBSP}% of what listeners paid"


def day_label(day: date) -> str:
    return f"{day:%-d %b}"


def write_csv(label: User, at: datetime, n_days: int, out: IO[str] | HttpResponse) -> None:
    """One row for each song and day with plays, exact in micros."""
    found = revenue.of_roster(label, at, n_days)
    writer = csv.writer(out)
    writer.writerow(CSV_COLUMNS)
    for song in found.songs:
        for day, taking in zip(found.days, song.days, strict=True):
            if taking.plays and song.track is not None:
                names = [cell(song.artist.name), cell(song.track.title)]
                figures = [taking.plays, taking.micros, taking.to_you_micros]
                writer.writerow([day.isoformat(), *names, *figures])


def _micros(line: Line) -> list[int]:
    return [taking.micros for taking in line.days]


def _chip(label: str, url: str, current: bool) -> dict[str, object]:
    return {"label": label, "url": url, "current": current}
