"""A lane's nonces against the chain's: none is lost, none is left out.

Invariant: the nonces from the chain's next one up to the lane's last are each some open row's, so
that nothing waits for a transaction that nobody sends.
"""

import logging
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Exists, Max, Min, OuterRef, Q

from contracts.client import Chain
from royalties.models import OutboxTransaction, Withdrawal

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


def following(lane: str, chain: Chain, address: str) -> int:
    """The nonce of the lane's next transaction; under a lock on the row that gets it."""
    rows = OutboxTransaction.objects.filter(lane=lane).exclude(state=State.REPLACED)
    last = rows.aggregate(last=Max("nonce"))["last"]
    free = chain.nonce(address, "pending")
    return free if last is None else max(free, last + 1)
