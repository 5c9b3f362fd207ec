"""Units of a song still to be earned by listening, and how fast they go, as its page draws them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from marketplace.templatetags import amounts
from royalties import emission, outlook
from royalties.models import Terms
from royalties.statements import TrackUnits

HALVINGS = 3
POINTS = 12


@dataclass(frozen=True)
class UnitsLeft:
    """`earns`: what your next play earns."""

    earns: int
    reserved: int
    emitted: int
    left: int
    cap: int
    own_left: int  # that you may still earn of this song


def units_left(
    terms: Terms, units: TrackUnits, price_micros: int, pays_yours: bool
) -> UnitsLeft | None:
    """None where no units were ever meant for listeners; `pays_yours`: you earn none of them."""
    if not terms.reserved_units:
        return None
    earns = _earns(terms, price_micros, units.emitted_units, units.listened_units)
    return UnitsLeft(
        earns=0 if pays_yours else earns,
        reserved=terms.reserved_units,
        emitted=units.emitted_units,
        left=units.left_units,
        cap=terms.listener_cap_units,
        own_left=max(0, terms.listener_cap_units - units.listened_units),
    )


def outlook_of(terms: Terms, emitted_units: int, price_micros: int) -> dict[str, Any]:
    """How units run out, for the drawing. `points`: (plays from now, units one such play earns)."""
    schedule = emission.Schedule(
        terms.reserved_units, terms.micros_per_unit, terms.listener_cap_units
    )
    half = outlook.plays_until_half(price_micros, schedule)
    stranger = _earns(terms, price_micros, emitted_units, 0)
    return {
        "points": _points(terms, schedule, emitted_units, price_micros, half),
        "title": _title(stranger, half),
    }


def _earns(terms: Terms, price_micros: int, emitted: int, listened: int) -> int:
    return emission.units_for(
        price_micros,
        emitted,
        terms.reserved_units,
        terms.micros_per_unit,
        listened,
        terms.listener_cap_units,
    )


def _points(
    terms: Terms, schedule: emission.Schedule, emitted: int, price_micros: int, half: int
) -> list[tuple[str, int]]:
    """What a play earns now and at even steps until it has halved three times."""
    steps = sorted({HALVINGS * half * i // POINTS for i in range(POINTS + 1)})
    return [
        (
            f"+{amounts.count(n)}" if n else "now",
            _earns(
                terms, price_micros, outlook.emitted_after(price_micros, emitted, schedule, n), 0
            ),
        )
        for n in steps
    ]


def _title(earns: int, half: int) -> str:
    if not earns:
        return "All units for listeners are earned"
    return f"{amounts.units(earns)} a play now, half as many {_after(half)}"


def _after(plays: int) -> str:
    return f"after {amounts.count(plays)} more" if plays > 1 else "after the next"
