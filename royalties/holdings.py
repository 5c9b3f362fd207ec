"""Holdings: who has how many units, and what they have earned with them so far.

A holding is brought up to date before its units change: `unit_micros` grows by units x (revenue
since `revenue_seen`). So units earned in a window count from the next, and a holding nobody
touches costs nothing, however long it lies. Only under the accrual lock.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.db import connection

from royalties.models import Period


@dataclass(frozen=True)
class UnitChange:
    """Units of one track that a party gains, or gives if below nothing, at the end of a window."""

    terms_id: UUID
    party_id: UUID
    revenue_after_micros: int  # cumulative, with this window
    units: int
    listened_units: int  # of them earned by listening


@dataclass(frozen=True)
class Taken:
    """Revenue of a track's earlier window that this window takes back from who shared it."""

    terms_id: UUID
    window_id: int
    micros: int


# Of many parties at once: these columns as arrays, or a table of theirs.
CHANGES = (
    "unnest(%(terms)s::uuid[], %(party)s::uuid[], %(revenue)s::bigint[],"
    " %(units)s::int[], %(listened)s::int[])"
)
MOVE = """
UPDATE royalties_holding h SET
    unit_micros = h.unit_micros + h.units::numeric * (g.revenue - h.revenue_seen_micros),
    revenue_seen_micros = g.revenue,
    units = h.units + g.units,
    listened_units = h.listened_units + g.listened
FROM {changes} AS g(terms_id, party_id, revenue, units, listened)
WHERE h.terms_id = g.terms_id AND h.party_id = g.party_id
"""
# Nobody else opens one meanwhile, and ON CONFLICT would write each row twice to find out.
OPEN = """
INSERT INTO royalties_holding (terms_id, party_id, units, listened_units,
    revenue_seen_micros, unit_micros, carried, since)
SELECT t.terms_id, t.party_id, t.units, t.listened, t.revenue, 0, 0, %(at)s
FROM {changes} AS t(terms_id, party_id, revenue, units, listened)
WHERE t.units > 0 AND NOT EXISTS (
    SELECT FROM royalties_holding h WHERE h.terms_id = t.terms_id AND h.party_id = t.party_id
)
"""
# Cumulative revenue falls by what is taken back, and with it everybody's, by the units held now.
# Who holds other units than at the start of the window it came from has the difference put right.
PUT_RIGHT = """
UPDATE royalties_holding h SET unit_micros = h.unit_micros + moved.unit_micros
FROM (
    SELECT t.terms_id, side.party_id, sum(t.micros::numeric * side.units) AS unit_micros
    FROM unnest(%s::uuid[], %s::bigint[], %s::bigint[]) AS t(terms_id, window_id, micros)
    JOIN royalties_unitmove m ON m.terms_id = t.terms_id AND m.window_id >= t.window_id
    CROSS JOIN LATERAL (VALUES (m.taker_id, m.units), (m.giver_id, -m.units))
        AS side(party_id, units)
    GROUP BY t.terms_id, side.party_id
) moved
WHERE h.terms_id = moved.terms_id AND h.party_id = moved.party_id
"""
# By where the rows lie, which nobody changes under the lock: found by their key, they were looked
# for as if a period's new holdings were not there yet.
SETTLE = """
WITH settled AS (
    UPDATE royalties_holding h SET
        unit_micros = 0, revenue_seen_micros = s.revenue, carried = mod(s.numerator, 10000000000)
    FROM (
        SELECT held.ctid AS row, t.revenue, held.carried + t.pool_bps * (held.unit_micros
            + held.units::numeric * (t.revenue - held.revenue_seen_micros)) AS numerator
        FROM {tracks} AS t(terms_id, revenue, pool_bps)
        JOIN royalties_holding held ON held.terms_id = t.terms_id
    ) s
    WHERE h.ctid = s.row AND s.numerator > 0
    RETURNING h.terms_id, h.party_id, div(s.numerator, 10000000000)::bigint AS micros, h.carried
)
INSERT INTO royalties_entitlement (period_id, terms_id, party_id, role, amount_micros, carried)
SELECT %(period)s, terms_id, party_id, 'holder', micros, carried FROM settled
"""


def move_units(changes: Sequence[UnitChange], at: datetime) -> None:
    """Give and take units, everybody touched brought up to date first; each party once a track."""
    if not changes:
        return
    columns = attrgetter("terms_id", "party_id", "revenue_after_micros", "units", "listened_units")
    names = ("terms", "party", "revenue", "units", "listened")
    told = dict(zip(names, _columns([columns(one) for one in changes]), strict=True))
    _move(CHANGES, {"at": at, **told})


def move_units_in(table: str, at: datetime) -> None:
    """The same for the rows of a table with the columns of `UnitChange`, in their order."""
    _move(connection.ops.quote_name(table), {"at": at})


def _move(changes: str, told: Mapping[str, Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(MOVE.format(changes=changes), told)
        cursor.execute(OPEN.format(changes=changes), told)


def take_back(taken: Sequence[Taken]) -> None:
    """Take revenue from who held units at the start of the windows it came from.

    Before this window's units move, and with its cumulative revenue lower by as much.
    """
    if taken:
        rows = [(one.terms_id, one.window_id, one.micros) for one in taken]
        with connection.cursor() as cursor:
            cursor.execute(PUT_RIGHT, _columns(rows))


def settle(period: Period, tracks: str) -> None:
    """Turn what holders earned into entitlements: whole micros, the rest carried over 10^10.

    Holders who are owed nothing at all, not even a part of a micro, have none.

    Args:
        tracks: a table of tracks: terms, cumulative revenue, pool bps.
    """
    statement = SETTLE.format(tracks=connection.ops.quote_name(tracks))
    with connection.cursor() as cursor:
        cursor.execute(statement, {"period": period.pk})


def _columns(rows: Sequence[tuple[object, ...]]) -> list[list[object]]:
    return [list(column) for column in zip(*rows, strict=True)]
