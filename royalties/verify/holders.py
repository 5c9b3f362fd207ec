"""Units and fan money of a period, replayed from its opening and its plays, window by window.

Who holds units at a window's start shares that window's pool; units earned in it count from the
next. A holder's numerator is the sum of (revenue x units held) x pool bps over 10^10. All tracks
go through a window together; a holder's place is that of its pseudonym in order.
"""

from collections import Counter
from collections.abc import Mapping

import numpy as np

from royalties.emission import units_in_window
from royalties.money import ENTITLEMENT_SCALE, UNITS
from royalties.verify.bundle import Bundle, schedule
from royalties.verify.leaving import leave
from royalties.verify.reversals import RELEASED, Netting, netting_of
from royalties.verify.state import Closing, Flags, Lines
from royalties.verify.table import Column, Names, Numbers, place_in


def replay(bundle: Bundle, netting: Netting | None = None) -> Closing:
    """The period again, from its opening state."""
    return leave(bundle, _Period(bundle, netting or netting_of(bundle)).run())


class _Period:
    def __init__(self, bundle: Bundle, netting: Netting) -> None:
        self.bundle, self.netting = bundle, netting
        self.failures: list[str] = []
        tables = (bundle.opening, bundle.plays, bundle.moves, bundle.reversals)
        opening, plays, moves, taken = (table.columns for table in tables)
        seen = np.unique(np.concatenate([table.columns["slot"] for table in tables]))
        self.slots = np.array([slot for slot in seen.tolist() if slot in bundle.terms], np.int64)
        terms = [bundle.terms[slot] for slot in self.slots.tolist()]
        self.reserved = np.array([one.reserved for one in terms], np.int64)
        self.cost = np.array([one.micros_per_unit * one.reserved for one in terms], np.int64)
        self.cap = np.array([min(one.listener_cap, UNITS) for one in terms], np.int64)
        self.pool_bps = np.array([one.pool_bps for one in terms], np.int64)

        self.plays, self.moves = self._lines(plays), self._lines(moves)
        self.reversed = self._lines(taken)
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
            (taken["pseudonym"][self.reversed.line], self.reversed.track),
        )
        self._open({name: opening[name][opened] for name in ("units", "listened", "carried")})

    def _in_terms(self, slots: Numbers) -> tuple[Numbers, Numbers]:
        """Lines of tracks whose terms are known, and those tracks' places."""
        track, known = place_in(self.slots, slots)
        lines = np.flatnonzero(known)
        return lines, track[lines]

    def _lines(self, columns: Mapping[str, Column]) -> Lines:
        line, track = self._in_terms(columns["slot"])
        window = columns["window"][line]
        order = np.lexsort((track, window))
        return Lines(line[order], window[order], track[order])

    def _name_holders(self, *parts: tuple[Names, Numbers]) -> None:
        names = np.concatenate([name for name, _ in parts])
        tracks = np.concatenate([track for _, track in parts])
        self.names, place = np.unique(names, return_inverse=True)
        self.track = np.zeros(len(self.names), np.int64)
        self.track[place] = tracks
        for name in np.unique(names[self.track[place] != tracks]).tolist():
            self.failures.append(f"{name:016x} stands for holders of more than one track")
        borders = np.cumsum([len(name) for name, _ in parts])[:-1]
        self.opened, self.listener, self.giver, self.taker, self.reverser = np.split(place, borders)

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
        given = self.bundle.redistributed.columns["window"]
        windows = np.unique(
            np.concatenate([self.plays.window, self.moves.window, self.reversed.window, given])
        )
        for window in windows.tolist():
            heard, moved, taken = (
                lines.of(window) for lines in (self.plays, self.moves, self.reversed)
            )
            np.add.at(self.revenue, self.plays.track[heard], self.price[heard])
            self._net(window, heard)
            again, back = self._units_of(taken)
            self._check_units(window, heard, moved, again, back)
            self._move(window, moved, back)
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

    def _net(self, window: int, heard: slice) -> None:
        """What a window shares where plays are reversed, and what it takes from earlier ones."""
        for slot, netted in self.netting.of(window):
            if slot not in self.slots:
                continue
            track = int(np.searchsorted(self.slots, slot))
            paid = self.price[heard][self.plays.track[heard] == track].sum()
            self.revenue[track] += netted.gained_micros - paid
            for source, micros in netted.taken.items():
                later = (self.moves.track == track) & (self.moves.window >= source)
                since = np.flatnonzero(later & (self.moves.window < window))
                part = micros * self.moved[since]
                np.add.at(self.unit_micros, self.taker[since], part)
                np.subtract.at(self.unit_micros, self.giver[since], part)

    def _units_of(self, taken: slice) -> tuple[Counter[int], Counter[int]]:
        """Units that the window's releases give again, and its reversals take back, by holder."""
        again, back, emitted = Counter[int](), Counter[int](), Counter[int]()
        for place in range(taken.start, taken.stop):
            line = self.bundle.reversals[self.reversed.line[place]]
            one, track = int(self.reverser[place]), int(self.reversed.track[place])
            if line.kind == RELEASED:
                room = int(self.cap[track] - self.listened[one]) - again[one]
                left = int(self.reserved[track] - self.emitted[track]) - emitted[track]
                due = max(0, min(line.units, room, left))
                again[one] += line.moved
                emitted[track] += line.moved
            else:
                due = min(line.units, int(self.units[one]) - back[one])
                back[one] += line.moved
            if due != line.moved:
                sentence = f"play {line.play} is {line.kind} with {due} units, not {line.moved}"
                self._fail(track, sentence)
        return +again, +back

    def _check_units(
        self, window: int, heard: slice, moved: slice, again: Counter[int], back: Counter[int]
    ) -> None:
        for one, more in again.items():  # given again before the window's plays earn any
            self.listened[one] += more
            self.emitted[self.track[one]] += more
        due = self._due(heard)
        for one, more in again.items():
            self.listened[one] -= more
            self.emitted[self.track[one]] -= more
        for place in (heard.start + np.flatnonzero(due != self.units_said[heard])).tolist():
            play = self.bundle.plays[self.plays.line[place]]
            units = due[place - heard.start]
            sentence = f"play {play.play} earns {units} units by the terms, not {play.units}"
            self._fail(self.plays.track[place], sentence)
        taker, listener, units = self.taker[moved], self.listener[heard], self.moved[moved]
        returns = self._returns(moved, back)
        self._check_returns(window, self.giver[moved][returns], units[returns], back)
        taker, units = taker[~returns], units[~returns]
        some = np.array(list(again), np.int64)
        involved = np.concatenate([taker, listener, some])
        earned = self._summed(
            np.concatenate([listener, some]),
            np.concatenate([due, np.array(list(again.values()), np.int64)]),
            involved,
        )
        given = self._summed(taker, units, involved)
        for one in np.unique(involved[earned != given]).tolist():
            place = int(np.flatnonzero(involved == one)[0])
            self._fail(
                self.track[one],
                f"in window {window} {self.names[one]:016x} earned {earned[place]} units"
                f" and was given {given[place]}",
            )

    def _returns(self, moved: slice, back: Counter[int]) -> Flags:
        """Which of a window's moves are units that reversed plays had earned."""
        return np.isin(self.giver[moved], list(back))

    def _check_returns(
        self, window: int, givers: Numbers, units: Numbers, back: Counter[int]
    ) -> None:
        said = Counter[int]()
        for one, some in zip(givers.tolist(), units.tolist(), strict=True):
            said[one] += some
        for one in sorted(one for one in said | back if said[one] != back[one]):
            self._fail(
                self.track[one],
                f"in window {window} {self.names[one]:016x} gave back {said[one]} units,"
                f" its reversed plays had earned {back[one]}",
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

    def _move(self, window: int, moved: slice, back: Counter[int]) -> None:
        giver, taker, units = self.giver[moved], self.taker[moved], self.moved[moved]
        returns = self._returns(moved, back)
        track, issuer = self.moves.track[moved], np.where(returns, taker, giver)
        self._check_issuers(window, track, issuer)
        self._catch_up(giver)
        self._catch_up(taker)
        np.subtract.at(self.units, giver, units)
        np.add.at(self.units, taker, units)
        earned = np.where(returns, -units, units)
        np.add.at(self.listened, np.where(returns, giver, taker), earned)
        np.add.at(self.emitted, track, earned)
        for one in np.unique(giver[self.units[giver] < 0]).tolist():
            sentence = f"in window {window} {self.names[one]:016x} gives more units than it has"
            self._fail(self.track[one], sentence)

    def _check_issuers(self, window: int, track: Numbers, issuer: Numbers) -> None:
        """Units come from, and go back to, one holder of each track: who has all that nobody earned
        by listening, as an issuer's units leave in no other way.
        """
        self.source[track] = np.where(self.source[track] < 0, issuer, self.source[track])
        other = (issuer != self.source[track]) | (self.units[issuer] < UNITS - self.emitted[track])
        for one in np.unique(issuer[other]).tolist():
            self._fail(
                self.track[one],
                f"in window {window} units come from {self.names[one]:016x} or go back there,"
                " which is not its issuer",
            )

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
