"""Songs whose first plays are still free, for lists; what a play is asked is told by `quotes`."""

from collections.abc import Collection
from uuid import UUID

from royalties.prepared import prepared

# of pricing_freeplays free, perhaps joined to nothing: whether plays are left to give away
LEFT = """
CASE WHEN free.plays IS NULL THEN false ELSE free.plays > (
    SELECT count(*) FROM pricing_quote given
    WHERE given.track_id = free.track_id AND given.price_micros = 0
        AND given.state IN ('spent', 'accepted')
) END
"""
FREE = f"SELECT track_id FROM pricing_freeplays free WHERE track_id = ANY(%(ids)s) AND {LEFT}"


def free_now(ids: Collection[UUID]) -> set[UUID]:
    """Which of these songs' next play is free to whoever plays it first; one query."""
    with prepared() as cursor:
        cursor.execute(FREE, {"ids": list(ids)})
        return {pk for (pk,) in cursor.fetchall()}
