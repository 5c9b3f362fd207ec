"""Units that leave for a wallet of one's own: frozen when asked for, out of the house at a cut-off.

    asked for          frozen: their holder's still, and entitled, until the next cut-off T
    T                  holder -n, outside +n: from T the house accrues nothing for them
    T's root active    custody moves them, and the chain settles both sides up to T
    final              posted as moved; only then is the next root published

So the chain pays custody for them up to T and the wallet from T on, as the ledger says, exactly.
Each is a transaction that the next root waits for: so many leave at one cut-off, and no more, or
whoever asks for very many would hold up everybody's money.
"""

import logging
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet, Sum

from contracts import client
from royalties import claims, cutoffs, forgotten, locks, parties, purses, wallets
from royalties.chargebacks import reversible_plays
from royalties.cutoffs import Moves
from royalties.errors import NotEnoughUnits, ReferenceTaken, WalletRefused
from royalties.models import (
    ChainEvent,
    Deployment,
    Holding,
    OutboxTransaction,
    Party,
    Period,
    Terms,
    UnitMove,
    UnitWithdrawal,
)

State = UnitWithdrawal.State

log = logging.getLogger(__name__)


def withdrawable(party: Party, at: datetime) -> dict[UUID, int]:
    """Units that may leave now, by terms: held, not frozen, and earned before the cool-off.

    An issuer's units stay: they leave by listening. So do those earned with money that a bank may
    still take back.
    """
    held = Holding.objects.filter(party=party, units__gt=0).exclude(terms__issuer=party)
    cool_off = at - settings.UNITS_COOL_OFF
    lately = UnitMove.objects.filter(
        terms__in=held.values("terms"), taker=party, kind=UnitMove.Kind.EMISSION, at__gt=cool_off
    )
    reversible = reversible_plays(party, at).filter(window__ends_at__lte=cool_off)
    kept: Counter[UUID] = Counter()
    for rows in (lately, reversible, party.unit_withdrawals.filter(state=State.FROZEN)):
        kept.update(dict(rows.values("terms").annotate(n=Sum("units")).values_list("terms", "n")))
    return {
        terms: units - kept[terms]
        for terms, units in held.values_list("terms_id", "units")
        if units > kept[terms]
    }


@transaction.atomic
def request(party: Party, terms: Terms, units: int, key: str, at: datetime) -> UnitWithdrawal:
    """Freeze units, to leave at the next cut-off; the same key again is the same request.

    Raises:
        WalletRefused: no wallet is in use, they are too few, or units of the track are frozen
            already.
        NotEnoughUnits: fewer may leave now.
        ReferenceTaken: the key had another track or number.
    """
    if units <= 0:
        raise ValueError(f"withdraw more than nothing, not {units}")
    purses.locked(party)  # one request of a party at a time
    known = UnitWithdrawal.objects.filter(party=party, key=key).first()
    if known is not None:
        if (known.terms_id, known.units) != (terms.pk, units):
            raise ReferenceTaken(key)
        return known
    wallet = wallets.in_use(party, at)
    if wallet is None:
        raise WalletRefused("address", "Link a wallet of your own first.")
    least = settings.WITHDRAWAL_LEAST_UNITS
    if units < least:
        raise WalletRefused("units", f"At least {least:,} units of a song can leave at once.")
    free = withdrawable(party, at).get(terms.pk, 0)
    if units > free:
        raise NotEnoughUnits(free, units)
    if party.unit_withdrawals.filter(terms=terms, state=State.FROZEN).exists():
        raise WalletRefused("song", "Units of this song leave already: keep those first.")
    return UnitWithdrawal.objects.create(
        party=party, terms=terms, key=key, units=units, address=wallet.address, requested_at=at
    )


def keep(party: Party, pk: int, at: datetime) -> bool:
    """Take a request back before its cut-off."""
    mine = UnitWithdrawal.objects.filter(party=party, pk=pk, state=State.FROZEN)
    return bool(mine.update(state=State.RELEASED, ended_at=at))


@transaction.atomic
def leave(period: Period, at: datetime) -> None:
    """At the period's cut-off: what is frozen is from now on held outside of the house.

    A request whose wallet is no longer in use, or whose units a reversed play has taken back, is
    released.
    """
    locks.take(locks.Lock.ACCRUAL)
    going = _going(at)
    if not going:
        return
    outside, moves = parties.outside().pk, Moves()
    for one in going:
        moves[one.terms_id, one.party_id, outside] += one.units
    cutoffs.move(period, UnitMove.Kind.LEAVE, moves, at)
    UnitWithdrawal.objects.filter(pk__in=[one.pk for one in going]).update(
        state=State.LEFT, period=period
    )


def are_many() -> bool:
    """Whether more requests wait than leave at one cut-off."""
    frozen = UnitWithdrawal.objects.filter(state=State.FROZEN)
    return frozen.count() > settings.UNITS_LEAVE_AT_ONCE


