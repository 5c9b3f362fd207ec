"""Units earned by listening: in proportion to the price paid, fewer as they run out.

Pure. Integers only, so that anyone recomputes the same units from the published plays.
"""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

Listener = TypeVar("Listener", bound=Hashable)


@dataclass(frozen=True)
class Schedule:
    """A track's emission: units reserved for it, the first unit's price, a listener's cap."""

    reserved: int
    micros_per_unit: int
    cap: int


def units_for(
    price_micros: int,
    emitted: int,
    reserved: int,
    micros_per_unit: int,
    held_by_listener_from_listening: int,
    cap: int,
) -> int:
    """Units one paid play earns: floor(price x remaining / (micros per unit x reserved)).

    At most what is left for listening, and what the listener may still earn of this track.

    >>> units_for(8_000, 0, 600_000, 100, 0, 50_000)
    80
    >>> units_for(8_000, 300_000, 600_000, 100, 0, 50_000)
    40
    >>> units_for(8_000, 0, 600_000, 100, 49_990, 50_000)
    10
    """
    remaining = max(0, reserved - emitted)
    if remaining == 0:
        return 0
    by_schedule = price_micros * remaining // (micros_per_unit * reserved)
    return min(by_schedule, max(0, cap - held_by_listener_from_listening), remaining)


def units_in_window(
    plays: Iterable[tuple[Listener, int, bool]],
    emitted: int,
    schedule: Schedule,
    held: Mapping[Listener, int],
) -> list[int]:
    """Units of one track's plays in one window, each `(listener, price_micros, earns)`, in order.

    Every play sees the schedule as it stood at the window's start (`emitted`), so the order within
    a minute earns nobody more; caps (`held`: earned before, per listener) and what is left are
    counted down play by play, in order of (counted_at, id).
    """
    left = max(0, schedule.reserved - emitted)
    earned: dict[Listener, int] = {}
    given = []
    for listener, price_micros, earns in plays:
        had = held.get(listener, 0) + earned.get(listener, 0)
        by_terms = units_for(
            price_micros, emitted, schedule.reserved, schedule.micros_per_unit, had, schedule.cap
        )
        units = min(left, by_terms) if earns else 0
        earned[listener] = earned.get(listener, 0) + units
        left -= units
        given.append(units)
    return given
