"""A lane's nonces against the chain's: none is lost, none is left out.

Invariant: the nonces from the chain's next one up to the lane's last are each some open row's, so
that nothing waits for a transaction that nobody sends. None is signed while the key has sent more
than the lane did, as under a database that is older than the chain.
"""

import logging
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Exists, Max, Min, OuterRef, Q

from contracts.client import Chain
from royalties.errors import SentElsewhere
from royalties.models import Deployment, OutboxTransaction, Withdrawal

Kind = OutboxTransaction.Kind
State = OutboxTransaction.State

log = logging.getLogger(__name__)


def rewind(lane: str, chain: Chain, address: str) -> None:
    """Take up again what a chain that came back from an older state has lost."""
    mined = chain.nonce(address, "latest")
    ended = [State.MINED, State.FINAL, State.REVERTED]
    lost = OutboxTransaction.objects.filter(lane=lane, state__in=ended, nonce__gte=mined)
    again = {"block_number": None, "block_hash": "", "final_at": None, "cleared_at": None}
    # What a refused one was to send was given back, or is sent by another: never both.
    refused = lost.filter(state=State.REVERTED)
    given_back = ~Q(withdrawal__state=Withdrawal.State.REQUESTED)
    others = OutboxTransaction.objects.filter(kind=Kind.MOVE).exclude(pk=OuterRef("pk"))
    moves = others.filter(unit_withdrawal=OuterRef("unit_withdrawal"))
    moves = moves.exclude(state__in=[State.REVERTED, State.REPLACED])
    over = Q(given_back, kind=Kind.WITHDRAW) | Q(Exists(moves), kind=Kind.MOVE)
    over |= Q(Exists(OutboxTransaction.in_place_of(OuterRef("reference"))))
    refused.filter(over).update(kind=Kind.FILL, to=address, data=b"", state=State.PLANNED, **again)
    count = lost.update(state=State.SIGNED, **again)
    if count:
        log.error("the chain lost %s transactions of the %s: sent again", count, lane)


def fill(lane: str, chain: Chain, address: str, at: datetime) -> None:
    """Plan a transaction that does nothing for each nonce the lane waits for and nobody has.

    So it is after a reorganisation without a transaction that was signed elsewhere.
    """
    waiting = OutboxTransaction.objects.filter(lane=lane, state__in=OutboxTransaction.OPEN)
    lowest = waiting.aggregate(lowest=Min("nonce"))["lowest"]
    if lowest is None:
        return
    for nonce in range(chain.nonce(address, "pending"), lowest):
        log.error("nobody sends nonce %s of the %s: filled", nonce, lane)
        try:
            with transaction.atomic():
                OutboxTransaction.objects.create(
                    lane=lane,
                    kind=Kind.FILL,
                    reference=f"fill/{lane}/{nonce}/{at.timestamp():.0f}",
                    to=address,
                    data=b"",
                    nonce=nonce,
                    created_at=at,
                )
        except IntegrityError:
            return  # another process is at it


def following(deployment: Deployment, lane: str, chain: Chain, address: str) -> int:
    """The nonce of the lane's next transaction; under a lock on the row that gets it.

    Raises:
        SentElsewhere: the key has sent more than the lane did
    """
    rows = OutboxTransaction.objects.filter(lane=lane)
    first, free = _unsent(deployment, lane), chain.nonce(address, "pending")
    if first is not None and free > first:
        raise SentElsewhere(lane, first, free - 1)
    last = rows.exclude(state=State.REPLACED).aggregate(last=Max("nonce"))["last"]
    return free if last is None else max(free, last + 1)


def take_over(deployment: Deployment, lane: str, chain: Chain, address: str, at: datetime) -> int:
    """Let the lane go on after what its key sent elsewhere; how many transactions that were."""
    first, free = _unsent(deployment, lane), chain.nonce(address, "pending")
    if first is None or free <= first:
        return 0
    OutboxTransaction.objects.create(
        lane=lane,
        kind=Kind.FILL,
        reference=f"elsewhere/{lane}/{free - 1}",
        to=address,
        data=b"",
        nonce=free - 1,
        state=State.REPLACED,
        error=f"nonces {first} to {free - 1} were used elsewhere",
        created_at=at,
        final_at=at,
    )
    return free - first


def _unsent(deployment: Deployment, lane: str) -> int | None:
    """The first nonce that the lane has not used yet, as far as is known."""
    rows = OutboxTransaction.objects.filter(lane=lane)
    last: int | None = rows.aggregate(last=Max("nonce"))["last"]
    first: int | None = deployment.first_nonces.get(lane)
    return first if last is None else last + 1
