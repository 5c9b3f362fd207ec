"""Holdings: who has how many units, and what they have earned with them so far.

A holding is brought up to date before its units change: `unit_micros` grows by units x (revenue
since `revenue_seen`). So units earned in a window count from the next, and a holding nobody
touches costs nothing, however long it lies. Only under the accrual lock.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection


@dataclass(frozen=True)
class Earned:
    """Units of one track that the issuer gives to listeners at the end of a window."""

    terms_id: UUID
    issuer_id: UUID
    revenue_after_micros: int  # cumulative, with this window
    units: Mapping[UUID, int]  # by listener


@dataclass(frozen=True)
class Owed:
    """What a holder is owed by a period from one track, and the numerator it carries on."""

    terms_id: UUID
    party_id: UUID
    amount_micros: int
    carried: int


GIVE = """
UPDATE royalties_holding h SET
    unit_micros = h.unit_micros + h.units::numeric * (g.revenue - h.revenue_seen_micros),
    revenue_seen_micros = g.revenue,
    units = h.units - g.units
FROM unnest(%s::uuid[], %s::uuid[], %s::bigint[], %s::int[])
    AS g(terms_id, party_id, revenue, units)
WHERE h.terms_id = g.terms_id AND h.party_id = g.party_id
"""
TAKE = """
INSERT INTO royalties_holding AS h (terms_id, party_id, units, listened_units,
    revenue_seen_micros, unit_micros, carried, since)
SELECT t.terms_id, t.party_id, t.units, t.units, t.revenue, 0, 0, %s
FROM unnest(%s::uuid[], %s::uuid[], %s::bigint[], %s::int[])
    AS t(terms_id, party_id, revenue, units)
ON CONFLICT (terms_id, party_id) DO UPDATE SET
    unit_micros = h.unit_micros
        + h.units::numeric * (excluded.revenue_seen_micros - h.revenue_seen_micros),
    revenue_seen_micros = excluded.revenue_seen_micros,
    units = h.units + excluded.units,
    listened_units = h.listened_units + excluded.units
"""
SETTLE = """
UPDATE royalties_holding h SET
    unit_micros = 0, revenue_seen_micros = s.revenue, carried = mod(s.numerator, 10000000000)
FROM (
    SELECT held.id, r.revenue, r.pool_bps * (held.unit_micros
        + held.units::numeric * (r.revenue - held.revenue_seen_micros)) + held.carried AS numerator
    FROM royalties_holding held
    JOIN unnest(%s::uuid[], %s::bigint[], %s::int[]) AS r(terms_id, revenue, pool_bps)
        ON r.terms_id = held.terms_id
) s
WHERE h.id = s.id AND s.numerator > 0
RETURNING h.terms_id, h.party_id, div(s.numerator, 10000000000)::bigint, h.carried
"""


def move_units(earned: Sequence[Earned], at: datetime) -> None:
    """Take units from issuers and give them to listeners, both brought up to date first."""
    givers = [
        (e.terms_id, e.issuer_id, e.revenue_after_micros, sum(e.units.values()))
        for e in earned
        if e.units
    ]
    takers = [
        (e.terms_id, listener, e.revenue_after_micros, units)
        for e in earned
        for listener, units in e.units.items()
    ]
    if not takers:
        return
    with connection.cursor() as cursor:
        cursor.execute(GIVE, _columns(givers))
        cursor.execute(TAKE, [at, *_columns(takers)])


def settle(tracks: Sequence[tuple[UUID, int, int]]) -> list[Owed]:
    """Turn what holders earned into whole micros, by track `(terms, cumulative revenue, pool bps)`.

    What is below a micro is carried as a numerator over 10^10. Holders who are owed nothing at
    all, not even a part of a micro, are left out.
    """
    if not tracks:
        return []
    with connection.cursor() as cursor:
        cursor.execute(SETTLE, _columns(tracks))
        return [Owed(*row) for row in cursor.fetchall()]


def _columns(rows: Sequence[tuple[object, ...]]) -> list[list[object]]:
    return [list(column) for column in zip(*rows, strict=True)]
