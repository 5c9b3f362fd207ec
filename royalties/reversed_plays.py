"""Plays that a window takes back or posts again, as accrual needs them. Reads only.

Units of a reversed play go back to the issuer as far as its listener still has them, and as many
are given again when it is released, as far as the terms still allow.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from royalties.emission import Schedule
from royalties.models import Holding, Reversal, TakenBack, TrackWindow


@dataclass(frozen=True)
class Reversed:
    """A play to be taken back, or posted again."""

    reversal_id: int
    listener_id: UUID
    price_micros: int
    window: int | None  # its number in the open period; None in an earlier one
    units: int  # that it earned and has not given back; released: that it gave back
    frozen: bool = True  # by a fraud hold, where its money waits; charged back if not


@dataclass(frozen=True)
class Change:
    """What is reversed and released of one track; units by reversal."""

    reversed: Sequence[Reversed] = ()
    released: Sequence[Reversed] = ()
    returned: Mapping[int, int] = field(default_factory=dict)
    units_again: Mapping[int, int] = field(default_factory=dict)
    given_micros: int = 0  # of what other tracks forfeited

    @property
    def released_micros(self) -> int:
        return sum(one.price_micros for one in self.released)

    @property
    def frozen_micros(self) -> int:
        """By how much the track's held money grows."""
        frozen = sum(one.price_micros for one in self.reversed if one.frozen)
        return frozen - self.released_micros

    def with_units(
        self, schedule: Schedule, emitted: int, listened: Mapping[UUID, int]
    ) -> "Change":
        """Units given again: as many as went back, within the reserve and the listener's cap."""
        left, had, again = schedule.reserved - emitted, Counter(listened), dict[int, int]()
        for one in self.released:
            units = max(0, min(one.units, left, schedule.cap - had[one.listener_id]))
            again[one.reversal_id] = units
            left -= units
            had[one.listener_id] += units
        return replace(self, units_again=again)

    def counted_in(
        self, emitted: int, listened: Mapping[UUID, int]
    ) -> tuple[int, Mapping[UUID, int]]:
        """What was emitted and earned by listening, with the units given again."""
        had = Counter(listened)
        for one in self.released:
            had[one.listener_id] += self.units_again[one.reversal_id]
        return emitted + sum(self.units_again.values()), had


NOTHING = Change()


def changes_of(
    reversed_now: Sequence[Reversal], released_now: Sequence[Reversal], period_number: int
) -> dict[UUID, Change]:
    """By track; every play among them was accrued once."""
    plays = {one.play_id: one.play for one in [*reversed_now, *released_now]}
    earlier = _earlier(plays, {one.pk for one in reversed_now})
    taken, again = defaultdict(list), defaultdict(list)
    for one in reversed_now:
        window, units = one.play.window, one.play.units or 0
        for before in earlier[one.play_id]:
            window, units = before.released_in, units - before.units + before.units_again
        number = window.number if window and window.period_id == period_number else None
        frozen = one.kind == Reversal.Kind.FRAUD_HOLD
        taken[one.play.terms_id].append(
            Reversed(one.pk, one.play.listener_id, one.play.price_micros, number, units, frozen)
        )
    for one in released_now:
        again[one.play.terms_id].append(
            Reversed(one.pk, one.play.listener_id, one.play.price_micros, None, one.units)
        )
    held = _held(taken)
    return {
        terms: Change(taken[terms], again[terms], _returned(taken[terms], held[terms]))
        for terms in taken.keys() | again.keys()
    }


def shared_by_window(
    period_number: int, changes: Mapping[UUID, Change]
) -> Mapping[UUID, Mapping[int, int]]:
    """What each window of the period shared of these tracks and still has, by its number."""
    shared: dict[UUID, Counter[int]] = defaultdict(Counter)
    tracks = [terms for terms, change in changes.items() if change.reversed]
    if not tracks:
        return shared
    windows = TrackWindow.objects.filter(terms__in=tracks, window__period=period_number)
    for terms, number, micros in windows.values_list(
        "terms_id", "window__number", "revenue_micros"
    ):
        shared[terms][number] += micros
    parts = TakenBack.objects.filter(terms__in=tracks, posted_in__period=period_number)
    for terms, source, posted_in, micros in parts.values_list(
        "terms_id", "source__number", "posted_in__number", "micros"
    ):
        shared[terms][source] -= micros
        shared[terms][posted_in] += micros
    return shared


def _earlier(plays: Iterable[int], now: set[int]) -> Mapping[int, list[Reversal]]:
    """Each play's released reversals that were posted, the oldest first."""
    found: dict[int, list[Reversal]] = defaultdict(list)
    rows = Reversal.objects.filter(play__in=list(plays), released_in__isnull=False)
    for row in rows.exclude(pk__in=now).select_related("released_in").order_by("pk"):
        found[row.play_id].append(row)
    return found


def _held(taken: Mapping[UUID, Sequence[Reversed]]) -> Mapping[UUID, Counter[UUID]]:
    held: dict[UUID, Counter[UUID]] = defaultdict(Counter)
    listeners = {one.listener_id for plays in taken.values() for one in plays}
    rows = Holding.objects.filter(terms__in=list(taken), party__in=listeners)
    for terms, party, units in rows.values_list("terms_id", "party_id", "units"):
        held[terms][party] = units
    return held


def _returned(taken: Sequence[Reversed], held: Counter[UUID]) -> dict[int, int]:
    returned = {}
    for one in taken:
        returned[one.reversal_id] = min(one.units, held[one.listener_id])
        held[one.listener_id] -= returned[one.reversal_id]
    return returned
