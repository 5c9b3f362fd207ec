"""The seal on a play's money: how far it has come, in a word or two."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from royalties.models import PaidPlay, Period

NBSP = "\u00a0"


@dataclass(frozen=True)
class Seal:
    """`settled`: in the vault, and nobody can stop it any more."""

    settled: bool
    text: str


WORDS = {
    Period.State.CLOSED: "being settled",
    Period.State.PUBLISHED: "being settled",
    Period.State.VETOED: "stopped, being redone",
}


def seal_of(play: PaidPlay, cutoff: datetime | None, at: datetime) -> Seal:
    """The play's seal; its window and period are loaded. `cutoff`: when the open period closes."""
    taken_back = getattr(play, "taken_back", None)  # by `plays_with_periods`
    period = period_of(play)
    return seal(taken_back, period.state if period else None, cutoff, at)


def period_of(play: PaidPlay) -> Period | None:
    """Which pays it: its window's, or that of its release, where its own closed while it was held;
    queries only of those that `plays_with_periods` says were released.
    """
    again = play.again if getattr(play, "was_released", False) else None
    window = again.released_in if again else play.window
    return window.period if window else None


def seal(taken_back: str | None, state: str | None, cutoff: datetime | None, at: datetime) -> Seal:
    """Of a play `taken_back` (in that word), or by the state of the period that it accrued in."""
    if taken_back is not None:
        return Seal(False, taken_back)
    if state is None:
        return Seal(False, "counted")
    if state == Period.State.OPEN and cutoff is not None:
        return Seal(False, f"settles in {duration(cutoff + settings.ACTIVATION_DELAY - at)}")
    return _seal_of_state(state)


def seal_of_period(period: Period) -> Seal:
    return _seal_of_state(period.state)


def _seal_of_state(state: str) -> Seal:
    if state == Period.State.ACTIVE:
        return Seal(True, "settled")
    return Seal(False, WORDS.get(Period.State(state), "posted"))


def duration(span: timedelta) -> str:
    """A time to wait, in its two largest units: 2 h 17 min, 4 min, 30 s.

    >>> duration(timedelta(seconds=8_220)).replace(NBSP, " ")
    '2 h 17 min'
    """
    seconds = max(0, round(span.total_seconds()))
    if seconds < 60:
        return f"{seconds}{NBSP}s"
    minutes = seconds // 60
    if minutes < 60:
        return f"{minutes}{NBSP}min"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours}{NBSP}h{NBSP}{minutes}{NBSP}min"
    return f"{hours // 24}{NBSP}days"
