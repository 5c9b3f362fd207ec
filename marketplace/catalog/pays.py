"""Whom songs pay, of those who play them: one as a condition of SQL, many at once."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from royalties.prepared import prepared
from royalties.rows import array

PAYS = """
WITH mine(party_id) AS (
    SELECT %(party)s::uuid UNION ALL SELECT party_id FROM catalog_artist WHERE user_id = %(user)s
    UNION ALL SELECT other_id FROM royalties_partylink WHERE party_id = %(party)s::uuid
)
SELECT EXISTS (SELECT FROM mine WHERE party_id = %(issuer)s)
    OR EXISTS (SELECT FROM mine JOIN royalties_payee p USING (party_id) WHERE terms_id = %(terms)s)
"""
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
