"""A listener's purse: what is available and what is held, which never go below nothing.

available + held = postings of the listener's account - plays not yet accrued. Every function locks
the purse or changes it by a conditional update, and does its work once for each reference.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F

from royalties import ledger, links
from royalties.errors import InsufficientFunds, ReferenceTaken
from royalties.models import Account, Entry, Hold, Party, Posting, Purse, TopUp
from royalties.prepared import prepared

LOCK = "SELECT available_micros FROM royalties_purse WHERE party_id = %s FOR UPDATE"
PLACE = """
WITH taken AS (
    UPDATE royalties_purse SET
        available_micros = available_micros - %(micros)s,
        held_micros = held_micros + %(micros)s
    WHERE party_id = %(party)s AND available_micros >= %(micros)s
        AND NOT EXISTS (SELECT FROM royalties_hold WHERE reference = %(reference)s)
    RETURNING party_id
)
INSERT INTO royalties_hold (reference, purse_id, amount_micros, state, placed_at)
SELECT %(reference)s::uuid, party_id, %(micros)s::bigint, 'open', %(at)s::timestamptz FROM taken
"""
# The update takes the hold's row: of a capture and a release at once only one finds it open.
RELEASE = """
WITH released AS (
    UPDATE royalties_hold SET state = 'released', ended_at = %(at)s
    WHERE reference = %(reference)s AND state = 'open'
    RETURNING purse_id, amount_micros
)
UPDATE royalties_purse p SET
    available_micros = p.available_micros + r.amount_micros,
    held_micros = p.held_micros - r.amount_micros
FROM released r WHERE p.party_id = r.purse_id
"""


def available(party: Party) -> int:
    """Micros the party can spend on plays now."""
    found = Purse.objects.filter(party=party).values_list("available_micros", flat=True).first()
    return found or 0


def held(party: Party) -> int:
    """Micros reserved for plays that are being heard."""
    found = Purse.objects.filter(party=party).values_list("held_micros", flat=True).first()
    return found or 0


@transaction.atomic
def deposit(
    party: Party,
    micros: int,
    reference: str,
    at: datetime,
    reversible_until: datetime | None = None,
    source: str = "",
) -> None:
    """Money arrived at the bank for a listener; the same reference twice has one effect.

    Until `reversible_until` its payer's bank may take it back (`chargebacks`). `source` is what the
    payment provider calls the card or bank account: whoever tops up from the same one is linked.

    Raises:
        ReferenceTaken: it stands for another amount or party.
    """
    if micros <= 0:
        raise ValueError(f"a deposit is more than nothing, not {micros}")
    bank = ledger.account(Account.Kind.BANK)
    entry = _credit(party, micros, f"deposit/{reference}", "deposit", bank, at)
    if entry is not None and source:
        links.by_source(party, source, at)
    if entry is not None and reversible_until is not None:
        TopUp.objects.create(
            entry=entry, party=party, micros=micros, at=at, reversible_until=reversible_until
        )


@transaction.atomic
def spend_earnings(
    party: Party, micros: int, reference: str, at: datetime, listener: Party | None = None
) -> None:
    """Move a party's claimed earnings into a purse, its own or the `listener`'s behind it.

    Raises:
        InsufficientFunds: less than that is spendable. ReferenceTaken: as for `deposit`.
    """
    if micros <= 0:
        raise ValueError(f"spend more than nothing, not {micros}")
    locked(party)  # one mover of a party's earnings at a time
    full = f"earnings/{reference}"
    spendable = ledger.balance(Account.Kind.SPENDABLE, party)
    if spendable < micros and not Entry.objects.filter(reference=full).exists():
        raise InsufficientFunds(spendable, micros)
    source = ledger.account(Account.Kind.SPENDABLE, party)
    _credit(listener or party, micros, full, "earnings spent", source, at)
    if listener is not None:
        links.link(party, [listener.pk], links.Why.EARNINGS, at)


def place_hold(party: Party, micros: int, reference: UUID, at: datetime) -> Hold:
    """Reserve money for one stream; the same reference again returns the hold as it is.

    Raises:
        InsufficientFunds: nothing is written. ReferenceTaken: another amount or party.
    """
    told: dict[str, Any] = {"party": party.pk, "micros": micros, "reference": reference, "at": at}
    placed = False
    # no savepoint: nothing is raised in here that leaves something to undo
    with transaction.atomic(savepoint=False), prepared() as cursor:
        cursor.execute(LOCK, [party.pk])
        purse = cursor.fetchone()
        # in a statement of its own, which sees what the lock was waited for
        if purse is not None:
            cursor.execute(PLACE, told)
            placed = bool(cursor.rowcount)
    if placed:
        return Hold(reference=reference, purse_id=party.pk, amount_micros=micros, placed_at=at)
    known = Hold.objects.filter(pk=reference).first()
    if known is None:
        raise InsufficientFunds(purse[0] if purse else 0, micros)
    if (known.purse_id, known.amount_micros) != (party.pk, micros):
        raise ReferenceTaken(reference)
    return known


def release_hold(reference: UUID, at: datetime) -> bool:
    """Give reserved money back; False, and no effect, where it is captured, released or unknown."""
    with prepared() as cursor:
        cursor.execute(RELEASE, {"reference": reference, "at": at})
        return bool(cursor.rowcount)


def _credit(
    party: Party, micros: int, reference: str, kind: str, source: Account, at: datetime
) -> Entry | None:
    """Post `micros` from `source` to the listener and make them available, once."""
    target = ledger.account(Account.Kind.LISTENER, party)
    entry = ledger.post(reference, kind, at, [(source, -micros), (target, micros)])
    if entry is not None:
        locked(party)
        Purse.objects.filter(pk=party.pk).update(available_micros=F("available_micros") + micros)
    elif not Posting.objects.filter(
        entry__reference=reference, account=target, amount=micros
    ).exists():
        raise ReferenceTaken(reference)
    return entry


def locked(party: Party) -> Purse:
    """The party's purse, locked until the transaction ends; made the first time.

    Whoever moves a party's earnings holds it: their balance is a sum of postings.
    """
    mine = Purse.objects.select_for_update().filter(pk=party.pk)
    found = mine.first()
    if found is not None:
        return found
    Purse.objects.bulk_create([Purse(party=party)], ignore_conflicts=True)
    return mine.get()
