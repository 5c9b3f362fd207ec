"""Rows of songs drawn once for all who look, with each listener's own part put in.

Invariant: what is kept of a row is what everybody sees; a listener's own is read for each page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.safestring import SafeString

from marketplace.discovery.rows import Now, now_of, rows_at
from marketplace.kept import kept_of_each
from marketplace.templatetags.track_rows import Pieces, row_pieces, with_own
from marketplace.users.models import User


@dataclass(frozen=True)
class Drawn:
    """A row before it is known in which list it stands."""

    pieces: Pieces
    now: Now

    def row(self, reason: SafeString | str = "") -> SafeString:
        return with_own(self.pieces, self.now.units, self.now.liked, reason)


def drawn_rows(ids: Sequence[UUID], listener: User | None, at: datetime) -> dict[UUID, Drawn]:
    """The published ones' rows in this order; one query where they are kept."""
    now = now_of(ids, listener)
    names = {_name(pk, now[pk]): pk for pk in ids if pk in now and now[pk].on_sale}

    def make(missing: list[str]) -> dict[str, Pieces]:
        asked = {names[name]: now[names[name]] for name in missing}
        drawn = {row.id: row_pieces(row) for row in rows_at(asked, at)}
        return {name: drawn[names[name]] for name in missing if names[name] in drawn}

    # the rest of a row changes with its price, or slowly: its week is told in quarters of days
    pieces = kept_of_each("row", names, make, lasting=True)
    return {pk: Drawn(pieces[name], now[pk]) for name, pk in names.items() if name in pieces}


def _name(pk: UUID, now: Now) -> str:
    """By what a row as everybody sees it is kept."""
    return f"{pk}:{now.revision}:{now.price_micros}:{now.free}"
