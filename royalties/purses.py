"""A listener's purse: what is available and what is held, which never go below nothing.

available + held = postings of the listener's account - plays not yet accrued. Every function locks
the purse or changes it by a conditional update, and does its work once for each reference.
"""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F

from royalties import ledger, links
from royalties.errors import InsufficientFunds, ReferenceTaken, RoyaltiesError
from royalties.models import Account, Entry, Hold, Party, Posting, Purse, TopUp
from royalties.prepared import prepared
from royalties.rows import array

# in one order, so that no two wait for each other
LOCK = """
SELECT party_id, available_micros FROM royalties_purse
WHERE party_id = ANY(%(parties)s::uuid[]) ORDER BY party_id FOR UPDATE
"""
PLACE = """
WITH taken AS (
    UPDATE royalties_purse p SET
        available_micros = p.available_micros - asked.micros,
        held_micros = p.held_micros + asked.micros
    FROM unnest(
        %(references)s::uuid[], %(parties)s::uuid[], %(micros)s::bigint[], %(ats)s::timestamptz[]
    ) AS asked(reference, party_id, micros, at)
    WHERE p.party_id = asked.party_id AND p.available_micros >= asked.micros
        AND NOT EXISTS (SELECT FROM royalties_hold h WHERE h.reference = asked.reference)
    RETURNING asked.reference, asked.party_id, asked.micros, asked.at
)
INSERT INTO royalties_hold (reference, purse_id, amount_micros, state, placed_at)
SELECT reference, party_id, micros, 'open', at FROM taken
RETURNING reference
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


@dataclass(frozen=True)
class Wish:
    """Money to be held: the listener's, so many micros, for the stream of that reference."""

    party_id: UUID
    micros: int
    reference: UUID
    at: datetime


def place_hold(party: Party, micros: int, reference: UUID, at: datetime) -> Hold:
    """Reserve money for one stream; the same reference again returns the hold as it is.

    Raises:
        InsufficientFunds: nothing is written. ReferenceTaken: another amount or party.
    """
    (hold,) = place_holds([Wish(party.pk, micros, reference, at)])
    if isinstance(hold, RoyaltiesError):
        raise hold
    return hold


def place_holds(wishes: Sequence[Wish]) -> list[Hold | RoyaltiesError]:
    """Each as `place_hold` does it, in turn; what it would raise stands in its place."""
    made: dict[int, Hold | RoyaltiesError] = {}
    # no savepoint: nothing is raised in here that leaves something to undo
    with transaction.atomic(savepoint=False):
        for some in rounds([(one.party_id, one.reference) for one in wishes]):
            made |= zip(some, _place([wishes[n] for n in some]), strict=True)
    return [made[n] for n in range(len(wishes))]


def rounds(keys: Iterable[tuple[Hashable, ...]]) -> list[list[int]]:
    """The places of the keys, in order, in as few rounds as it takes that none holds a part twice.

    A statement changes a row once, and sees nothing that it changes.

    >>> rounds([("a", 1), ("b", 2), ("a", 3), ("c", 1), ("b", 3)])
    [[0, 1], [2, 3], [4]]
    """
    made: list[list[int]] = []
    held: set[tuple[int, Hashable]] = set()
    for n, key in enumerate(keys):
        parts = set(enumerate(key))
        if not made or held & parts:
            made.append([])
            held.clear()
        made[-1].append(n)
        held |= parts
    return made


def _place(wishes: Sequence[Wish]) -> list[Hold | RoyaltiesError]:
    """Those of one round: no purse and no reference twice."""
    told = {
        "references": array(one.reference for one in wishes),
        "parties": array(one.party_id for one in wishes),
        "micros": array(one.micros for one in wishes),
        "ats": array(one.at for one in wishes),
    }
    with prepared() as cursor:
        cursor.execute(LOCK, told)
        purses = dict(cursor.fetchall())
        # in a statement of its own, which sees what the lock was waited for
        cursor.execute(PLACE, told)
        placed = {reference for (reference,) in cursor.fetchall()}
    return [
        Hold(
            reference=one.reference,
            purse_id=one.party_id,
            amount_micros=one.micros,
            placed_at=one.at,
        )
        if one.reference in placed
        else _known(one, purses.get(one.party_id, 0))
        for one in wishes
    ]


def _known(wish: Wish, available_micros: int) -> Hold | RoyaltiesError:
    """What stands where no hold was placed."""
    known = Hold.objects.filter(pk=wish.reference).first()
    if known is None:
        return InsufficientFunds(available_micros, wish.micros)
    if (known.purse_id, known.amount_micros) != (wish.party_id, wish.micros):
        return ReferenceTaken(wish.reference)
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
