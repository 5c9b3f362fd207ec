"""What a visitor has just heard the free part of, and what a play of it would pay to whom."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from marketplace.catalog.models import Track
from marketplace.catalog.slices import Slice, slices_of
from royalties import plays, terms


@dataclass(frozen=True)
class Invitation:
    """One song's next play; amounts in micros."""

    track: Track
    price_micros: int
    slices: list[Slice]
    units: int  # that a newcomer's first play earns

    @property
    def fans_micros(self) -> int:
        return sum(one.micros for one in self.slices if one.kind == "fans")

    @property
    def makers_micros(self) -> int:
        return sum(one.micros for one in self.slices if one.kind not in ("fans", "platform"))


def invitation(song: str) -> Invitation | None:
    """By the song's id as an address has it; None where that names no song. Four queries."""
    try:
        pk = UUID(song)
    except ValueError:
        return None
    found = Track.objects.published().select_related("terms", "price").filter(pk=pk).first()
    if found is None or found.terms is None:
        return None
    price = found.price.micros
    return Invitation(
        track=found,
        price_micros=price,
        slices=slices_of(terms.split_of(found.terms, price)),
        units=plays.next_play_earns(found.terms, price),
    )
