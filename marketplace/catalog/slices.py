"""Who earns what from one play, as rings, bars and tables draw it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from royalties import money
from royalties.models import Terms
from royalties.terms import Line

KINDS = {"pool": "fans", "platform": "platform", "artist": "artist", "label": "label"}
WRITERS = {"writer", "composer", "lyricist", "songwriter"}


@dataclass(frozen=True)
class Slice:
    """One receiver's part; `kind` picks the colour. `bps` and `micros` of one play's price."""

    kind: str
    name: str
    role: str
    bps: int
    micros: int
    yours: bool = False  # it pays the one who looks

    @property
    def label(self) -> str:
        return f"{self.name} {self.role}".strip()


@dataclass(frozen=True)
class OwnSlice:
    """A listener's part of the fans' part; below a micro it stays exact."""

    bps: Decimal
    micros: Decimal


def slices_of(split: Sequence[Line], mine: Collection[UUID] = ()) -> list[Slice]:
    """`mine`: the parties of whoever looks."""
    return [_slice(line, line.party_id in mine) for line in split]


def own_slice(terms: Terms, units: int, price_micros: int) -> OwnSlice | None:
    """What these units take of one play; None for nobody's."""
    if not units:
        return None
    part = Decimal(terms.pool_bps * units)
    return OwnSlice(part / money.UNITS, part * price_micros / money.ENTITLEMENT_SCALE)


def per_thousand_plays(terms: Terms, units: int, price_micros: int) -> int:
    """Micros that these units bring when a thousand people play it at this price."""
    return 1_000 * price_micros * terms.pool_bps * units // money.ENTITLEMENT_SCALE


def _slice(line: Line, yours: bool) -> Slice:
    role = line.role.lower()
    kind = KINDS.get(role, "writer" if role in WRITERS else "other")
    shown = "of this song" if kind == "fans" else line.role
    return Slice(kind, line.name, shown, line.bps, line.micros, yours)
