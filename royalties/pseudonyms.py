"""Pseudonyms: what a period's bundle calls a party on one track.

Random, one per period, track and party, so that nothing links two of them; given once.
"""

import secrets
from collections.abc import Collection, Iterable
from uuid import UUID

from django.db import connection

from royalties import rows
from royalties.models import Period, Pseudonym

Pair = tuple[UUID, UUID]  # terms, party

# 64 bits of the salt's hash: one random number makes both, and who is shown the salt, which opens
# the commitment, knows the name already.
NAME = "left(encode(sha256(uuid_send({salt})), 'hex'), 16)"
MISSING = f"""
INSERT INTO royalties_pseudonym (period_id, terms_id, party_id, name, salt)
SELECT %(period)s, terms_id, party_id, {NAME.format(salt="salt")}, salt
FROM (
    SELECT wanted.terms_id, wanted.party_id, gen_random_uuid() AS salt
    FROM ({{query}}) wanted WHERE NOT EXISTS (
        SELECT FROM royalties_pseudonym named WHERE named.period_id = %(period)s
            AND named.terms_id = wanted.terms_id AND named.party_id = wanted.party_id
    ) OFFSET 0
) fresh
"""


def ensure(period: Period, pairs: Iterable[Pair]) -> dict[Pair, str]:
    """The pseudonym of each (terms, party), new ones included; in two statements."""
    wanted = set(pairs)
    known = known_of(period, wanted)
    fresh = {pair: secrets.token_hex(8) for pair in sorted(wanted - known.keys())}
    written = rows.insert(
        Pseudonym,
        ("period", "terms", "party", "name"),
        [(period.pk, terms, party, name) for (terms, party), name in fresh.items()],
        ignore_conflicts=True,
    )
    # Fewer written: somebody else named the same pair at the same time.
    return known | (fresh if written == len(fresh) else known_of(period, wanted))


def ensure_in(period: Period, query: str) -> None:
    """Name everybody whom a query gives, as terms_id and party_id; it may ask for the period."""
    with connection.cursor() as cursor:
        cursor.execute(MISSING.format(query=query), {"period": period.pk})


def known_of(period: Period, pairs: Collection[Pair]) -> dict[Pair, str]:
    """The pseudonyms of these that have one; one query."""
    if not pairs:
        return {}
    tracks, parties = ({pair[side] for pair in pairs} for side in (0, 1))
    named = Pseudonym.objects.filter(period=period, terms_id__in=tracks, party_id__in=parties)
    found = named.values_list("terms", "party", "name")
    return {(terms, party): name for terms, party, name in found if (terms, party) in pairs}
