"""A statement of some days: what closed in them by song and day, what deals divided, what moved.

A period belongs to the day in which it closed; one that closed at midnight, to the day before.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import IO, Any
from uuid import UUID

from django.http import HttpResponse

from marketplace.catalog.models import Track
from marketplace.studio.days import Days, day_of
from marketplace.studio.deal import sums_of
from marketplace.studio.files import cell
from marketplace.studio.payouts import Sums, label_of, tracks_in
from marketplace.wallet.exports import usd
from royalties import deals, statements
from royalties.deals import DealLine
from royalties.models import Party
from royalties.statements import PeriodLine, TrackLine

WORDS = {
    "claim": "Claimed from the vault, and come by deals",
    "paid elsewhere": "Paid from the vault to your own wallet",
    "earnings spent": "Moved to your listening balance",
    "withdrawal": "Sent to your own wallet",
    "withdrawal released": "Given back, not sent",
}
CSV_COLUMNS = [
    "from",
    "to",
    "artist",
    "song",
    "isrc",
    "plays",
    *(f"{name}_{unit}" for unit in ("micros", "usd") for name in ("paid", "payee", "units", "you")),
    "track",
]
DIVIDED = ("received", "label", "recouped", "artist")
DEAL_COLUMNS = [
    "from",
    "to",
    "artist_name",
    "label_name",
    "label_bps",
    *(f"{name}_{unit}" for unit in ("micros", "usd") for name in DIVIDED),
]


@dataclass(frozen=True)
class SongSum:
    """What one song brought these parties in the days."""

    track: Track
    plays: int
    paid_micros: int
    direct_micros: int
    fan_micros: int

    @property
    def to_you_micros(self) -> int:
        return self.direct_micros + self.fan_micros


@dataclass(frozen=True)
class Row:
    """What closed in a day, or one period of it."""

    label: str
    days: Days
    periods: Sequence[PeriodLine]

    @property
    def plays(self) -> int:
        return sum(one.plays for one in self.periods)

    @property
    def paid_micros(self) -> int:
        return sum(one.paid_micros for one in self.periods)

    @property
    def to_others_micros(self) -> int:
        return sum(one.to_others_micros for one in self.periods)

    @property
    def to_you_micros(self) -> int:
        return sum(one.to_you_micros + one.elsewhere_micros for one in self.periods)


def statement(parties: Sequence[Party], days: Days) -> dict[str, Any]:
    """Everything that the page shows; a fixed number of queries."""
    closed = statements.closed_between(parties, days.since, days.until)
    songs = _by_song(line for _, tracks in closed for line in tracks)
    divided = deals.divided(parties, days.since, days.until)
    flow = statements.flow(parties, days.since, days.until)
    mine = {party.pk for party in parties}
    return {
        "songs": songs,
        "song_sums": _sums(songs),
        "direct_micros": sum(one.direct_micros for one in songs),
        "fan_micros": sum(one.fan_micros for one in songs),
        "rows": _by_day([line for line, _ in closed], days),
        "row_sums": Row("", days, [line for line, _ in closed]),
        "deals": divided,
        "deal_sums": sums_of([line for _, line in divided]),
        "by_deals_micros": _to_labels(line for deal, line in divided if deal.artist_id not in mine),
        "to_labels_micros": _to_labels(line for deal, line in divided if deal.label_id not in mine),
        "flow": flow,
        "movements": [
            (WORDS.get(one.kind, one.kind.capitalize()), one.micros) for one in flow.movements
        ],
    }


def write_csv(parties: Sequence[Party], days: Days, out: IO[str] | HttpResponse) -> None:
    """One row a song, the best paying first, exact in micros and in dollars."""
    writer = csv.writer(out)
    writer.writerow(CSV_COLUMNS)
    closed = statements.closed_between(parties, days.since, days.until)
    for one in _by_song(line for _, tracks in closed for line in tracks):
        money = [one.paid_micros, one.direct_micros, one.fan_micros, one.to_you_micros]
        artist = one.track.artist.name if one.track.artist else ""
        words = [cell(artist), cell(one.track.title), cell(one.track.isrc)]
        row = [days.first, days.last, *words, one.plays, *money, *map(usd, money), one.track.pk]
        writer.writerow(row)


def write_deals_csv(parties: Sequence[Party], days: Days, out: IO[str] | HttpResponse) -> None:
    """One row a deal, exact in micros and in dollars."""
    writer = csv.writer(out)
    writer.writerow(DEAL_COLUMNS)
    for deal, line in deals.divided(parties, days.since, days.until):
        names = [cell(deal.artist.name), cell(deal.label.name)]
        money = [line.received_micros, line.label_micros, line.recouped_micros, line.artist_micros]
        writer.writerow([days.first, days.last, *names, deal.label_bps, *money, *map(usd, money)])


def _by_song(lines: Iterable[TrackLine]) -> list[SongSum]:
    sums: dict[UUID, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for line in lines:
        figures = (line.plays, line.paid_micros, line.direct_micros or 0, line.fan_micros)
        sums[line.subject_id] = [a + b for a, b in zip(sums[line.subject_id], figures, strict=True)]
    tracks = tracks_in(list(sums))
    found = [SongSum(tracks[subject], *figures) for subject, figures in sums.items()]
    return sorted(found, key=lambda one: (-one.to_you_micros, one.track.title.casefold()))


def _sums(songs: Sequence[SongSum]) -> Sums:
    to_you = sum(one.to_you_micros for one in songs)
    paid = sum(one.paid_micros for one in songs)
    return Sums(sum(one.plays for one in songs), paid, paid - to_you, to_you)


def _by_day(lines: Sequence[PeriodLine], days: Days) -> list[Row]:
    """A row a day that periods closed in; of one day, a row a period."""
    if days.first == days.last:
        return [Row(label_of(line.opens_at), Days(days.first, days.last), [line]) for line in lines]
    by_day: dict[Days, list[PeriodLine]] = defaultdict(list)
    for line in lines:
        assert line.cutoff_at is not None
        by_day[day_of(line.cutoff_at)].append(line)
    return [Row(f"{day.first:%-d %b %Y}", day, found) for day, found in by_day.items()]


def _to_labels(lines: Iterable[DealLine]) -> int:
    return sum(line.label_micros + line.recouped_micros for line in lines)
