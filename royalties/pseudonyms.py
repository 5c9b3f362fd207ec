"""Pseudonyms: what a period's bundle calls a party on one track.

Random, one per period, track and party, so that nothing links two of them; given once.
"""

import secrets
from collections.abc import Iterable
from uuid import UUID

from royalties import rows
from royalties.models import Period, Pseudonym

Pair = tuple[UUID, UUID]  # terms, party


def ensure(period: Period, pairs: Iterable[Pair]) -> dict[Pair, str]:
    """The pseudonym of each (terms, party), new ones included; in two statements."""
    wanted = set(pairs)
    if not wanted:
        return {}
    tracks = {terms_id for terms_id, _ in wanted}
    known = _of(period, tracks)
    fresh = {pair: secrets.token_hex(8) for pair in sorted(wanted - known.keys())}
    written = rows.insert(
        Pseudonym,
        ("period", "terms", "party", "name"),
        [(period.pk, terms, party, name) for (terms, party), name in fresh.items()],
        ignore_conflicts=True,
    )
    # Fewer written: somebody else named the same pair at the same time.
    known |= fresh if written == len(fresh) else _of(period, tracks)
    return {pair: known[pair] for pair in wanted}


def _of(period: Period, tracks: set[UUID]) -> dict[Pair, str]:
    named = Pseudonym.objects.filter(period=period, terms_id__in=tracks)
    return {
        (terms, party): name for terms, party, name in named.values_list("terms", "party", "name")
    }
