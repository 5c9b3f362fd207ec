"""A closed period's rows as the lines of its bundle, each file in its one order.

Files with a line for each play or holder are written by PostgreSQL, from its rows to the disk; what
has a line for each track is made here.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from django.db import connection, transaction
from django.db.models import Max, Min
from psycopg import Copy
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGconn

from royalties import forfeit_lines, openings, pseudonyms, reversal_lines, rows
from royalties.errors import RoyaltiesError
from royalties.models import Forfeit, Period, Terms, UnitMove
from royalties.models.plays import taken_in
from royalties.on_chain import on_chain
from royalties.tree import Leaf
from royalties.verify import archive, records
from royalties.verify.bundle import terms_json

# Text is sorted by its bytes, whatever the database's own order is. A commitment, which only the
# holder can open, is the SHA-256 of its salt and its id, 16 bytes each.
OPENING = f"""
SELECT t.slot, held.revenue, named.name,
    encode(sha256(uuid_send(named.salt) || uuid_send(named.party_id)), 'hex'),
    held.units, held.listened, held.carried
FROM ({openings.HOLDERS}) held
JOIN royalties_terms t ON t.id = held.terms_id
LEFT JOIN royalties_pseudonym named ON named.period_id = %(period)s
    AND named.terms_id = held.terms_id AND named.party_id = held.party_id
ORDER BY t.slot, named.name COLLATE "C"
"""
# Sorted before it is put into words, which are three times as long.
PLAYS = """
SELECT reference, number, slot, pseudonym, price_micros,
    to_char(counted_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), earns_units::int, units
FROM (
    SELECT p.reference, w.number, t.slot, p.pseudonym, p.price_micros, p.counted_at, p.earns_units,
        p.units
    FROM royalties_window w
    JOIN royalties_paidplay p ON p.window_id = w.id
    JOIN royalties_terms t ON t.id = p.terms_id
    WHERE w.period_id = %(period)s AND p.window_id BETWEEN %(first)s AND %(last)s
    ORDER BY w.number, t.slot, p.counted_at, p.id OFFSET 0
) sorted
"""
MOVES = """
SELECT w.number, t.slot, giver.name, taker.name, m.units
FROM royalties_window w
JOIN royalties_unitmove m ON m.window_id = w.id
JOIN royalties_terms t ON t.id = m.terms_id
LEFT JOIN royalties_pseudonym giver ON giver.period_id = %(period)s
    AND giver.terms_id = m.terms_id AND giver.party_id = m.giver_id
LEFT JOIN royalties_pseudonym taker ON taker.period_id = %(period)s
    AND taker.terms_id = m.terms_id AND taker.party_id = m.taker_id
WHERE w.period_id = %(period)s AND m.window_id BETWEEN %(first)s AND %(last)s
    AND m.kind NOT IN ('leave', 'arrive')
