"""Who is entitled to what, the slow way: play by play, holder by holder, in exact fractions.

Nothing here knows how Refrain does it. The model keeps every window with the units everybody held
at its start, and works out a period's shares anew from its windows whenever it is asked.
"""

from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

UNITS = 1_000_000
Key = Any


@dataclass
class Play:
    listener: Key
    micros: int
    units: int = 0  # that it earned, and that its listener was not made to give back
    returned: int = 0  # by the hold it is under
    window: "Window | None" = None  # in which it counts
    held: bool = False


@dataclass
class Window:
    """One window of a track: what it shared, with the units held at its start."""

    period: int
    units: Counter[Key]
    shared: int = 0


@dataclass
class Track:
    """One track's life. `reserved`, `price` and `cap` are its terms of earning units."""

    issuer: Key
    bps: dict[Key, int]  # of payees and platform
    pool_bps: int
    reserved: int
    price: int
    cap: int
    windows: list[Window] = field(default_factory=list)
    plays: list[Play] = field(default_factory=list)
    waiting: list[Play] = field(default_factory=list)
    settled: int = 0  # shared revenue by the last close
    owed: int = 0  # reversed after it was settled, not earned again yet
    listened: Counter[Key] = field(default_factory=Counter)
    units: Counter[Key] = field(default_factory=Counter)
    closed: int = 0  # periods
    paid: Counter[Key] = field(default_factory=Counter)  # whole micros of holders so far
    earned: dict[Key, Fraction] = field(default_factory=dict)  # by closed periods

    def __post_init__(self) -> None:
        self.units[self.issuer] = UNITS

    @property
    def net(self) -> int:
        """What listeners paid for plays that stand."""
        return sum(play.micros for play in self.plays if play.window and not play.held)

    @property
    def revenue(self) -> int:
        """What payees and fans share of it, as the leaf says."""
        return self.settled + sum(window.shared for window in self._open())

    def count(self, listener: Key, micros: int) -> Play:
        play = Play(listener, micros)
        self.plays.append(play)
        self.waiting.append(play)
        return play

    def window(self, taken: list[Play], again: list[Play]) -> None:
        """Everything that waits is accrued; some plays are taken back, some posted again."""
        now = Window(self.closed + 1, Counter(self.units))
        for play in taken:
            self._take_back(play)
        due = [play for play in self.waiting if not play.held]
        self.waiting = [play for play in self.waiting if play.held]
        now.shared = sum(play.micros for play in [*due, *again])
        made_good = min(now.shared, self.owed)
        now.shared -= made_good
        self.owed -= made_good
        for play in again:
            self._give(play, self._most(play, play.returned))
        emitted = sum(self.listened.values()) + sum(play.returned for play in taken)
        returned = Counter[Key]()
        for play in taken:
            returned[play.listener] += play.returned
        for play in due:
            by_price = play.micros * (self.reserved - emitted) // (self.price * self.reserved)
            room = self.cap - self.listened[play.listener] - returned[play.listener]
            left = self.reserved - sum(self.listened.values()) - sum(returned.values())
            self._give(play, min(by_price, room, left))
        for play in [*due, *again]:
            play.window = now
        self.windows.append(now)

    def close(self) -> dict[Key, int]:
        """What each holder gains by this period, in whole micros."""
        for window in self._open():
            for holder, units in window.units.items():
                share = Fraction(window.shared * self.pool_bps * units, 10_000 * UNITS)
                self.earned[holder] = self.earned.get(holder, Fraction()) + share
        self.settled = self.revenue
        self.closed += 1
        gained = {}
        for holder, earned in self.earned.items():
            gained[holder] = int(earned) - self.paid[holder]
            self.paid[holder] += gained[holder]
        return gained

    def leave(self, holder: Key, outside: Key, units: int) -> None:
        """At a cut-off, after its close: as many as were asked for, or none."""
        if units <= self.units[holder]:
            self._move(holder, outside, units)

    def _open(self) -> list[Window]:
        return [window for window in self.windows if window.period == self.closed + 1]

    def _take_back(self, play: Play) -> None:
        """From who shared it; of a settled period, from who shared this one; else it is owed."""
        rest = play.micros
        mine = [window for window in self._open() if window is play.window]
        for window in [*mine, *reversed(self._open())]:
            part = min(rest, window.shared)
            window.shared -= part
            rest -= part
        self.owed += rest
        play.returned = min(play.units, self.units[play.listener])
        play.units -= play.returned
        self._move(play.listener, self.issuer, play.returned)
        self.listened[play.listener] -= play.returned

    def _most(self, play: Play, units: int) -> int:
        left = self.reserved - sum(self.listened.values())
        return max(0, min(units, left, self.cap - self.listened[play.listener]))

    def _give(self, play: Play, units: int) -> None:
        units = max(0, units)
        play.units += units
        self._move(self.issuer, play.listener, units)
        self.listened[play.listener] += units

    def _move(self, giver: Key, taker: Key, units: int) -> None:
        self.units[giver] -= units
        self.units[taker] += units
