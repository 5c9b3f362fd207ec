"""One report on a stream: what of it is believed, and what follows.

heard = min(wall time, sum of heartbeats, audio bytes served / byte rate); a play counts at
min(30 s, duration / 2). The sum never falls, and a report that would carry it more than a tenth
beyond the time passed is not believed: it adds nothing, and the stream remembers it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.urls import reverse

from marketplace.listening.earned import Earned
from marketplace.listening.models import SLACK_SECONDS, Stream
from marketplace.problems import Conflict, PaymentRequired, Problem
from marketplace.wallet.standing import Standing

FASTEST = 1.1  # seconds of sound told of in a second


@dataclass(frozen=True)
class Report:
    """`played_seconds` of sound since the last report on a stream, told by its `listener`."""

    stream: UUID
    listener: int
    played_seconds: float
    at: datetime


@dataclass(frozen=True)
class Progress:
    """What a heartbeat learns."""

    stream: Stream
    heard_seconds: float
    money: Standing
    earned: Earned | None = None  # by the play, where this heartbeat counted it

    @property
    def state(self) -> str:
        return "counted" if self.stream.counted_at else "open"


class TooLate(Conflict):
    """The quote ran out before the first heartbeat."""

    def __init__(self, stream: Stream) -> None:
        super().__init__("That price is over ten minutes old.")
        self.stream = stream


Answer = Progress | Problem


@dataclass
class Hearing:
    """One report on the stream it is about, and what is to be written."""

    report: Report
    stream: Stream
    party_id: UUID
    money: Standing
    last: datetime | None  # as read, by which a change is seen
    told_before: float
    begins: bool = False
    counts: bool = False
    earned: Earned | None = None
    problem: Problem | None = None

    def hear(self) -> None:
        """Add what was played, never more than the time since the last report."""
        stream, at, seconds = self.stream, self.report.at, self.report.played_seconds
        if stream.started_at is None:
            self.begins, stream.started_at, stream.last_heartbeat_at = True, at, at
        assert stream.last_heartbeat_at is not None
        since = (at - stream.last_heartbeat_at).total_seconds()
        stream.told_seconds += max(seconds, 0.0) if math.isfinite(seconds) else math.inf
        if stream.told_seconds <= FASTEST * stream.wall_seconds(at) + SLACK_SECONDS:
            stream.played_seconds += min(max(seconds, 0.0), max(since, 0.0))
        else:
            stream.implausible = True
        stream.last_heartbeat_at = at
        if stream.counted_at is None:
            self.counts = stream.heard_seconds(at) >= stream.quote.track.counting_seconds
            stream.counted_at = at if self.counts else None

    @property
    def is_off_sale(self) -> bool:
        """A paid play is heard to its end all the same."""
        return self.stream.counted_at is None and not self.stream.quote.track.is_on_sale

    @property
    def is_over_the_limit(self) -> bool:
        left = self.money.cap_left_micros
        return self.begins and left is not None and left < self.stream.quote.price_micros

    @property
    def answer(self) -> Answer:
        heard = self.stream.heard_seconds(self.report.at)
        return Progress(self.stream, heard, self.money, self.earned)


def over_the_limit() -> PaymentRequired:
    return PaymentRequired(
        "cap",
        "This play would go over your monthly limit; only its free part is open.",
        ("Change the limit", reverse("wallet:wallet")),
    )


def too_little() -> PaymentRequired:
    return PaymentRequired(
        "balance",
        "Your balance does not cover this play. Top up to go on.",
        ("Top up", reverse("wallet:wallet")),
    )
