"""Similar tracks: by sound from the recording alone, by taste from who plays both."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from marketplace.catalog.models import Track
from marketplace.discovery import serving
from marketplace.discovery.rows import TrackRow, rows
from marketplace.users.models import User
from royalties import statements

SIMILAR_LENGTH = 5
TASTE_FROM_LISTENERS = 3  # fewer say nothing about taste


@dataclass(frozen=True)
class SimilarRow:
    """A track with how alike it is, 0 to 100; `taste` is None where too few have heard both."""

    row: TrackRow
    sound: int
    taste: int | None


def similar_rows(track: Track, listener: User | None, at: datetime) -> list[SimilarRow]:
    found = serving.current().similar(track.pk.hex, n=SIMILAR_LENGTH)
    tracks = Track.objects.published().in_bulk([UUID(item) for item, _, _ in found])
    alike = [(tracks[UUID(item)], s, t) for item, s, t in found if UUID(item) in tracks]
    listed = rows([each for each, _, _ in alike], listener, at)
    counts = statements.counts_of([row.terms_id for row in listed] + [_terms_id(track)])
    known = {pk for pk, one in counts.items() if one.listeners >= TASTE_FROM_LISTENERS}
    return [
        SimilarRow(
            row,
            round(100 * sound),
            round(100 * taste) if {row.terms_id, track.terms_id} <= known else None,
        )
        for row, (_, sound, taste) in zip(listed, alike, strict=True)
    ]


def _terms_id(track: Track) -> UUID:
    assert track.terms_id is not None  # it is published
    return track.terms_id