def awaited(period: Period) -> bool:
    """Whether units that left before this period are still on their way to their wallets."""
    left = UnitWithdrawal.objects.filter(state=State.LEFT, period__number__lt=period.number)
    return left.exists()


@transaction.atomic
def plan(at: datetime) -> int:
    """Plan the moves of units whose cut-off's root is active; how many.

    What the chain lost after it was final, and then refused, is planned again.
    """
    ended = [OutboxTransaction.State.REVERTED, OutboxTransaction.State.REPLACED]
    on_their_way = OutboxTransaction.objects.filter(kind=OutboxTransaction.Kind.MOVE)
    planned = on_their_way.exclude(state__in=ended).values("unit_withdrawal")
    left = UnitWithdrawal.objects.filter(state=State.LEFT, period__state=Period.State.ACTIVE)
    due = left.exclude(pk__in=planned).select_related("terms", "period").order_by("pk")
    lost = on_their_way.filter(
        state=OutboxTransaction.State.REVERTED, unit_withdrawal__state=State.MOVED
    ).exclude(unit_withdrawal__in=planned)
    if not due.exists() and not lost.exists():
        return 0
    # One planner at a time, so that two don't move the same units.
    deployment = Deployment.objects.select_for_update().filter(current=True).first()
    if deployment is None:
        return 0
    again = list(lost.order_by("unit_withdrawal", "-pk").distinct("unit_withdrawal"))
    for row in again:
        log.error("%s was moved, then lost by the chain and refused: planned again", row.reference)
        row.plan_again(at)
    return len(again) + (sum(_plan(deployment, at, due.all())) if due.exists() else 0)


def moved(stored: ChainEvent, receiver: str, units: int, at: datetime) -> None:
    """Custody moved units: the request whose transaction this is has them.

    Or, as `withdrawals.sent` does, one for which nothing was signed here.
    """
    left = UnitWithdrawal.objects.filter(state=State.LEFT, address=receiver, units=units)
    signed = OutboxTransaction.objects.filter(signed__hash=stored.tx_hash)
    one = left.filter(transactions__in=signed).first()
    one = one or forgotten.carried_out(left.filter(terms__chain_id=stored.args["track"]))
    if one is None:
        log.error("custody moved %s units to %s that nobody asked for", units, receiver)
        return
    UnitWithdrawal.objects.filter(pk=one.pk).update(
        state=State.MOVED, ended_at=at, tx_hash=stored.tx_hash
    )


def _going(at: datetime) -> list[UnitWithdrawal]:
    """Requests that leave at this cut-off, locked; what can't leave any more is released."""
    frozen = UnitWithdrawal.objects.select_for_update(of=["self"]).filter(state=State.FROZEN)
    requests = list(frozen.select_related("party").order_by("pk"))
    rows = Holding.objects.filter(party__in={one.party_id for one in requests})
    left = {(terms, party): n for terms, party, n in rows.values_list("terms", "party", "units")}
    ready = []
    for one in requests:
        wallet, key = wallets.in_use(one.party, at), (one.terms_id, one.party_id)
        if wallet is None or wallet.address != one.address or one.units > left.get(key, 0):
            keep(one.party, one.pk, at)
            continue
        left[key] -= one.units
        ready.append(one)
    return _in_turn(ready)[: settings.UNITS_LEAVE_AT_ONCE]


def _in_turn(requests: Iterable[UnitWithdrawal]) -> list[UnitWithdrawal]:
    """Everybody's first before anybody's second, the oldest first."""
    before, turns = Counter[UUID](), list[tuple[int, UnitWithdrawal]]()
    for one in requests:
        turns.append((before[one.party_id], one))
        before[one.party_id] += 1
    return [one for _, one in sorted(turns, key=lambda turn: turn[0])]


def _plan(deployment: Deployment, at: datetime, due: QuerySet[UnitWithdrawal]) -> Iterable[int]:
    """A transaction of custody each; a track that the vault does not know is registered first."""
    active = Period.objects.filter(state=Period.State.ACTIVE).latest("epoch")
    plan = claims.Plan(deployment, active, at)
    known = set(ChainEvent.objects.filter(name="Registered").values_list("args__track", flat=True))
    for one in due.filter(period=active):
        if one.terms.chain_id not in known:
            plan.register([one.terms.slot])
            continue
        leaf = plan.leaf(one.terms.slot)
        call = client.sync_and_transfer(deployment.vault, leaf, one.address, one.units)
        attempt = one.transactions.count()
        OutboxTransaction.objects.create(
            lane="custody",
            kind=OutboxTransaction.Kind.MOVE,
            reference=f"move/{one.pk}/{attempt}" if attempt else f"move/{one.pk}",
            after_epoch=active.epoch or 0,
            unit_withdrawal=one,
            slots=[one.terms.slot],
            account=one.address,
            to=call.to,
            data=call.data,
            created_at=at,
        )
        yield 1
