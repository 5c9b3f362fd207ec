"""A song's first plays, free: how many are left, and how many of them one listener may take.

A quote of 0 is a free play set aside for its listener, until it is heard or has ended. Invariant:
`FreePlays.given` is the number of quotes of 0 that are offered, being heard or were, never more
than its artist gives away, and changed in the transaction that changes the quote. A listener counts
together with all who are linked to it.
"""

from collections.abc import Collection
from uuid import UUID

from django.conf import settings

from royalties.invariants.check import Rule
from royalties.prepared import prepared

# logins that count as one with the listener, itself among them
CIRCLE = """
SELECT %(user)s::bigint AS id UNION
SELECT other.id FROM users_user me
JOIN royalties_partylink link ON link.party_id = me.party_id
JOIN users_user other ON other.party_id = link.other_id
WHERE me.id = %(user)s::bigint
"""
# of pricing_freeplays free: whether they have taken all that one may
TAKEN = f"""
%(each)s::int <= (SELECT count(*) FROM (
    SELECT FROM pricing_quote mine
    WHERE mine.track_id = free.track_id AND mine.price_micros = 0
        AND mine.state IN ('offered', 'spent', 'accepted')
        AND mine.listener_id = ANY(ARRAY({CIRCLE}))
    LIMIT %(each)s::int
) taken)
"""
# perhaps joined to nothing: whether one more can be set aside for the listener
OPEN = f"CASE WHEN free.plays IS NULL THEN false ELSE free.plays > free.given AND NOT {TAKEN} END"
RESERVE = f"""
UPDATE pricing_freeplays free SET given = given + 1
WHERE free.track_id = %(track)s AND free.plays > free.given AND NOT {TAKEN}
"""
# those set aside for the listener that no stream has taken up yet
OWN = """
SELECT FROM pricing_quote own WHERE own.track_id = free.track_id AND own.price_micros = 0
    AND own.state = 'offered' AND own.listener_id = %(user)s::bigint
    AND NOT EXISTS (SELECT FROM listening_stream s WHERE s.quote_id = own.id)
"""
# whether the next play is free to the listener
LEFT = f"({OPEN} OR EXISTS ({OWN}))"
FREE = f"SELECT track_id FROM pricing_freeplays free WHERE track_id = ANY(%(ids)s) AND {LEFT}"
# nobody of the circle takes a free play of the song until the transaction ends; in one order
ALONE = f"""
SELECT pg_advisory_xact_lock(hashtextextended(%(track)s::text || '/' || id, 0))
FROM (SELECT id FROM ({CIRCLE}) circle ORDER BY id) one_by_one
"""
COUNTED = Rule(
    "a song has given as many free plays as it counts",
    """
    SELECT format('song %s counts %s free plays and gave %s', free.track_id, free.given, quotes.n)
    FROM pricing_freeplays free CROSS JOIN LATERAL (
        SELECT count(*) AS n FROM pricing_quote WHERE track_id = free.track_id
            AND price_micros = 0 AND state IN ('offered', 'spent', 'accepted')
    ) quotes WHERE quotes.n <> free.given
    """,
)


def told(user_id: int | None) -> dict[str, int | None]:
    """What LEFT and TAKEN are told of the listener; of nobody in particular for a visitor."""
    return {"user": user_id, "each": settings.FREE_PLAYS_A_LISTENER}


def free_now(ids: Collection[UUID], user_id: int | None) -> set[UUID]:
    """Which of these songs' next play is free to this listener; one query."""
    with prepared() as cursor:
        cursor.execute(FREE, {"ids": list(ids), **told(user_id)})
        return {pk for (pk,) in cursor.fetchall()}
