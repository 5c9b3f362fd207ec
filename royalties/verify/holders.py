"""Units and fan money of one track through a period, replayed from its opening and its plays.

Who holds units at a window's start shares that window's pool; units earned in it count from the
next. A holder's numerator is the sum of (revenue x units held) x pool bps over 10^10.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from royalties.emission import units_in_window
from royalties.money import UNITS, entitlement
from royalties.verify.bundle import Bundle, schedule
from royalties.verify.records import Move, Opening, Play


@dataclass
class Holder:
    """One holder while the period is replayed."""

    units: int
    listened: int
    carried: int
    seen: int  # the track's revenue up to which `unit_micros` counts
    unit_micros: int = 0

    def catch_up(self, revenue: int) -> None:
        self.unit_micros += self.units * (revenue - self.seen)
        self.seen = revenue


@dataclass(frozen=True)
class Closing:
    """A holder at the cut-off: what the period owes it, and what it takes along."""

    units: int
    listened: int
    amount: int
    carried: int


@dataclass(frozen=True)
class Replay:
    """A track at the cut-off; `failures` name the plays and moves that break the terms."""

    holders: dict[str, Closing]
    failures: list[str] = field(default_factory=list)


def replay(bundle: Bundle) -> dict[int, Replay]:
    """Every track that was played in this period, by slot."""
    plays: dict[int, list[Play]] = defaultdict(list)
    moves: dict[int, list[Move]] = defaultdict(list)
    for play in bundle.plays:
        plays[play.slot].append(play)
    for move in bundle.moves:
        moves[move.slot].append(move)
    return {
        slot: _Track(bundle, slot).run(plays[slot], moves[slot])
        for slot in sorted(bundle.opening.keys() | plays.keys() | moves.keys())
        if slot in bundle.terms
    }


class _Track:
    def __init__(self, bundle: Bundle, slot: int) -> None:
        opening: Sequence[Opening] = bundle.opening.get(slot, ())
        self.terms = bundle.terms[slot]
        self.slot = slot
        self.revenue = opening[0].revenue if opening else 0
        self.emitted = sum(line.listened for line in opening)
        self.failures: list[str] = []
        self.holders = {
            line.pseudonym: Holder(line.units, line.listened, line.carried, self.revenue)
            for line in opening
        }
        if sum(line.units for line in opening) != UNITS:
            self._fail(f"its holders open with other than {UNITS} units")

    def run(self, plays: Sequence[Play], moves: Sequence[Move]) -> Replay:
        heard: dict[int, list[Play]] = defaultdict(list)
        moved: dict[int, list[Move]] = defaultdict(list)
        for play in plays:
            heard[play.window].append(play)
        for move in moves:
            moved[move.window].append(move)
        for window in sorted(heard.keys() | moved.keys()):
            self.revenue += sum(play.price for play in heard[window])
            self._check_units(window, heard[window], moved[window])
            for move in moved[window]:
                self._move(move)
        closing = {name: self._close(holder) for name, holder in self.holders.items()}
        return Replay(closing, self.failures)

    def _check_units(self, window: int, heard: Sequence[Play], moved: Sequence[Move]) -> None:
        due = units_in_window(
            [(play.pseudonym, play.price, bool(play.earns)) for play in heard],
            self.emitted,
            schedule(self.terms),
            {
                play.pseudonym: self.holders[play.pseudonym].listened
                for play in heard
                if play.pseudonym in self.holders
            },
        )
        earned: dict[str, int] = defaultdict(int)
        for play, units in zip(heard, due, strict=True):
            earned[play.pseudonym] += units
            if play.units != units:
                self._fail(f"play {play.play} earns {units} units by the terms, not {play.units}")
        given = {move.taker: move.units for move in moved}
        for name in sorted(earned.keys() | given.keys()):
            if earned.get(name, 0) != given.get(name, 0):
                self._fail(
                    f"in window {window} {name} earned {earned.get(name, 0)} units"
                    f" and was given {given.get(name, 0)}"
                )

    def _move(self, move: Move) -> None:
        giver = self.holders.get(move.giver)
        if giver is None or giver.units < move.units:
            self._fail(f"in window {move.window} {move.giver} gives {move.units} units it has not")
            return
        taker = self.holders.setdefault(move.taker, Holder(0, 0, 0, self.revenue))
        for holder in (giver, taker):
            holder.catch_up(self.revenue)
        giver.units -= move.units
        taker.units += move.units
        taker.listened += move.units
        self.emitted += move.units

    def _close(self, holder: Holder) -> Closing:
        holder.catch_up(self.revenue)
        amount, carried = entitlement(holder.unit_micros, self.terms.pool_bps, holder.carried)
        return Closing(holder.units, holder.listened, amount, carried)

    def _fail(self, sentence: str) -> None:
        self.failures.append(f"track {self.slot}: {sentence}")
