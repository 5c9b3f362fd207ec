"""Sending: planned rows are signed, stored, broadcast, mined and final, each exactly once.

One lane a key, in nonce order. The signed bytes are committed before they are sent, so a process
that dies anywhere leaves bytes that may be sent again without harm. A chain that comes back from
an older state is given the same bytes again, oldest first. A lane is worked on by one process at
a time, under a lease that ends by itself; should a clock run ahead and two work on it, each step
is still taken once.
"""

import logging
from datetime import datetime
from time import monotonic

from django.conf import settings
from django.db import transaction
from django.db.models import BooleanField, ExpressionWrapper, F, Q

from contracts.client import Chain, ChainUnavailable
from royalties import deployments, nonces
from royalties.models import Deployment, OutboxTransaction
from royalties.sending import Sender

MOST_STEPS = 200  # of one lane in one go

Kind = OutboxTransaction.Kind
State = OutboxTransaction.State
IS_MOVE = ExpressionWrapper(Q(kind=Kind.MOVE), BooleanField())

log = logging.getLogger(__name__)


def send(at: datetime, chain: Chain | None = None) -> int:
    """Bring every lane as far as the chain lets it; the number of steps taken.

    Without an answer from the chain nothing happens, and the next call goes on.
    """
    deployment = Deployment.objects.filter(current=True).first()
    if deployment is None:
        return 0
    try:
        chain = chain or deployments.connect()
        if not deployments.stands(deployment, chain, at):
            return 0
        return sum(_work(lane, deployment, chain, at) for lane in deployments.LANES)
    except ChainUnavailable as error:
        log.warning("the chain does not answer, sending waits: %s", error)
        return 0


def _work(lane: str, deployment: Deployment, chain: Chain, at: datetime) -> int:
    rows = OutboxTransaction.objects.filter(lane=lane)
    if not rows.filter(Q(state__in=OutboxTransaction.OPEN) | Q(nonce__isnull=False)).exists():
        return 0
    sender = Sender(lane, deployment, chain, at)
    nonces.rewind(lane, chain, sender.address)
    nonces.fill(lane, chain, sender.address, at)
    if not _claim(lane, at):
        return 0
    deadline = monotonic() + settings.CHAIN_LEASE.total_seconds() / 2
    steps = 0
    try:
        while steps < MOST_STEPS and monotonic() < deadline and _step(lane, sender):
            steps += 1
    finally:
        rows.update(leased_until=None)
    return steps


@transaction.atomic
def _claim(lane: str, at: datetime) -> bool:
    """Lease the lane's open rows; no, if another process has one of them."""
    rows = OutboxTransaction.objects.filter(lane=lane, state__in=OutboxTransaction.OPEN)
    free = rows.filter(Q(leased_until=None) | Q(leased_until__lte=at))
    held = list(free.select_for_update(skip_locked=True).values_list("pk", flat=True))
    if not held or len(held) != rows.count():
        return False
    until = at + settings.CHAIN_LEASE
    rows.filter(pk__in=held).update(leased_until=until, attempts=F("attempts") + 1)
    return True


def _step(lane: str, sender: Sender) -> bool:
    """One step of the lane's first row that can take one; nothing overtakes it, but a move.

    Moves of units are signed before withdrawals, since the next root waits for them; there are
    new ones only after that root, so that withdrawals have their turn. While the vault does not
    take the first of them, none holds up a withdrawal.
    """
    rows = OutboxTransaction.objects.filter(lane=lane, state__in=OutboxTransaction.OPEN)
    moves_wait = False
    for row in rows.order_by(F("nonce").asc(nulls_last=True), IS_MOVE.desc(), "id"):
        is_planned_move = row.kind == Kind.MOVE and row.state == State.PLANNED
        if is_planned_move and moves_wait:
            continue
        if sender.step(row):
            return True
        moves_wait |= is_planned_move
        if row.state != State.MINED and not is_planned_move:
            return False
    return False
