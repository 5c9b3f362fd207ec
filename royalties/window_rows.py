"""The rows a window writes for listeners: by the million in one window, so in SQL alone.

What each listener of each track paid, earned and gives back stands in `accrual_listener`, who gains
or gives how many units in `accrual_units`: tables of the transaction's own, made of `accrual_play`
(see `due`) and of what is reversed and released. Everything is written from these two.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from django.db import connection

from royalties import ledger, pseudonyms
from royalties.errors import RoyaltiesError
from royalties.ledger import AccountKey
from royalties.models import Account, Window
from royalties.reversed_plays import Change
from royalties.shares import Share

COLLECTED = AccountKey(Account.Kind.COLLECTED)
TABLES = ("accrual_play", "accrual_listener", "accrual_units")
WRITTEN = (
    "royalties_pseudonym",
    "royalties_unitmove",
    "royalties_paidplay (window_id)",
    "royalties_waitingplay",
)
# In the order of the indexes of what is written from it; plays lie so already, and sorting what is
# sorted takes less than a table of hashes. Who has no name here has what is changed of earlier
# ones.
LISTENERS = f"""
CREATE TEMPORARY TABLE accrual_listener ON COMMIT DROP AS
SELECT paid.terms_id, paid.listener_id, paid.micros, paid.given, paid.returned, paid.salt,
    coalesce(paid.name, named.name, {pseudonyms.NAME.format(salt="paid.salt")}) AS name,
    paid.is_new AND named.name IS NULL AS is_new
FROM (
    SELECT terms_id, listener_id, sum(micros)::bigint AS micros, sum(given)::int AS given,
        sum(returned)::int AS returned, any_value(name) AS name,
        bool_and(name IS NULL OR salt IS NOT NULL) AS is_new,
        coalesce(any_value(salt), gen_random_uuid()) AS salt
    FROM (
        SELECT terms_id, listener_id, price_micros AS micros, units AS given, 0 AS returned,
            name, salt
        FROM accrual_play
        UNION ALL SELECT *, NULL, NULL FROM unnest(%(terms)s::uuid[], %(listener)s::uuid[],
            %(micros)s::bigint[], %(given)s::int[], %(returned)s::int[])
        ORDER BY terms_id, listener_id OFFSET 0
    ) plays GROUP BY terms_id, listener_id
) paid
LEFT JOIN royalties_pseudonym named ON paid.name IS NULL AND named.period_id = %(period)s
    AND named.terms_id = paid.terms_id AND named.party_id = paid.listener_id
ORDER BY paid.terms_id, paid.listener_id
"""
# A party once a track: an issuer gives what all others gain, whatever it heard itself.
UNITS = """
CREATE TEMPORARY TABLE accrual_units ON COMMIT DROP AS
WITH moved AS (
    SELECT l.terms_id, l.listener_id, l.given - l.returned AS units, t.issuer_id,
        made.cumulative_micros AS revenue
    FROM accrual_listener l
    JOIN royalties_terms t ON t.id = l.terms_id
    JOIN royalties_trackwindow made ON made.terms_id = l.terms_id AND made.window_id = %(window)s
    WHERE l.given > 0 OR l.returned > 0
)
SELECT terms_id, listener_id AS party_id, revenue, units, units AS listened
FROM moved WHERE listener_id <> issuer_id
UNION ALL
SELECT terms_id, issuer_id, revenue,
    -coalesce(sum(units) FILTER (WHERE listener_id <> issuer_id), 0)::int,
    coalesce(sum(units) FILTER (WHERE listener_id = issuer_id), 0)::int
