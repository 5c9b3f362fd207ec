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
    """The pseudonym of each (terms, party), new ones included; two statements."""
    wanted = set(pairs)
    if not wanted:
        return {}
    tracks = {terms_id for terms_id, _ in wanted}
    known = _of(period, tracks)
    missing = sorted(wanted - known.keys())
    rows.insert(
        Pseudonym,
        ("period", "terms", "party", "name"),
        [(period.pk, terms, party, secrets.token_hex(8)) for terms, party in missing],
        ignore_conflicts=True,  # somebody else named the same pair at the same time
    )
    if missing:
        known = _of(period, tracks)
    return {pair: known[pair] for pair in wanted}


def _of(period: Period, tracks: set[UUID]) -> dict[Pair, str]:
    named = Pseudonym.objects.filter(period=period, terms_id__in=tracks)
    return {
        (terms, party): name for terms, party, name in named.values_list("terms", "party", "name")
    }
