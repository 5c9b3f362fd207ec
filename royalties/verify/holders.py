"""Units and fan money of a period, replayed from its opening and its plays, window by window.

Who holds units at a window's start shares that window's pool; units earned in it count from the
next. A holder's numerator is the sum of (revenue x units held) x pool bps over 10^10. All tracks
go through a window together; a holder's place is that of its pseudonym in order.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from royalties.emission import units_in_window
from royalties.money import ENTITLEMENT_SCALE, UNITS
from royalties.verify.bundle import Bundle, schedule
from royalties.verify.table import Column, Names, Numbers, place_in

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Closing:
    """Every holder at the cut-off, and what the period owes it; arrays of one length.

    `known` are those who held units at some time: others only listened. `failures` name the plays
    and moves that break the terms.
    """

    names: Names
    slots: Numbers
    known: Flags
    units: Numbers
    listened: Numbers
    amounts: Numbers
    carried: Numbers
    failures: list[str]


@dataclass(frozen=True, eq=False)
class _Lines:
    """Plays or moves of known tracks in order of (window, slot): their lines, windows, tracks."""

    line: Numbers
    window: Numbers
    track: Numbers

    def of(self, window: int) -> slice:
        return slice(*np.searchsorted(self.window, [window, window + 1]))


def replay(bundle: Bundle) -> Closing:
    """The period again, from its opening state."""
    return _Period(bundle).run()


class _Period:
    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self.failures: list[str] = []
        opening, plays, moves = (t.columns for t in (bundle.opening, bundle.plays, bundle.moves))
        seen = np.unique(np.concatenate([part["slot"] for part in (opening, plays, moves)]))
        self.slots = np.array([slot for slot in seen.tolist() if slot in bundle.terms], np.int64)
        terms = [bundle.terms[slot] for slot in self.slots.tolist()]
        self.reserved = np.array([one.reserved for one in terms], np.int64)
        self.cost = np.array([one.micros_per_unit * one.reserved for one in terms], np.int64)
        self.cap = np.array([min(one.listener_cap, UNITS) for one in terms], np.int64)
        self.pool_bps = np.array([one.pool_bps for one in terms], np.int64)

        self.plays, self.moves = self._lines(plays), self._lines(moves)
        self.price, self.earns, self.units_said = (
            plays[name][self.plays.line] for name in ("price", "earns", "units")
        )
        self.moved = moves["units"][self.moves.line]
        opened, self.opened_track = self._in_terms(opening["slot"])
        self._name_holders(
            (opening["pseudonym"][opened], self.opened_track),
            (plays["pseudonym"][self.plays.line], self.plays.track),
            (moves["giver"][self.moves.line], self.moves.track),
            (moves["taker"][self.moves.line], self.moves.track),
        )
        self._open({name: opening[name][opened] for name in ("units", "listened", "carried")})

    def _in_terms(self, slots: Numbers) -> tuple[Numbers, Numbers]:
        """Lines of tracks whose terms are known, and those tracks' places."""
        track, known = place_in(self.slots, slots)
        lines = np.flatnonzero(known)
        return lines, track[lines]

    def _lines(self, columns: Mapping[str, Column]) -> _Lines:
        line, track = self._in_terms(columns["slot"])
        window = columns["window"][line]
        order = np.lexsort((track, window))
        return _Lines(line[order], window[order], track[order])

    def _name_holders(self, *parts: tuple[Names, Numbers]) -> None:
        names = np.concatenate([name for name, _ in parts])
        tracks = np.concatenate([track for _, track in parts])
        self.names, place = np.unique(names, return_inverse=True)
        self.track = np.zeros(len(self.names), np.int64)
        self.track[place] = tracks
        for name in np.unique(names[self.track[place] != tracks]).tolist():
            self.failures.append(f"{name:016x} stands for holders of more than one track")
        borders = np.cumsum([len(name) for name, _ in parts])[:-1]
        self.opened, self.listener, self.giver, self.taker = np.split(place, borders)

    def _open(self, opening: Mapping[str, Column]) -> None:
        count = len(self.names)
        self.units, self.listened, self.carried = (np.zeros(count, np.int64) for _ in range(3))
        for name, state in [
            ("units", self.units), ("listened", self.listened), ("carried", self.carried)
        ]:  # fmt: skip
            np.add.at(state, self.opened, opening[name])
        self.emitted, held = np.zeros((2, len(self.slots)), np.int64)
        np.add.at(self.emitted, self.opened_track, opening["listened"])
        np.add.at(held, self.opened_track, opening["units"])
        for track in np.flatnonzero(held != UNITS).tolist():
            self._fail(track, f"its holders open with other than {UNITS} units")
        times = np.bincount(self.opened, minlength=count)
        for one in np.flatnonzero(times > 1).tolist():
            self._fail(self.track[one], f"{self.names[one]:016x} opens twice")
        self.known = times > 0
        self.known[self.taker] = True
        # of this period: what came in, what each holder has of it, and up to where that counts
        self.revenue = np.zeros(len(self.slots), np.int64)
        self.seen, self.unit_micros = np.zeros((2, count), np.int64)
        self.scratch = np.zeros(max(count, len(self.slots)), np.int64)
        self.source = np.full(len(self.slots), -1)  # who gives a track's units away

    def run(self) -> Closing:
        for window in np.union1d(self.plays.window, self.moves.window).tolist():
            heard, moved = self.plays.of(window), self.moves.of(window)
            np.add.at(self.revenue, self.plays.track[heard], self.price[heard])
            self._check_units(window, heard, moved)
            self._move(window, moved)
        self._catch_up(slice(None))
        whole, rest = np.divmod(self.unit_micros, ENTITLEMENT_SCALE)
        bps = self.pool_bps[self.track]
        more, carried = np.divmod(rest * bps + self.carried, ENTITLEMENT_SCALE)
        return Closing(
            names=self.names,
            slots=self.slots[self.track],
            known=self.known,
            units=self.units,
            listened=self.listened,
            amounts=whole * bps + more,
            carried=carried,
            failures=self.failures,
        )

    def _check_units(self, window: int, heard: slice, moved: slice) -> None:
        due = self._due(heard)
        for place in (heard.start + np.flatnonzero(due != self.units_said[heard])).tolist():
            play = self.bundle.plays[self.plays.line[place]]
            units = due[place - heard.start]
            sentence = f"play {play.play} earns {units} units by the terms, not {play.units}"
            self._fail(self.plays.track[place], sentence)
        taker, listener, units = self.taker[moved], self.listener[heard], self.moved[moved]
        involved = np.concatenate([taker, listener])
        earned = self._summed(listener, due, involved)
        given = self._summed(taker, units, involved)
        for one in np.unique(involved[earned != given]).tolist():
            place = int(np.flatnonzero(involved == one)[0])
            self._fail(
                self.track[one],
                f"in window {window} {self.names[one]:016x} earned {earned[place]} units"
                f" and was given {given[place]}",
            )

    def _due(self, heard: slice) -> Numbers:
        """Units that each play earns by its track's terms, as they stood at the window's start."""
        track, listener = self.plays.track[heard], self.listener[heard]
        left = np.maximum(self.reserved - self.emitted, 0)[track]
        room = np.maximum(self.cap[track] - self.listened[listener], 0)
        by_schedule = self.price[heard] * left // np.maximum(self.cost[track], 1)
        due = np.where(self.earns[heard] > 0, by_schedule, 0)
        # Where plays share what is left, or what a listener may still earn, their order matters.
        tight = self._summed(listener, due, listener) > room
        tight |= self._summed(track, due, track) > left
        for one in np.unique(track[tight]).tolist():
            places = np.flatnonzero(track == one)
            due[places] = self._one_by_one(one, places + heard.start)
        return due

    def _one_by_one(self, track: int, places: Numbers) -> list[int]:
        listeners = self.listener[places].tolist()
        prices, earns = self.price[places].tolist(), (self.earns[places] > 0).tolist()
        return units_in_window(
            zip(listeners, prices, earns, strict=True),
            int(self.emitted[track]),
            schedule(self.bundle.terms[int(self.slots[track])]),
            {one: int(self.listened[one]) for one in listeners},
        )

    def _move(self, window: int, moved: slice) -> None:
        giver, taker, units = self.giver[moved], self.taker[moved], self.moved[moved]
        self._catch_up(giver)
        self._catch_up(taker)
        np.subtract.at(self.units, giver, units)
        np.add.at(self.units, taker, units)
        np.add.at(self.listened, taker, units)
        track = self.moves.track[moved]
        np.add.at(self.emitted, track, units)
        self.source[track] = np.where(self.source[track] < 0, giver, self.source[track])
        for one in np.unique(giver[giver != self.source[track]]).tolist():
            sentence = f"in window {window} units come from {self.names[one]:016x}, not its issuer"
            self._fail(self.track[one], sentence)
        for one in np.unique(giver[self.units[giver] < 0]).tolist():
            sentence = f"in window {window} {self.names[one]:016x} gives more units than it has"
            self._fail(self.track[one], sentence)

    def _catch_up(self, holders: Numbers | slice) -> None:
        """Count the revenue since a holder's units last changed towards it."""
        revenue = self.revenue[self.track[holders]]
        self.unit_micros[holders] += self.units[holders] * (revenue - self.seen[holders])
        self.seen[holders] = revenue

    def _summed(self, keys: Numbers, values: Numbers, wanted: Numbers) -> Numbers:
        """The sum of each wanted key's values."""
        np.add.at(self.scratch, keys, values)
        sums = self.scratch[wanted]
        self.scratch[keys] = 0
        return sums

    def _fail(self, track: int, sentence: str) -> None:
        self.failures.append(f"track {self.slots[track]}: {sentence}")
