"""Payouts of a login: the sums of its parties, by period, track and posting; and claiming them."""

from __future__ import annotations

import csv
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import IO
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.http import HttpResponse

from marketplace.catalog.models import Track
from marketplace.operations.seals import period_seal
from marketplace.studio.files import cell
from marketplace.studio.own import parties_of
from marketplace.users.models import User
from marketplace.wallet.seals import Seal
from royalties import claims, deals, purses, statements
from royalties.claims import Claimable
from royalties.models import Deal, Party, Period
from royalties.statements import Payouts, PeriodLine, TrackLine

CSV_COLUMNS = [
    "period",
    "state",
    "cut_off",
    "track",
    "title",
    "role",
    "plays",
    "paid_micros",
    "to_you_micros",
]
DAY = timedelta(days=1)


@dataclass(frozen=True)
class PeriodRow:
    """One line of the table by period; `label` is its day where a period lasts one."""

    line: PeriodLine
    label: str
    seal: Seal

    @property
    def to_you_micros(self) -> int:
        return self.line.to_you_micros + self.line.elsewhere_micros


@dataclass(frozen=True)
class Sums:
    """The foot of a table."""

    plays: int
    paid_micros: int
    to_others_micros: int
    to_you_micros: int


@dataclass(frozen=True)
class SongRow:
    line: TrackLine
    track: Track


def totals(user: User) -> Payouts:
    """Where the login's money is now, over all its parties."""
    return statements.payouts(parties_of(user))


def period_rows(
    parties: Sequence[Party], at: datetime, also: Collection[int] = ()
) -> list[PeriodRow]:
    """One line a period, newest first: the last ones, and older ones that are asked for."""
    return [
        PeriodRow(line, label_of(line.opens_at), period_seal(line.state, line.active_at, at))
        for line in statements.by_period(parties, also=also)
    ]


def by_day() -> bool:
    """Whether a period lasts a day, and is called by it."""
    return DAY <= settings.SETTLEMENT_PERIOD


def label_of(opens_at: datetime) -> str:
    """A day where a period lasts one, else the time it began at."""
    return f"{opens_at:%-d %b}" if by_day() else f"{opens_at:%-d %b, %H:%M}"


def sums_of(rows: Sequence[PeriodRow]) -> Sums:
    return Sums(
        plays=sum(row.line.plays for row in rows),
        paid_micros=sum(row.line.paid_micros for row in rows),
        to_others_micros=sum(row.line.to_others_micros for row in rows),
        to_you_micros=sum(row.to_you_micros for row in rows),
    )


def song_rows(parties: Sequence[Party], period: Period) -> list[SongRow]:
    """The period's songs that owe these parties anything, the best earning first."""
    lines = statements.by_track_in(period, parties)
    tracks = tracks_in([line.subject_id for line in lines])
    return [SongRow(line, tracks[line.subject_id]) for line in lines]


def song_sums(rows: Sequence[SongRow]) -> Sums:
    return Sums(
        plays=sum(row.line.plays for row in rows),
        paid_micros=sum(row.line.paid_micros for row in rows),
        to_others_micros=sum(row.line.to_others_micros for row in rows),
        to_you_micros=sum(row.line.to_you_micros for row in rows),
    )


def claimable(parties: Sequence[Party]) -> Claimable:
    """What a claim would bring now, over all of them."""
    each = [claims.claimable(party) for party in parties]
    return Claimable(sum(one.micros for one in each), any(one.on_its_way for one in each))


def claim(user: User, at: datetime) -> int:
    """Ask the vault to pay everything settled to this login; how many transactions were planned."""
    return sum(claims.request(party, at) for party in parties_of(user))


def from_rosters(parties: Sequence[Party]) -> int:
    """What claims of their artists would bring these parties as labels, in micros."""
    theirs = Deal.objects.filter(label__in=parties).exclude(artist__in=parties)
    return sum(micros for _, micros in deals.foreseen(theirs))


def spend(user: User, at: datetime) -> int:
    """Move everything spendable, of all its parties, to the login's listening balance; how much.

    Raises:
        RoyaltiesError: it was moved a moment ago.
    """
    moved = 0
    with transaction.atomic():
        for party in parties_of(user):
            if micros := statements.payouts(party).spendable:
                reference = f"{party.pk}/{at.isoformat()}"
                purses.spend_earnings(party, micros, reference, at, listener=user.party)
                moved += micros
    return moved


def write_csv(
    user: User,
    out: IO[str] | HttpResponse,
    since: datetime | None = None,
    until: datetime | None = None,
) -> None:
    """Every frozen entitlement, or those of periods that closed in between, exact in micros."""
    writer = csv.writer(out)
    writer.writerow(CSV_COLUMNS)
    rows = statements.export(parties_of(user), since, until)
    titles = {
        str(pk): track.title for pk, track in tracks_in([UUID(row[3]) for row in rows]).items()
    }
    for row in rows:
        writer.writerow([*row[:4], cell(titles[row[3]]), *row[4:]])


def tracks_in(ids: Sequence[UUID]) -> Mapping[UUID, Track]:
    """Songs by their ids, each with its artist; one query."""
    return Track.objects.select_related("artist").in_bulk(set(ids))
