"""What somebody asks of the list of songs: an order and filters, all of it in the address bar.

Invariant: what is not known there asks for nothing, so that an address that was sent never fails.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from marketplace.catalog import search
from marketplace.catalog.genres import GENRE_LENGTH
from marketplace.templatetags import amounts

ORDERS = {
    "newest": "Newest",
    "played": "Most played",
    "cheapest": "Lowest price",
    "fallen": "Price fell",
}
CLOSEST = {"closest": "Closest"}  # the order of a search that names no other
# label, from and below how many seconds
LENGTHS = {
    "short": ("Under 2 minutes", 0, 120),
    "middle": ("2 to 4 minutes", 120, 240),
    "long": ("4 minutes or more", 240, None),
}
FREE = "free"
MOST_MICROS = {"0.5": 5_000, "0.75": 7_500, "1": 10_000, "2": 20_000}


@dataclass(frozen=True)
class Asked:
    """`price` is a key of MOST_MICROS, or FREE: the next play is free to whom the list is shown."""

    query: str = ""
    by: str = "newest"
    genre: str = ""
    length: str = ""
    price: str = ""
    mine: bool = False  # songs that the listener owns a part of

    @property
    def filtered(self) -> bool:
        """Whether songs may be left out that an empty search would list."""
        return bool(self.genre or self.length or self.price or self.mine)

    @property
    def personal(self) -> bool:
        """Whether two listeners who ask the same see other songs."""
        return self.mine or self.price == FREE

    @property
    def address(self) -> str:
        """As it stands in the address bar, without page; empty for the list as it first is."""
        told = {
            "q": self.query,
            "by": "" if self.by == self.first else self.by,
            "genre": self.genre,
            "length": self.length,
            "price": self.price,
            "mine": "1" if self.mine else "",
        }
        return urlencode({name: value for name, value in told.items() if value})

    @property
    def unfiltered(self) -> str:
        """The address without its filters."""
        return replace(self, genre="", length="", price="", mine=False).address

    @property
    def first(self) -> str:
        """The order if none is asked for."""
        return "closest" if self.query else "newest"

    @property
    def orders(self) -> list[dict[str, object]]:
        """As chips."""
        known = CLOSEST | ORDERS if self.query else ORDERS
        return [
            {
                "label": label,
                "url": f"?{replace(self, by=by).address}",
                "current": by == self.by,
            }
            for by, label in known.items()
        ]


def asked_of(address: Mapping[str, str], signed_in: bool) -> Asked:
    query = search.clean(address.get("q", ""))
    known = CLOSEST | ORDERS if query else ORDERS
    return Asked(
        query=query,
        by=_known(address.get("by", ""), known) or next(iter(known)),
        genre=" ".join(address.get("genre", "").replace("\0", "").split())[:GENRE_LENGTH],
        length=_known(address.get("length", ""), LENGTHS),
        price=_known(address.get("price", ""), MOST_MICROS | {FREE: 0}),
        mine=signed_in and address.get("mine") == "1",
    )


def lengths() -> list[tuple[str, str]]:
    return [(key, label) for key, (label, _, _) in LENGTHS.items()]


def prices() -> list[tuple[str, str]]:
    most = [(key, f"At most {amounts.plain_cents(micros)}") for key, micros in MOST_MICROS.items()]
    return [*most, (FREE, "Free just now")]


def _known(value: str, known: Mapping[str, object]) -> str:
    return value if value in known else ""
