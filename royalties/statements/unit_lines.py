"""Units of a track that changed hands, as entries beside those of its money.

The ledger has one account for a track's units in the house, so that what moves within it is told
by the moves themselves; each has who gave and who took, so that its lines sum to zero.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from royalties.models import Account, Terms

# A line for whoever may be named, and one for all others of a side. By the letter of references:
# u, in a window; l and i, units that left for wallets or came back, at the period's cut-off.
LINES = """
SELECT CASE m.kind WHEN 'leave' THEN format('l/%%s/%%s', w.period_id, t.slot)
        WHEN 'arrive' THEN format('i/%%s/%%s', w.period_id, t.slot)
        ELSE format('u/%%s/%%s/%%s', w.period_id, w.number, t.slot) END AS reference,
    CASE m.kind WHEN 'leave' THEN 'units left' WHEN 'arrive' THEN 'units came back'
        ELSE 'emission' END AS kind,
    max(m.at), coalesce(named.name, '') AS name, count(DISTINCT side.party_id),
    sum(side.units)::bigint AS units
FROM royalties_window w
JOIN royalties_unitmove m ON m.window_id = w.id AND m.terms_id = %(terms)s
JOIN royalties_terms t ON t.id = m.terms_id
CROSS JOIN LATERAL (VALUES (m.giver_id, -m.units), (m.taker_id, m.units)) AS side(party_id, units)
LEFT JOIN royalties_party named ON named.id = side.party_id
    AND (named.id = ANY(%(insiders)s) OR named.kind = 'outside')
WHERE w.period_id = %(period)s AND (%(window)s::bigint IS NULL
    OR w.id = %(window)s::bigint AND m.kind NOT IN ('leave', 'arrive'))
GROUP BY 1, 2, 4 HAVING sum(side.units) <> 0
ORDER BY 1, units, name
"""
KINDS = ("emission", "units left", "units came back")


@dataclass(frozen=True)
class PostingLine:
    """One account, or one kind of account of several people; an amount in micros or units."""

    account: str  # its kind, in words
    name: str  # of a payee, the platform or the issuer; empty for listeners, fans and the track
    people: int
    amount: int
    in_units: bool


@dataclass(frozen=True)
class EntryLine:
    """One entry; its lines of one asset sum to zero."""

    reference: str
    kind: str
    at: datetime
    lines: Sequence[PostingLine]


def unit_entries(
    terms: Terms, insiders: Sequence[UUID], period: int, window: int | None = None
) -> dict[str, EntryLine]:
    """By reference, the moves of a track's units in a period, or in one of its windows."""
    told: dict[str, Any] = {"terms": terms.pk, "insiders": list(insiders)}
    told |= {"period": period, "window": window}
    found: dict[str, EntryLine] = {}
    with connection.cursor() as cursor:
        cursor.execute(LINES, told)
        for reference, kind, at, name, people, units in cursor.fetchall():
            before = found[reference].lines if reference in found else []
            line = PostingLine(Account.Kind.UNITS.label, name, people, units, True)
            found[reference] = EntryLine(reference, kind, at, [*before, line])
    return found
