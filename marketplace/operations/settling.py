"""Periods and outbox: the way of the money to the vault, and what closing now would do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Count, Sum
from django.utils.timesince import timesince

from marketplace.operations.seals import period_seal
from marketplace.wallet.seals import Seal, duration
from royalties import alarms, settlement
from royalties.models import OutboxTransaction, PaidPlay, Period, TrackWindow

N_PERIODS = 8
N_TRANSACTIONS = 12
Kind = OutboxTransaction.Kind
State = OutboxTransaction.State


@dataclass(frozen=True)
class OpenPeriod:
    """What the open period holds so far; `waiting` plays are counted and not accrued yet."""

    number: int
    opens_at: datetime | None
    closes_at: datetime | None
    songs: int
    plays: int
    micros: int
    waiting_plays: int
    waiting_micros: int

    def consequences(self) -> list[str]:
        """What closing it now does, and what it leaves alone."""
        delay = duration(settings.ACTIVATION_DELAY)
        return [
            "Every play that is due is posted first. Who is owed what is then frozen for good.",
            "One transaction pays the period’s exact total into the vault and publishes one root.",
            f"A guardian can stop it for {delay}; after that it is settled and can be claimed.",
            "Plays still in their hold window stay for the next period. It can’t be reopened.",
        ]


@dataclass(frozen=True)
class PeriodLine:
    """One period; `gained_micros` is what it added to the vault's total."""

    period: Period
    gained_micros: int | None
    seal: Seal


@dataclass(frozen=True)
class Sending:
    """A transaction of the outbox; `age` while it is on its way, `took` when it is final."""

    row: OutboxTransaction
    age: str
    took: str


@dataclass(frozen=True)
class Refused:
    """A transaction that the chain refused, and what that leaves to be done."""

    row: OutboxTransaction

    def left(self) -> str:
        match self.row.kind:
            case Kind.WITHDRAW:
                return "The money was not sent: whoever asked for it can spend it again."
            case Kind.CLAIM | Kind.SYNC | Kind.REGISTER:
                return "What it was to claim stays settled: whoever it belongs to can claim again."
            case Kind.PUBLISH:
                return "Its period is planned anew by itself; later periods wait for it."
            case Kind.MOVE:
                return "Its units are moved anew by itself; the next root waits for them."
            case _:
                return "Nothing waits for it."


def settling(at: datetime) -> dict[str, Any]:
    """What changes while one watches: alarms, periods, the outbox."""
    rows = OutboxTransaction.objects.defer("data").order_by("-pk")[:N_TRANSACTIONS]
    return {
        "alarms": alarms.raised(at),
        "open": open_period(),
        "periods": period_lines(list(Period.objects.all()[: N_PERIODS + 1]), at)[:N_PERIODS],
        "vetoed": list(Period.objects.filter(state=Period.State.VETOED).order_by("number")),
        "refused": [Refused(row) for row in alarms.refused()],
        "outbox": [_sending(row, at) for row in rows],
    }


def open_period() -> OpenPeriod:
    """The open period, or the one the first play will open."""
    period = Period.objects.filter(state=Period.State.OPEN).first()
    accrued = TrackWindow.objects.filter(window__period=period) if period else None
    sums = (
        accrued.aggregate(
            plays=Sum("plays"), micros=Sum("revenue_micros"), songs=Count("terms", distinct=True)
        )
        if accrued is not None
        else {}
    )
    waiting = PaidPlay.objects.waiting()
    wait = waiting.aggregate(plays=Count("pk"), micros=Sum("price_micros"))
    return OpenPeriod(
        number=period.number if period else 1,
        opens_at=period.opens_at if period else None,
        closes_at=settlement.next_cutoff(),
        songs=sums.get("songs") or 0,
        plays=sums.get("plays") or 0,
        micros=sums.get("micros") or 0,
        waiting_plays=wait["plays"],
        waiting_micros=wait["micros"] or 0,
    )


def period_lines(periods: list[Period], at: datetime) -> list[PeriodLine]:
    """Consecutive periods, newest first; what the oldest gained is known if it is the first."""
    before = {period.number + 1: period.total_micros or 0 for period in periods} | {1: 0}
    return [
        PeriodLine(
            period,
            None
            if period.total_micros is None or period.number not in before
            else period.total_micros - before[period.number],
            period_seal(period.state, period.active_at, at),
        )
        for period in periods
    ]


def _sending(row: OutboxTransaction, at: datetime) -> Sending:
    if row.final_at is not None:
        return Sending(row, "", duration(row.final_at - row.created_at))
    if row.state in (State.REVERTED, State.REPLACED):
        return Sending(row, timesince(row.created_at, at), "")
    return Sending(row, duration(at - row.created_at), "")
