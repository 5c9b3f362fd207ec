"""Sending: planned rows are signed, stored, broadcast, mined and final, each exactly once.

One lane a key, in nonce order. The signed bytes are committed before they are sent, so a process
that dies anywhere leaves bytes that may be sent again without harm. A chain that comes back from
an older state is given the same bytes again, oldest first. A lane is worked on by one process at
a time, under a lease that ends by itself.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Max, Q

from contracts import client
from contracts.client import Call, Chain, ChainError, ChainUnavailable, Reverted, Vault
from royalties import deployments, keys
from royalties.models import Deployment, OutboxTransaction

LANES = ("publisher", "guardian", "keeper")
LEASE = timedelta(seconds=30)
MOST_STEPS = 200  # of one lane in one go
GAS_MARGIN = 1.25

State = OutboxTransaction.State
OPEN = (State.PLANNED, State.SIGNED, State.BROADCAST, State.MINED)

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
        return sum(_Lane(lane, deployment, chain, at).work() for lane in LANES)
    except ChainUnavailable as error:
        log.warning("the chain does not answer, sending waits: %s", error)
        return 0


def in_flight() -> list[OutboxTransaction]:
    """What is on its way, oldest first."""
    return list(OutboxTransaction.objects.filter(state__in=OPEN).order_by("id"))


class _Lane:
    """One key's transactions, while this process holds their lease."""

    def __init__(self, name: str, deployment: Deployment, chain: Chain, at: datetime) -> None:
        self.name, self.deployment, self.chain, self.at = name, deployment, chain, at
        self.vault = Vault(chain, deployment.vault)

    def work(self) -> int:
        rows = OutboxTransaction.objects.filter(lane=self.name)
        if not rows.filter(Q(state__in=OPEN) | Q(nonce__isnull=False)).exists():
            return 0
        self.key = keys.role(self.name)
        self._rewind()
        if not self._claim():
            return 0
        steps = 0
        try:
            while steps < MOST_STEPS and self._step():
                steps += 1
        finally:
            rows.update(leased_until=None)
        return steps

    def _rewind(self) -> None:
        """Take up again what a chain that came back from an older state has lost."""
        mined = self.chain.nonce(self.key.address, "latest")
        ended = [State.MINED, State.FINAL, State.REVERTED]
        lost = OutboxTransaction.objects.filter(lane=self.name, state__in=ended, nonce__gte=mined)
        count = lost.update(state=State.SIGNED, block_number=None, block_hash="", final_at=None)
        if count:
            log.error("the chain lost %s transactions of the %s: sent again", count, self.name)

    @transaction.atomic
    def _claim(self) -> bool:
        """Lease the lane's open rows; no, if another process has one of them."""
        rows = OutboxTransaction.objects.filter(lane=self.name, state__in=OPEN)
        free = rows.filter(Q(leased_until=None) | Q(leased_until__lte=self.at))
        held = list(free.select_for_update(skip_locked=True).values_list("pk", flat=True))
        if not held or len(held) != rows.count():
            return False
        rows.filter(pk__in=held).update(leased_until=self.at + LEASE, attempts=F("attempts") + 1)
        return True

    def _step(self) -> bool:
        """One step of the lane's oldest row that can take one; nothing overtakes it."""
        rows = OutboxTransaction.objects.filter(lane=self.name, state__in=OPEN)
        steps: dict[str, Callable[[OutboxTransaction], bool]] = {
            State.MINED: self._finish,
            State.BROADCAST: self._look,
            State.SIGNED: self._broadcast,
            State.PLANNED: self._sign,
        }
        for row in rows.order_by(F("nonce").asc(nulls_last=True), "id"):
            if steps[row.state](row):
                return True
            if row.state != State.MINED:
                return False
        return False

    def _sign(self, row: OutboxTransaction) -> bool:
        """Sign with the lane's next nonce and commit the bytes; they are not sent yet."""
        if not self._is_due(row):
            return False
        call = Call(to=row.to, data=bytes(row.data))
        try:
            gas = self.chain.estimate_gas(call, self.key.address)
        except Reverted as refusal:
            return self._refused(row, refusal.reason)
        fees, free = self.chain.fees(), self.chain.nonce(self.key.address, "pending")
        with transaction.atomic():
            lane = OutboxTransaction.objects.filter(lane=self.name)
            # The lock and the unique (lane, nonce) keep two processes from signing one row twice.
            if not lane.select_for_update().filter(pk=row.pk, state=State.PLANNED).exists():
                return False
            last = lane.aggregate(last=Max("nonce"))["last"]
            nonce = free if last is None else max(free, last + 1)
            signed = client.sign(
                call,
                self.key.private,
                nonce,
                self.deployment.chain_id,
                fees,
                int(gas * GAS_MARGIN),
            )
            lane.filter(pk=row.pk).update(
                state=State.SIGNED, nonce=nonce, raw=signed.raw, hash=signed.hash, error=""
            )
        return True

    def _broadcast(self, row: OutboxTransaction) -> bool:
        """Send the stored bytes, the same however often."""
        if not self._is_due(row) and self.chain.receipt(row.hash) is None:
            return False
        return self._deliver(row) and self._change(row, State.BROADCAST)

    def _look(self, row: OutboxTransaction) -> bool:
        """Whether a sent transaction was mined; if the chain forgot it, it is sent again."""
        receipt = self.chain.receipt(row.hash)
        if receipt is None and self._deliver(row):
            receipt = self.chain.receipt(row.hash)
        if receipt is None:
            return False
        return self._change(
            row, State.MINED, block_number=receipt.block_number, block_hash=receipt.block_hash
        )

    def _deliver(self, row: OutboxTransaction) -> bool:
        """Send the stored bytes; no, where the chain does not take them."""
        try:
            self.chain.send_raw(bytes(row.raw or b""))
        except ChainUnavailable:
            raise
        except client.StaleNonce as error:
            # Its nonce was used by something else, so these bytes can never be mined.
            log.error("%s lost its nonce %s: %s", row.reference, row.nonce, error)
            self._change(row, State.PLANNED, nonce=None, raw=None, hash="")
            return False
        except ChainError as error:
            return self._note(row, str(error))
        return True

    def _finish(self, row: OutboxTransaction) -> bool:
        """Whether enough blocks lie on top of a mined transaction."""
        receipt = self.chain.receipt(row.hash)
        if receipt is None or receipt.block_hash != row.block_hash:
            return self._change(row, State.SIGNED, block_number=None, block_hash="")
        if self.chain.block().number < receipt.block_number + settings.CHAIN_CONFIRMATIONS - 1:
            return False
        if receipt.ok:
            return self._change(row, State.FINAL, final_at=self.at, error="")
        reason = self._reason(row, receipt.block_number)
        log.error("%s was refused on the chain: %s", row.reference, reason)
        return self._change(row, State.REVERTED, final_at=self.at, error=reason)

    def _is_due(self, row: OutboxTransaction) -> bool:
        """A root waits for the one before to be active; proofs for the root they lead to."""
        if row.kind == OutboxTransaction.Kind.PUBLISH:
            return self.vault.pending("pending") is None
        active = self.vault.active("pending")
        return (active.number if active else 0) >= row.after_epoch

    def _refused(self, row: OutboxTransaction, reason: str) -> bool:
        """The contract would refuse it: nothing is sent."""
        if row.kind == OutboxTransaction.Kind.REGISTER and "already registered" in reason:
            return self._change(row, State.FINAL, final_at=self.at, error=reason)
        if row.kind == OutboxTransaction.Kind.PUBLISH:
            log.error("%s waits: %s", row.reference, reason)
            return self._note(row, reason)
        log.error("%s was refused: %s", row.reference, reason)
        return self._change(row, State.REVERTED, final_at=self.at, error=reason)

    def _reason(self, row: OutboxTransaction, block_number: int) -> str:
        try:
            self.chain.estimate_gas(Call(to=row.to, data=bytes(row.data)), self.key.address)
        except Reverted as refusal:
            return refusal.reason
        return f"refused in block {block_number}; the chain would take it now"

    def _note(self, row: OutboxTransaction, error: str) -> bool:
        OutboxTransaction.objects.filter(pk=row.pk).update(error=error)
        return False

    def _change(self, row: OutboxTransaction, state: str, **values: object) -> bool:
        """Move on, if nobody else has meanwhile."""
        same = OutboxTransaction.objects.filter(pk=row.pk, state=row.state)
        return bool(same.update(state=state, **values))
