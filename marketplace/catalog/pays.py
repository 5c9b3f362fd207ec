"""Whom songs pay, of those who play them: many at once."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from marketplace.catalog.models import PAYS
from royalties.prepared import prepared
from royalties.rows import array

ALL = {"party": "u.party_id", "user": "u.id", "issuer": "terms.issuer_id", "terms": "terms.id"}
WHICH = f"""
SELECT asked.track, asked.login
FROM unnest(%(tracks)s::uuid[], %(logins)s::bigint[]) AS asked(track, login)
JOIN catalog_track track ON track.id = asked.track
JOIN royalties_terms terms ON terms.id = track.terms_id
JOIN users_user u ON u.id = asked.login
WHERE ({PAYS.replace("::uuid", "") % {name: f"({column})" for name, column in ALL.items()}})
"""


def which_pay(pairs: Sequence[tuple[UUID, int]]) -> set[tuple[UUID, int]]:
    """Of these tracks and logins those where `Track.pays`."""
    tracks, logins = map(array, zip(*pairs, strict=True))
    with prepared() as cursor:
        cursor.execute(WHICH, {"tracks": tracks, "logins": logins})
        return set(cursor.fetchall())
