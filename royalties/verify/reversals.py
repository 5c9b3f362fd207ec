"""Reversed plays of a period: what its windows shared and took back, recomputed, and their lines.

Without reversals, receivables and what is redistributed a window shares what its plays cost, and
there is nothing here.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from royalties.netting import Netted, net
from royalties.verify.bundle import Bundle
from royalties.verify.checks import Check, judge
from royalties.verify.records import Play, Reversal

RELEASED = "released"


@dataclass(frozen=True)
class Netting:
    """By (window, slot), of tracks with reversals or receivables; and what those end with."""

    windows: Mapping[tuple[int, int], Netted]
    receivables: Mapping[int, int]

    @cached_property
    def _by_window(self) -> Mapping[int, list[tuple[int, Netted]]]:
        found: dict[int, list[tuple[int, Netted]]] = defaultdict(list)
        for (window, slot), netted in self.windows.items():
            found[window].append((slot, netted))
        return found

    def of(self, window: int) -> Sequence[tuple[int, Netted]]:
        """What one window does, each with its slot."""
        return self._by_window.get(window, ())

    def gained(self) -> dict[int, int]:
        """By how much each slot's shared revenue grew."""
        sums: Counter[int] = Counter()
        for (_, slot), netted in self.windows.items():
            sums[slot] += netted.gained_micros
        return dict(sums)


def netting_of(bundle: Bundle) -> Netting:
    """Every window of the tracks that need more than a sum, in order."""
    owed = {line.slot: line.opened for line in bundle.receivables}
    lines: dict[tuple[int, int], list[Reversal]] = defaultdict(list)
    for line in bundle.reversals:
        lines[line.window, line.slot].append(line)
    given: Counter[tuple[int, int]] = Counter()
    for one in bundle.redistributed:
        given[one.window, one.slot] += one.micros
    slots = owed.keys() | {slot for _, slot in lines} | {slot for _, slot in given}
    paid = _paid(bundle, slots)
    shared: dict[int, dict[int, int]] = defaultdict(dict)
    windows = {}
    for window, slot in sorted(paid.keys() | lines.keys() | given.keys()):
        here = lines[window, slot]
        again = sum(line.price for line in here if line.kind == RELEASED)
        taken = [
            (line.counted_in if line.period == bundle.number else None, line.price)
            for line in here
            if line.kind != RELEASED
        ]
        revenue = paid.get((window, slot), 0) + again + given[window, slot]
        netted = net(revenue, taken, owed.get(slot, 0), shared[slot])
        owed[slot] = netted.receivable_micros
        for source, micros in netted.taken.items():
            shared[slot][source] -= micros
        shared[slot][window] = netted.shared_micros
        windows[window, slot] = netted
    return Netting(windows, owed)


def check(bundle: Bundle, netting: Netting) -> list[Check]:
    """Lines of reversals and receivables; none where the bundle has neither."""
    if not len(bundle.reversals) and not len(bundle.receivables):
        return []
    micros = sum(line.closed for line in bundle.receivables)
    told = f"{len(bundle.reversals)} lines, {micros} micros to be earned again"
    failures = [*lives_broken(bundle, {}), *_receivables(bundle, netting)]
    return judge(f"period {bundle.number}: reversals", failures, told)


def found_in(bundle: Bundle, plays: set[str]) -> dict[str, Play]:
    """Those of these plays that the bundle counted."""
    numbers = np.array([play.encode() for play in plays], bundle.plays.columns["play"].dtype)
    places = np.flatnonzero(np.isin(bundle.plays.columns["play"], numbers))
    return {play.play: play for play in (bundle.plays[place] for place in places)}


def _paid(bundle: Bundle, slots: set[int]) -> dict[tuple[int, int], int]:
    columns = bundle.plays.columns
    mine = np.flatnonzero(np.isin(columns["slot"], list(slots)))
    paid: Counter[tuple[int, int]] = Counter()
    rows = zip(*(columns[name][mine].tolist() for name in ("window", "slot", "price")), strict=True)
    for window, slot, price in rows:
        paid[window, slot] += price
    return paid


def lives_broken(bundle: Bundle, lives: dict[str, "Life"]) -> Iterator[str]:
    """Each play's lines against what is known of it; `lives` then knows what this bundle says."""
    counted = found_in(bundle, {line.play for line in bundle.reversals})
    known = {one.number for one in bundle.windows}
    place = (0, 0)
    for line in bundle.reversals:
        name = f"play {line.play} is {line.kind}"
        if line.window not in known:
            yield f"{name} in window {line.window}, which this period has not"
        if (line.window, line.slot) < place:
            yield f"{name} out of order"
        place = (line.window, line.slot)
        play = counted.get(line.play)
        if play is not None and play.pseudonym != line.pseudonym:
            yield f"{name} of another listener"
        life = lives.get(line.play)
        if life is None and play is not None:
            life = Life.counted(play, bundle.number)
        if life is not None:
            yield from life.broken_by(line)
        elif line.period >= bundle.number:
            yield f"{name} and was not counted in this period"
        lives[line.play] = Life.after(line, bundle.number, life.units if life else None)


@dataclass(frozen=True)
class Life:
    """What is known of one play between two lines about it."""

    slot: int
    price: int
    period: int
    window: int
    standing: bool
    final: bool
    units: int | None  # that its listener has by it, if that is known
    returned: int  # that the reversal it is under took back

    @classmethod
    def counted(cls, play: Play, period: int) -> "Life":
        return cls(play.slot, play.price, period, play.window, True, False, play.units, 0)

    @classmethod
    def after(cls, line: Reversal, period: int, kept: int | None) -> "Life":
        """A play once a line of this period is done with it; it had kept so many units before."""
        if line.kind == RELEASED:
            units = None if kept is None else kept + line.moved
            return cls(line.slot, line.price, period, line.window, True, False, units, 0)
        final, units = line.kind == "charged back", line.units - line.moved
        source = line.period, line.counted_in
        return cls(line.slot, line.price, *source, False, final, units, line.moved)

    def ended(self) -> "Life":
        """Forfeited: nothing more can happen to it."""
        return replace(self, final=True)

    def broken_by(self, line: Reversal) -> Iterator[str]:
        name = f"play {line.play}"
        if line.slot != self.slot:
            yield f"{name} is of track {self.slot}, and is {line.kind} of track {line.slot}"
        if line.price != self.price:
            yield f"{name} cost {self.price} micros, and {line.price} are {line.kind}"
        if (line.period, line.counted_in) != (self.period, self.window):
            yield (
                f"{name} counts in window {self.window} of period {self.period},"
                f" not {line.counted_in} of {line.period}"
            )
        if (line.kind == RELEASED) == self.standing or self.final:
            yield f"{name} is {line.kind}, which it was before"
        units = self.returned if line.kind == RELEASED else self.units
        if units is not None and line.units != units:
            yield f"{name} has {units} units to move, not {line.units}"


def _receivables(bundle: Bundle, netting: Netting) -> Iterator[str]:
    said = {line.slot: line.closed for line in bundle.receivables}
    for slot in sorted(said.keys() | netting.receivables.keys()):
        due = netting.receivables.get(slot, 0)
        if said.get(slot, 0) != due:
            yield f"track {slot} has {due} micros to earn again, not {said.get(slot, 0)}"
