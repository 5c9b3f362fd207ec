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
# A window draws by the million: from one secret for all of them, which no row keeps, as a random
# number each costs more. What is drawn has 32 bytes, for a salt and for a name.
SECRET = "uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())"
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


def drawn(secret: str, terms: str, party: str) -> str:
    """SQL of what a party on a track draws; nobody without the secret can tell it from random."""
    return f"sha256({secret} || uuid_send({terms}) || uuid_send({party}))"


def salt_of(drawn: str) -> str:
    """SQL of the salt in what was drawn."""
    return f"encode(substring({drawn} FROM 1 FOR 16), 'hex')::uuid"


def prefix_of(secret: str, terms: str) -> str:
    """SQL of how all names begin that one secret draws on a track.

    So what a window writes of a track lies together in the index of names as well; names with
    nothing in common were each written to another page. A prefix tells the track, which stands
    beside each name, and nothing else: the next window has another secret.
    """
    return f"left(encode(sha256({secret} || uuid_send({terms})), 'hex'), 4)"


def name_of(prefix: str, drawn: str) -> str:
    """SQL of the name in what was drawn: 48 bits are its own."""
    return f"{prefix} || encode(substring({drawn} FROM 17 FOR 6), 'hex')"


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
