"""Which songs a list shows, as ids in its order; kept for some seconds, alike for everybody."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import overload
from uuid import UUID

from marketplace.catalog import search
from marketplace.catalog.models import Track
from marketplace.kept import kept, named


def listed_ids(query: str) -> Sequence[UUID]:
    """Those that a search may mean, or all."""
    if query:
        return kept(f"songs:found:{named(query)}", partial(search.song_ids, query))
    return Published()


class Published(Sequence[UUID]):
    """Every song's id, the newest first, asked for by pages."""

    songs = Track.objects.filter(state=Track.State.PUBLISHED)

    def __len__(self) -> int:
        return kept("songs:count", self.songs.count)

    @overload
    def __getitem__(self, part: int) -> UUID: ...
    @overload
    def __getitem__(self, part: slice) -> list[UUID]: ...
    def __getitem__(self, part: int | slice) -> UUID | list[UUID]:
        newest = self.songs.order_by("-published_at", "pk").values_list("pk", flat=True)
        if isinstance(part, int):
            return newest[part]
        return kept(f"songs:{part.start}-{part.stop}", lambda: list(newest[part]))
