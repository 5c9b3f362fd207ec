"""Posting to the ledger: one reference, one effect; every entry sums to zero in each asset.

Sign convention: a positive balance is owed to somebody, a negative one says where it lies. A story:

    a listener tops up $5            bank -5, listener +5
    one play at 1 cent is accrued    listener -0.01, collected +0.01
                                     collected -0.01, accrued(artist) +0.0065, pool +0.003, ...
    the period closes                accrued -0.0065, published +0.0065
    its root is active               published -0.0065, settled +0.0065
    the artist claims                settled -0.0065, spendable +0.0065
                                     vault_claimable +0.0065, custody_float -0.0065
    and withdraws it                 spendable -0.0065, withdrawing +0.0065
    which is seen on the chain       withdrawing -0.0065, custody_float +0.0065

PostgreSQL refuses, at commit, an entry that does not sum to zero, and always a change to one.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.db.models import Model, Sum

from royalties.models import Account, Entry, Party, Period, Posting, Terms

MICROS = "micros"
MANY = 1_000  # rows at once
TABLES = ("royalties_posting", "royalties_entry", "royalties_account")
OPEN = """
INSERT INTO royalties_account (kind, party_id, terms_id, asset)
SELECT kind, party_id, terms_id, CASE WHEN kind = ANY(%s) THEN terms_id::text ELSE 'micros' END
FROM unnest(%s::text[], %s::uuid[], %s::uuid[]) AS wanted(kind, party_id, terms_id)
ON CONFLICT (kind, party_id, terms_id) DO NOTHING
"""
# Four joins, as no index serves IS NOT DISTINCT FROM.
FIND = """
WITH wanted AS (
    SELECT * FROM unnest(%s::text[], %s::uuid[], %s::uuid[])
    WITH ORDINALITY AS w(kind, party_id, terms_id, place)
)
""" + " UNION ALL ".join(
    f"SELECT w.place, a.id FROM wanted w JOIN royalties_account a ON a.kind = w.kind"
    f" AND {whose} AND {of_what}"
    for whose in ("a.party_id = w.party_id", "a.party_id IS NULL AND w.party_id IS NULL")
    for of_what in ("a.terms_id = w.terms_id", "a.terms_id IS NULL AND w.terms_id IS NULL")
)

# One statement, so that a post outside a transaction is one round trip. What was posted before
# makes no entry, and its lines join none.
POST = """
WITH made AS (
    INSERT INTO royalties_entry (reference, kind, at, period_id, terms_id)
    SELECT * FROM unnest(%s::text[], %s::text[], %s::timestamptz[], %s::int[], %s::uuid[])
    ON CONFLICT (reference) DO NOTHING RETURNING reference, id
), posted AS (
    INSERT INTO royalties_posting (entry_id, account_id, amount)
    SELECT made.id, line.account_id, line.amount
    FROM unnest(%s::text[], %s::bigint[], %s::bigint[]) AS line(reference, account_id, amount)
    JOIN made USING (reference)
)
SELECT reference, id FROM made
"""


@dataclass(frozen=True)
class AccountKey:
    """Names an account: its kind and whose or which track's it is."""

    kind: str
    party_id: UUID | None = None
    terms_id: UUID | None = None


@dataclass(frozen=True)
class Draft:
    """An entry to be posted: its lines are `(account id, signed amount)`."""

    reference: str
    kind: str
    at: datetime
    lines: Sequence[tuple[int, int]]
    period_number: int | None = None
    terms_id: UUID | None = None


def post(
    reference: str,
    kind: str,
    at: datetime,
    lines: Sequence[tuple[Account, int]],
    period: Period | None = None,
    terms: Terms | None = None,
) -> Entry | None:
    """Post one entry; None, and no effect, where the reference is posted already.

    Lines on one account are added up, and amounts of nothing left out.

    Raises:
        IntegrityError: at commit, if the lines of an asset do not sum to zero.
    """
    named = [(account.pk, amount) for account, amount in lines]
    period_id, terms_id = period.pk if period else None, terms.pk if terms else None
    made = post_many([Draft(reference, kind, at, named, period_id, terms_id)])
    if not made:
        return None
    values = [made[reference], reference, kind, at, period_id, terms_id]
    return Entry.from_db(connection.alias, _attributes(Entry), values)