ORDER BY w.number, t.slot, giver.name COLLATE "C", taker.name COLLATE "C"
"""
# A payee's or the platform's numerator is over 10^4, a holder's over 10^10.
ENTITLEMENTS = """
SELECT slot, role, key, amount_micros, carried FROM (
    SELECT t.slot, e.role, e.amount_micros,
        CASE e.role WHEN 'holder' THEN named.name
            WHEN 'platform' THEN platform.address ELSE payee.address END AS key,
        CASE e.role WHEN 'holder' THEN e.carried
            ELSE mod(leaf.revenue_micros::numeric * CASE e.role
                WHEN 'platform' THEN t.platform_bps ELSE payee.bps END, 10000)::bigint * 1000000
        END AS carried
    FROM royalties_entitlement e
    JOIN royalties_terms t ON t.id = e.terms_id
    JOIN royalties_party platform ON platform.id = t.platform_id
    JOIN royalties_leaf leaf ON leaf.period_id = e.period_id AND leaf.terms_id = e.terms_id
    LEFT JOIN royalties_payee payee ON payee.terms_id = e.terms_id AND payee.party_id = e.party_id
    LEFT JOIN royalties_pseudonym named ON named.period_id = e.period_id
        AND named.terms_id = e.terms_id AND named.party_id = e.party_id
    WHERE e.period_id = %(period)s
) lines
ORDER BY slot, role COLLATE "C", key COLLATE "C"
"""
LINES_AT_ONCE = 4_096  # at most, so that a block is small
COPIED: Mapping[type[records.Line], str] = {
    records.Opening: OPENING,
    records.Play: PLAYS,
    records.Move: MOVES,
    records.Entitlement: ENTITLEMENTS,
}


class LineIncomplete(RoyaltiesError):
    """A line of a bundle lacks a field, as where somebody has no pseudonym; none is left out."""


def members(
    period: Period, leaves: Sequence[Leaf], large: Mapping[str, Path]
) -> dict[str, bytes | Path]:
    """Every file of the bundle but its manifest; the large ones (`copied`) by their names."""
    return {
        "terms.json": archive.to_json(_terms(period)),
        "windows.csv": records.write(records.Window, _windows(period)),
        "leaves.csv": records.write(records.LeafLine, _leaves(period, leaves)),
        **large,
        **reversal_lines.members(period),
        **_leaving(period),
        **forfeit_lines.members(period),
    }


def copied(kind: type[records.Line], period: Period, folder: Path) -> Path:
    """The large file of these lines, written as its query answers.

    Raises:
        LineIncomplete: a field is NULL, which is nothing between two commas, or empty
    """
    path = folder / kind.FILE
    copy = f"COPY ({COPIED[kind]}) TO STDOUT (FORMAT csv)"
    # Told as numbers, not as queries: what is read is planned for its size.
    windows = period.windows.aggregate(first=Min("pk"), last=Max("pk"))
    with path.open("wb") as file, transaction.atomic(), connection.cursor() as cursor:
        file.write(records.write(kind, []))
        cursor.execute(rows.ROOMY)
        with cursor.copy(copy, {"period": period.pk, **windows}) as lines:
            for block in _blocks(lines, cursor.connection.pgconn):
                if _lacks_a_field(block):
                    line = next(filter(_lacks_a_field, block.splitlines(keepends=True)))
                    where = f"{kind.FILE} of period {period.number}"
                    raise LineIncomplete(f"{where}: {line.decode().strip()!r}")
                file.write(block)
    return path


def _blocks(copied: Copy, connected: PGconn) -> Iterator[bytes]:
    """Lines by as many as have come: psycopg reads each by itself, in several times as long."""
    while line := copied.read():  # waits for it
        lines, size = [line], 1
        while size > 0 and len(lines) < LINES_AT_ONCE:
            size, line = connected.get_copy_data(1)
            if size > 0:
                lines.append(line)
        if size < 0:  # it has come to an end, which psycopg has not seen
            _require_whole(connected)
        yield b"".join(lines)
        if size < 0:
            return


def _require_whole(connected: PGconn) -> None:
    """Raises psycopg's Error: the query broke off after these lines."""
    for result in [*iter(connected.get_result, None)]:  # all, or the connection is of no more use
        if result.status != ExecStatus.COMMAND_OK:
            raise error_from_result(result)


def _lacks_a_field(lines: bytes) -> bool:
    return lines.startswith(b",") or any(mark in lines for mark in (b",,", b',""', b",\n", b"\n,"))


def _terms(period: Period) -> list[dict[str, object]]:
    """In slot order the tracks with a leaf, and those that only ever forfeited: nobody whom these
    pay is given anything of it.
    """
    forfeits = Forfeit.objects.filter(period__number__lte=period.number)
    # Together, as each of two sets is looked through for every track once it is too large to hash.
    either = period.leaf_rows.values("terms").union(forfeits.values("terms"))
    told = Terms.objects.filter(pk__in=either)
    return [terms_json(one.slot, one.track, one.terms) for one in on_chain(told.order_by("slot"))]


def _windows(period: Period) -> list[records.Window]:
    return [
        records.Window(
            window.number,
            records.precise_text(window.starts_at),
            records.precise_text(window.ends_at),
        )
        for window in period.windows.order_by("number")
    ]


def _leaving(period: Period) -> dict[str, bytes]:
    """The file of units that left or came back at the cut-off; none where none did."""
    moves = UnitMove.objects.filter(taken_in(period.number), kind__in=UnitMove.AT_CUTOFFS)
    fields = ("terms__slot", "terms_id", "giver_id", "taker_id", "units")
    moved = list(moves.values_list(*fields))
    pairs = {(terms, party) for _, terms, *sides, _ in moved for party in sides}
    names = pseudonyms.known_of(period, pairs)
    lines = [
        records.Leaving(slot, names[terms, giver], names[terms, taker], units)
        for slot, terms, giver, taker, units in moved
    ]
    lines.sort(key=lambda line: (line.slot, line.giver, line.taker))
    return {"leaving.csv": records.write(records.Leaving, lines)} if lines else {}


def _leaves(period: Period, leaves: Sequence[Leaf]) -> list[records.LeafLine]:
    gained = openings.gained(period)
    return [
        records.LeafLine(leaf.slot, leaf.track.hex(), leaf.revenue, gained.get(leaf.slot, 0))
        for leaf in leaves
    ]
