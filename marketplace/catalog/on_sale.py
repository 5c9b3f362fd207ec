"""A song that is on sale, with what its page shows of it and whom a play pays: one query.

Invariant: once the song is published, none of it changes but with its `revision`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from uuid import UUID

from marketplace.catalog.models import Artist, Track
from marketplace.kept import kept
from royalties import terms
from royalties.models import Terms
from royalties.prepared import partly, prepared
from royalties.terms import Receiver

TRACK = (
    "id",
    "revision",
    "artist_id",
    "title",
    "album",
    "isrc",
    "genre",
    "state",
    "terms_id",
    "published_at",
    "duration_seconds",
    "tempo_bpm",
    "declared_bpm",
    "peaks",
)
TERMS = (
    "id",
    "issuer_id",
    "platform_bps",
    "pool_bps",
    "reserved_units",
    "micros_per_unit",
    "listener_cap_units",
)
SONG = f"""
SELECT {", ".join(f"track.{name}" for name in TRACK)},
       {", ".join(f"terms.{name}" for name in TERMS)}, artist.name,
       (SELECT jsonb_agg(jsonb_build_array(name, role, bps, party_id) ORDER BY position)
        FROM royalties_payee JOIN royalties_party party ON party.id = party_id
        WHERE terms_id = terms.id)
FROM catalog_track track
JOIN catalog_artist artist ON artist.id = track.artist_id
JOIN royalties_terms terms ON terms.id = track.terms_id
WHERE track.id = %(track)s AND track.state = 'published'
"""


@dataclass(frozen=True)
class OnSale:
    """`track` with its artist and terms; other columns are read when they are asked for."""

    track: Track
    receivers: list[Receiver]


def on_sale(pk: UUID, revision: int | None = None) -> OnSale:
    """The song of that id, as it is kept; of that revision, else of one some seconds old at most.

    Raises:
        Track.DoesNotExist: there is none, or it isn't published
    """
    if revision is None:
        revision = kept(f"revision:{pk}", lambda: _revision(pk))
    return kept(key_of(pk, revision), lambda: _read(pk), lasting=True)


def key_of(pk: UUID, revision: int) -> str:
    return f"track:{pk}:{revision}"


def _revision(pk: UUID) -> int:
    found = Track.objects.filter(pk=pk, state=Track.State.PUBLISHED)
    return found.values_list("revision", flat=True).get()


def _read(pk: UUID) -> OnSale:
    with prepared() as cursor:
        cursor.execute(SONG, {"track": pk})
        row = cursor.fetchone()
    if row is None:
        raise Track.DoesNotExist
    *columns, name, payees = row
    track = partly(Track, dict(zip(TRACK, columns, strict=False)))
    its = partly(Terms, dict(zip(TERMS, columns[len(TRACK) :], strict=True)))
    track.terms, track.peaks = its, json.loads(track.peaks)
    track.artist = partly(Artist, {"id": track.artist_id, "name": name})
    named = [Receiver(who, role, bps, UUID(to)) for who, role, bps, to in json.loads(payees)]
    return OnSale(track, [*named, *terms.houses(its.pool_bps, its.platform_bps)])