def post_many(drafts: Sequence[Draft]) -> dict[str, int]:
    """Post entries in one statement; the ids of those that were new, by reference."""
    rows = [
        (draft.reference, account_id, amount)
        for draft in drafts
        for account_id, amount in _added_up(draft.lines).items()
        if amount
    ]
    heads = [(d.reference, d.kind, d.at, d.period_number, d.terms_id) for d in drafts]
    with connection.cursor() as cursor:
        cursor.execute(POST, [*_turned(heads, 5), *_turned(rows, 3)])
        made: dict[str, int] = dict(cursor.fetchall())
        grown(cursor, len(rows))
    return made


def grown(cursor: CursorWrapper, added: int, tables: Sequence[str] = TABLES) -> None:
    """Have statistics made where so many rows have more than doubled the first table at once.

    What follows is planned for the size that is on record. The checks at commit run once a row: by
    plans made for a small ledger they would read all of it each time. A table whose statistics
    another connection makes at the moment is passed by.
    """
    if added < MANY:
        return
    cursor.execute("SELECT reltuples FROM pg_class WHERE oid = %s::regclass", [tables[0]])
    if added > cursor.fetchone()[0]:
        cursor.execute(f"ANALYZE (SKIP_LOCKED) {', '.join(tables)}")


def account(kind: str, party: Party | None = None, terms: Terms | None = None) -> Account:
    """The account of that name, opened if it is new."""
    key = AccountKey(str(kind), party.pk if party else None, terms.pk if terms else None)
    asset = str(key.terms_id) if key.kind in Account.UNIT_KINDS else MICROS
    values = [account_ids([key])[key], key.kind, key.party_id, key.terms_id, asset]
    return Account.from_db(connection.alias, _attributes(Account), values)


def account_ids(keys: Iterable[AccountKey]) -> dict[AccountKey, int]:
    """The ids of accounts, opened where they are new; three statements at most."""
    wanted = list(dict.fromkeys(keys))
    found = _find(wanted)
    missing = [key for key in wanted if key not in found]
    if missing:
        with connection.cursor() as cursor:
            cursor.execute(OPEN, [[str(kind) for kind in Account.UNIT_KINDS], *_columns(missing)])
        found |= _find(missing)
    return found


def balance(kind: str, party: Party | None = None, terms: Terms | None = None) -> int:
    """The sum of an account's postings; nothing where it has none."""
    postings = Posting.objects.filter(account__kind=kind, account__party=party)
    return postings.filter(account__terms=terms).aggregate(total=Sum("amount"))["total"] or 0


def total(kind: str) -> int:
    """The sum of all accounts of a kind."""
    return Posting.objects.filter(account__kind=kind).aggregate(sum=Sum("amount"))["sum"] or 0


def _find(keys: Sequence[AccountKey]) -> dict[AccountKey, int]:
    if len(keys) == 1:  # as for most posts: planned in a third of the time
        return _find_one(keys[0])
    with connection.cursor() as cursor:
        cursor.execute(FIND, _columns(keys))
        return {keys[place - 1]: pk for place, pk in cursor.fetchall()}


def _find_one(key: AccountKey) -> dict[AccountKey, int]:
    whose = "party_id IS NULL" if key.party_id is None else "party_id = %(party_id)s"
    of_what = "terms_id IS NULL" if key.terms_id is None else "terms_id = %(terms_id)s"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id FROM royalties_account WHERE kind = %(kind)s AND {whose} AND {of_what}",
            asdict(key),
        )
        row = cursor.fetchone()
    return {key: row[0]} if row else {}


def _columns(keys: Sequence[AccountKey]) -> list[list[str | UUID | None]]:
    return [
        [str(key.kind) for key in keys],
        [key.party_id for key in keys],
        [key.terms_id for key in keys],
    ]


def _attributes(model: type[Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]


def _turned(rows: Sequence[tuple[object, ...]], width: int) -> list[list[object]]:
    """The columns of rows, which may be none."""
    return [list(column) for column in zip(*rows, strict=True)] or [[]] * width


def _added_up(lines: Sequence[tuple[int, int]]) -> dict[int, int]:
    totals: dict[int, int] = defaultdict(int)
    for account_id, amount in lines:
        totals[account_id] += amount
    return totals