FROM moved GROUP BY terms_id, issuer_id, revenue
"""
MOVES = """
INSERT INTO royalties_unitmove (window_id, terms_id, kind, giver_id, taker_id, units, at)
SELECT %(window)s, l.terms_id, 'emission', t.issuer_id, l.listener_id, l.given, %(at)s
FROM accrual_listener l JOIN royalties_terms t ON t.id = l.terms_id WHERE l.given > 0
UNION ALL
SELECT %(window)s, l.terms_id, 'return', l.listener_id, t.issuer_id, l.returned, %(at)s
FROM accrual_listener l JOIN royalties_terms t ON t.id = l.terms_id WHERE l.returned > 0
"""
ACCOUNTS = """
INSERT INTO royalties_account (kind, party_id, terms_id, asset)
SELECT 'listener', l.listener_id, NULL::uuid, 'micros'
FROM (SELECT DISTINCT listener_id FROM accrual_listener) l WHERE NOT EXISTS (
    SELECT FROM royalties_account a
    WHERE a.kind = 'listener' AND a.party_id = l.listener_id AND a.terms_id IS NULL
)
ON CONFLICT (kind, party_id, terms_id) DO NOTHING
"""
# A line for each listener, not for each song that one heard: those are the plays.
COLLECT = """
WITH paid AS (
    SELECT listener_id, sum(micros)::bigint AS micros FROM accrual_listener GROUP BY listener_id
), made AS (
    INSERT INTO royalties_entry (reference, kind, at, period_id)
    SELECT %(reference)s, 'collection', %(at)s, %(period)s
    WHERE EXISTS (SELECT FROM paid WHERE micros <> 0)
    RETURNING id
)
INSERT INTO royalties_posting (entry_id, account_id, amount)
SELECT made.id, line.account_id, line.amount
FROM made CROSS JOIN (
    SELECT a.id AS account_id, -paid.micros AS amount FROM paid JOIN royalties_account a
        ON a.kind = 'listener' AND a.party_id = paid.listener_id AND a.terms_id IS NULL
    UNION ALL SELECT %(collected)s, sum(micros)::bigint FROM paid
) line WHERE line.amount <> 0
"""
NAMES = """
INSERT INTO royalties_pseudonym (period_id, terms_id, party_id, name, salt)
SELECT %(period)s, terms_id, listener_id, name, salt FROM accrual_listener WHERE is_new
"""
# Who gives or takes back what others gain or return, to be named beside them.
ISSUERS = """
SELECT u.terms_id, u.party_id FROM accrual_units u
JOIN royalties_terms t ON t.id = u.terms_id AND t.issuer_id = u.party_id
"""
# In the order in which the plays lie on the disk, which may be more than memory holds.
MARK = """
UPDATE royalties_paidplay p SET window_id = %(window)s, units = mine.units, pseudonym = mine.name
FROM (SELECT id, units, name FROM accrual_play ORDER BY id) mine
WHERE p.id = mine.id AND p.window_id IS NULL
"""
TAKEN = "DELETE FROM royalties_waitingplay waits USING accrual_play a WHERE waits.play_id = a.id"


def gather(window: Window, plays: int, changes: Mapping[UUID, Change]) -> None:
    """Make the two tables of so many plays, after the window's rows of tracks are written."""
    many = plays >= ledger.MANY
    columns = ("terms", "listener", "micros", "given", "returned")
    rows = list(_changed(changes))
    told = {name: [row[place] for row in rows] for place, name in enumerate(columns)}
    with connection.cursor() as cursor:
        if many:  # what joins them is planned for their size
            cursor.execute("ANALYZE accrual_play")
        cursor.execute(LISTENERS, {"period": window.period_id, **told})
        if many:
            cursor.execute("ANALYZE accrual_listener")
        cursor.execute(UNITS, {"window": window.pk})
        if many:
            cursor.execute("ANALYZE accrual_units")


def write_moves(window: Window) -> None:
    """Issuers give what listeners earn; listeners give back what reversed plays had earned."""
    _execute(MOVES, {"window": window.pk, "at": window.ends_at})


def collect(window: Window, share: Share) -> None:
    """Post what each listener pays for the share's tracks together, in one entry."""
    told: dict[str, Any] = {
        "reference": f"w/{window.period_id}/{window.number}/listeners/{share.name}",
        "at": window.ends_at,
        "period": window.period_id,
        "collected": ledger.account_ids([COLLECTED])[COLLECTED],
    }
    opened = _execute(ACCOUNTS, {})
    with connection.cursor() as cursor:
        if opened >= ledger.MANY:  # or they would be looked for as if there were few
            cursor.execute("ANALYZE royalties_account")
        cursor.execute(COLLECT, told)
        ledger.grown(cursor, cursor.rowcount)


def mark(window: Window, plays: int) -> None:
    """Set window, units and pseudonym of exactly the plays that were posted.

    Raises:
        RoyaltiesError: they are not so many, as some were accrued meanwhile
    """
    _execute(NAMES, {"period": window.period_id})
    pseudonyms.ensure_in(window.period, ISSUERS)
    missed = plays - min(_execute(MARK, {"window": window.pk}), _execute(TAKEN, {}))
    if missed:
        raise RoyaltiesError(f"{missed} plays were accrued twice")
    with connection.cursor() as cursor:
        ledger.grown(cursor, plays, WRITTEN)


def drop() -> None:
    """Another window may be made in the same transaction."""
    _execute(f"DROP TABLE {', '.join(TABLES)}", {})


def _changed(changes: Mapping[UUID, Change]) -> Iterator[tuple[UUID, UUID, int, int, int]]:
    """What each reversed and released play changes: track, listener, micros, units both ways.

    The money of a play under a fraud hold is not given back, so a release takes none.
    """
    for terms, change in changes.items():
        for one in change.reversed:
            back = change.returned[one.reversal_id]
            yield terms, one.listener_id, 0 if one.frozen else -one.price_micros, 0, back
        for one in change.released:
            again = change.units_again[one.reversal_id]
            yield terms, one.listener_id, 0, again, 0


def _execute(statement: str, told: Mapping[str, Any]) -> int:
    """Rows written."""
    with connection.cursor() as cursor:
        cursor.execute(statement, told)
        return int(cursor.rowcount)
