"""Units that come back from wallets: custody holds them at once, a holder from a cut-off on.

    a block       custody has them; the wallet is paid by the chain up to the active root, custody
                  from there on
    next cut-off  outside -n, their holder +n; what custody is paid for them up to it is worked out
    its root      once active, that is settled for their holder, and claimed like a holder's part

The track's last sync says up to where the wallet was paid: the vault moves no units before it. Of
that pay less than a micro stays with the wallets, as the numerator they carry on.
"""

import logging
from collections import Counter, defaultdict
from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from royalties import cutoffs, locks, money, parties
from royalties.cutoffs import Moves
from royalties.ledger import AccountKey
from royalties.models import (
    Account,
    ChainEvent,
    LinkedWallet,
    Party,
    Period,
    Terms,
    UnitDeposit,
    UnitMove,
)

log = logging.getLogger(__name__)


def arrived(stored: ChainEvent, at: datetime) -> UnitDeposit:
    """Units came to custody: whoever proved last that the wallet is theirs has them."""
    locks.take(locks.Lock.WALLET)
    track, sender = stored.args["track"], stored.args["sender"]
    # One root is active throughout a block: whatever synced the track in this one says the same.
    syncs = ChainEvent.objects.filter(
        name="Synced", args__track=track, block_number__lte=stored.block_number
    )
    proved = LinkedWallet.objects.filter(address=sender, party__departed_at=None)
    owner = proved.order_by("-linked_at").first()
    if owner is None:
        log.warning("units of %s came from %s, which nobody has linked", track, sender)
    return UnitDeposit.objects.create(
        event=stored,
        terms=Terms.objects.get(chain_id=track),
        address=sender,
        party=owner.party if owner else None,
        units=stored.args["amount"],
        paid_up_to_micros=syncs.latest("pk").args["revenue"],
        arrived_at=at,
    )


def linked(party: Party, address: str) -> None:
    """The wallet is proved to be the party's: what came from it and waited for that is theirs.

    In the transaction that links it: under the lock units arrive before that, or after it.
    """
    locks.take(locks.Lock.WALLET)
    UnitDeposit.objects.filter(address=address, party=None).update(party=party)


def leave(party: Party) -> None:
    """Its wallets are nobody's now: what came from them and has not entered waits for others."""
    locks.take(locks.Lock.WALLET)
    UnitDeposit.objects.filter(party=party, period=None).update(party=None)


def enter(period: Period, at: datetime) -> None:
    """At the period's cut-off: what came back is from now on its holders'."""
    come = UnitDeposit.objects.select_for_update(of=["self"]).filter(period=None)
    deposits = list(come.exclude(party=None).select_related("terms").order_by("pk"))
    if not deposits:
        return
    outside, moves = parties.outside().pk, Moves()
    revenue = cutoffs.revenue_of({one.terms_id for one in deposits})
    for one in deposits:
        assert one.party_id is not None
        moves[one.terms_id, outside, one.party_id] += one.units
        gained = revenue[one.terms_id] - one.paid_up_to_micros
        one.period = period
        one.micros = one.units * one.terms.pool_bps * gained // money.ENTITLEMENT_SCALE
    cutoffs.move(period, UnitMove.Kind.ARRIVE, moves, at)
    UnitDeposit.objects.bulk_update(deposits, ["period", "micros"])


def settled(period: Period) -> dict[Terms, Counter[AccountKey]]:
    """What becomes their holders' of the wallets' money, by track, as the period is active."""
    lines: dict[Terms, Counter[AccountKey]] = defaultdict(Counter)
    for one in period.unit_deposits.filter(micros__gt=0).select_related("terms"):
        micros = one.micros or 0
        lines[one.terms][AccountKey(Account.Kind.SETTLED, parties.outside().pk)] -= micros
        lines[one.terms][AccountKey(Account.Kind.SETTLED, one.party_id)] += micros
    return lines


def claimed(terms: Terms, epoch: int, at: datetime) -> Counter[UUID]:
    """What custody's claim of a track under this epoch brings holders for them, micros by party."""
    due = UnitDeposit.objects.filter(terms=terms, claimed_at=None, period__epoch__lte=epoch)
    paid: Counter[UUID] = Counter()
    for party, micros in due.values_list("party", "micros"):
        paid[party] += micros or 0
    due.update(claimed_at=at)
    return paid


def claimable(party: Party) -> Collection[int]:
    """Slots of tracks for whose deposits the party is owed settled money."""
    owed = UnitDeposit.objects.filter(
        party=party, claimed_at=None, micros__gt=0, period__state=Period.State.ACTIVE
    )
    return set(owed.values_list("terms__slot", flat=True))
