"""Posting to the ledger: one reference, one effect; every entry sums to zero in each asset.

Sign convention: a positive balance is owed to somebody, a negative one says where it lies. A story:

    a listener tops up $5            bank -5, listener +5
    one play at 1 cent is accrued    listener -0.01, accrued(artist) +0.0065, pool +0.003, ...
    the period closes                accrued -0.0065, published +0.0065
    its root is active               published -0.0065, settled +0.0065
    the artist claims                settled -0.0065, spendable +0.0065
                                     vault_claimable +0.0065, custody_float -0.0065

PostgreSQL refuses, at commit, an entry that does not sum to zero, and always a change to one.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Sum

from royalties.models import Account, Entry, Party, Period, Posting, Terms

MICROS = "micros"


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
    draft = Draft(
        reference,
        kind,
        at,
        [(account.pk, amount) for account, amount in lines],
        period.pk if period else None,
        terms.pk if terms else None,
    )
    made = post_many([draft])
    return Entry.objects.get(pk=made[reference]) if made else None


@transaction.atomic
def post_many(drafts: Sequence[Draft]) -> dict[str, int]:
    """Post entries in three statements; the ids of those that were new, by reference."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO royalties_entry (reference, kind, at, period_id, terms_id)"
            " SELECT * FROM"
            " unnest(%s::text[], %s::text[], %s::timestamptz[], %s::int[], %s::uuid[])"
            " ON CONFLICT (reference) DO NOTHING RETURNING reference, id",
            [
                [d.reference for d in drafts],
                [d.kind for d in drafts],
                [d.at for d in drafts],
                [d.period_number for d in drafts],
                [d.terms_id for d in drafts],
            ],
        )
        made: dict[str, int] = dict(cursor.fetchall())
        rows = [
            (made[draft.reference], account_id, amount)
            for draft in drafts
            if draft.reference in made
            for account_id, amount in _added_up(draft.lines).items()
            if amount
        ]
        cursor.execute(
            "INSERT INTO royalties_posting (entry_id, account_id, amount)"
            " SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[])",
            [list(column) for column in zip(*rows, strict=True)] if rows else [[], [], []],
        )
    return made


def account(kind: str, party: Party | None = None, terms: Terms | None = None) -> Account:
    """The account of that name, opened if it is new."""
    key = AccountKey(kind, party.pk if party else None, terms.pk if terms else None)
    return Account.objects.get(pk=account_ids([key])[key])


def account_ids(keys: Iterable[AccountKey]) -> dict[AccountKey, int]:
    """The ids of accounts, opened where they are new; two statements whatever their number."""
    wanted = list(dict.fromkeys(keys))
    columns: list[list[str | UUID | None]] = [
        [str(key.kind) for key in wanted],
        [key.party_id for key in wanted],
        [key.terms_id for key in wanted],
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO royalties_account (kind, party_id, terms_id, asset)"
            " SELECT kind, party_id, terms_id,"
            " CASE WHEN kind = ANY(%s) THEN terms_id::text ELSE %s END"
            " FROM unnest(%s::text[], %s::uuid[], %s::uuid[]) AS wanted(kind, party_id, terms_id)"
            " ON CONFLICT (kind, party_id, terms_id) DO NOTHING",
            [[str(kind) for kind in Account.UNIT_KINDS], MICROS, *columns],
        )
        cursor.execute(
            "SELECT wanted.place, a.id FROM unnest(%s::text[], %s::uuid[], %s::uuid[])"
            " WITH ORDINALITY AS wanted(kind, party_id, terms_id, place)"
            " JOIN royalties_account a ON a.kind = wanted.kind"
            " AND a.party_id IS NOT DISTINCT FROM wanted.party_id"
            " AND a.terms_id IS NOT DISTINCT FROM wanted.terms_id",
            columns,
        )
        return {wanted[place - 1]: pk for place, pk in cursor.fetchall()}


def balance(kind: str, party: Party | None = None, terms: Terms | None = None) -> int:
    """The sum of an account's postings; nothing where it has none."""
    postings = Posting.objects.filter(account__kind=kind, account__party=party)
    return postings.filter(account__terms=terms).aggregate(total=Sum("amount"))["total"] or 0


def _added_up(lines: Sequence[tuple[int, int]]) -> dict[int, int]:
    totals: dict[int, int] = defaultdict(int)
    for account_id, amount in lines:
        totals[account_id] += amount
    return totals
