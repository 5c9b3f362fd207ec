"""The steps of one transaction: signed, broadcast, mined, final. Whoever tries, each is taken once.

A transaction that is not mined is signed again with the same nonce, paying more; all of its
hashes are watched, since any may be mined. Nothing is signed unless the chain is, at that moment,
the one on record.
"""

import logging
from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.db import transaction

from contracts.client import (
    Call,
    Chain,
    ChainError,
    ChainUnavailable,
    Fees,
    Receipt,
    Reverted,
    StaleNonce,
    Vault,
)
from royalties import bundle, deployments, fees, nonces, signers
from royalties.errors import RootUnknown, RoyaltiesError
from royalties.failpoints import Point, reach
from royalties.models import Deployment, OutboxTransaction, Period, SignedTransaction

GAS_MARGIN = 1.25

Kind = OutboxTransaction.Kind
State = OutboxTransaction.State

log = logging.getLogger(__name__)


class Sender:
    """One key's way to the chain, while this process holds the lane's lease."""

    def __init__(self, lane: str, deployment: Deployment, chain: Chain, at: datetime) -> None:
        self.lane, self.deployment, self.chain, self.at = lane, deployment, chain, at
        self.address = signers.address(lane)
        self.vault = Vault(chain, deployment.vault)

    def step(self, row: OutboxTransaction) -> bool:
        """The row's next step, if it can be taken now; what hinders it is noted with the row.

        Raises:
            ChainUnavailable: the node does not answer
        """
        steps: dict[str, Callable[[OutboxTransaction], bool]] = {
            State.PLANNED: self._sign,
            State.SIGNED: self._broadcast,
            State.BROADCAST: self._look,
            State.MINED: self._finish,
        }
        try:
            return steps[row.state](row)
        except ChainUnavailable:
            raise
        except (ChainError, RoyaltiesError) as error:
            return self._note(row, str(error))

    def _sign(self, row: OutboxTransaction) -> bool:
        """Sign with the lane's next nonce; not sent yet."""
        if row.period is not None and row.period.state != Period.State.CLOSED:
            error = f"period {row.period.number} is {row.period.state} already"
            return self._change(row, State.REVERTED, final_at=self.at, error=error)
        if not self._is_due(row):
            return False
        if row.period is not None:
            self._check_goes_on()
            bundle.ensure(row.period)  # whoever closed it may have died before naming the file
        try:
            gas = self.chain.estimate_gas(_call(row), self.address)
        except Reverted as refusal:
            return self._refused(row, refusal.reason)
        return self._store(row, fees.offer(self.chain.fees()), int(gas * GAS_MARGIN))

    def _store(self, row: OutboxTransaction, offer: Fees, gas: int) -> bool:
        """Commit the signed bytes, with the row's own nonce or the lane's next."""
        if not deployments.stands(self.deployment, self.chain, self.at):
            return False
        with transaction.atomic():
            lane = OutboxTransaction.objects.filter(lane=self.lane)
            # The lock and the unique (lane, nonce) keep two processes from signing one row twice.
            same = lane.select_for_update().filter(pk=row.pk, state=row.state, hash=row.hash)
            if not same.exists():
                return False
            nonce = row.nonce
            if nonce is None:
                nonce = nonces.following(self.deployment, self.lane, self.chain, self.address)
            signed = signers.sign(
                self.lane,
                signers.Unsigned(_call(row), nonce, self.deployment.chain_id, offer, gas),
            )
            SignedTransaction.objects.create(
                of=row,
                hash=signed.hash,
                raw=signed.raw,
                gas=gas,
                max_fee_wei=offer.max_fee_wei,
                priority_fee_wei=offer.priority_fee_wei,
                signed_at=self.at,
            )
            reach(Point.SIGN_MADE)
            return self._change(row, State.SIGNED, nonce=nonce, hash=signed.hash)

    def _broadcast(self, row: OutboxTransaction) -> bool:
        """Send the stored bytes, the same however often."""
        reach(Point.SIGN_COMMITTED)
        if self._receipt(row) is None and not (self._is_due(row) and self._deliver(row)):
            return False
        return self._change(row, State.BROADCAST)

    def _look(self, row: OutboxTransaction) -> bool:
        """Whether a sent transaction was mined; if the chain forgot it, it is sent again."""
        reach(Point.SEND_COMMITTED)
        receipt = self._receipt(row)
        if receipt is None and self._deliver(row):
            receipt = self._receipt(row)
        if receipt is None:
            return self._pay_more(row)
        return self._change(row, State.MINED, **_place(receipt))

    def _deliver(self, row: OutboxTransaction) -> bool:
        """Send the stored bytes; no, where the chain does not take them."""
        signed = row.signed.filter(hash=row.hash).get()
        try:
            self.chain.send_raw(bytes(signed.raw))
            reach(Point.SEND_SENT)
        except StaleNonce as error:
            if self._receipt(row) is None:
                self._replace(row)
                raise ChainError(f"another transaction has its nonce {row.nonce}") from error
        except ChainUnavailable:
            raise
        except ChainError as error:
            return self._note(row, str(error))
        return True

    def _pay_more(self, row: OutboxTransaction) -> bool:
        """Sign it again with the same nonce, paying more, if it has waited for long enough."""
        last = row.signed.filter(hash=row.hash).get()
        if self.at < last.signed_at + settings.CHAIN_BUMP_AFTER:
            return False
        old = Fees(int(last.max_fee_wei), int(last.priority_fee_wei))
        return self._store(row, fees.replacement(old, self.chain.fees()), last.gas)

    def _finish(self, row: OutboxTransaction) -> bool:
        """Whether enough blocks lie on top of a mined transaction."""
        reach(Point.MINED_COMMITTED)
        receipt = self._receipt(row)
        if receipt is None:
            return self._change(row, State.SIGNED, block_number=None, block_hash="")
        if (receipt.hash, receipt.block_hash) != (row.hash, row.block_hash):
            return self._change(row, State.MINED, **_place(receipt))
        if self._final_block() < receipt.block_number:
            return False
        if receipt.ok:
            self._change(row, State.FINAL, final_at=self.at)
            reach(Point.FINAL_COMMITTED)
            return True
        reason = self._reason(row, receipt.block_number)
        log.error("%s was refused on the chain: %s", row.reference, reason)
        return self._change(row, State.REVERTED, final_at=self.at, error=reason)

    def _replace(self, row: OutboxTransaction) -> None:
        """Its nonce went to somebody else's transaction: once that is for good, another goes on."""
        if self.chain.nonce(self.address, hex(max(0, self._final_block()))) <= (row.nonce or 0):
            return
        log.error("%s lost its nonce %s for good: planned again", row.reference, row.nonce)
        with transaction.atomic():
            if self._change(row, State.REPLACED, final_at=self.at) and row.kind != Kind.FILL:
                row.plan_again(self.at)

    def _is_due(self, row: OutboxTransaction) -> bool:
        """A root waits for the one before to be active; proofs for the root they lead to."""
        if row.period is not None:
            pending = self.vault.pending("pending")
            if pending is None:
                return True
            # What was signed again finds its own root there, sent before.
            return row.state == State.SIGNED and "0x" + pending.root.hex() == row.period.root
        active = self.vault.active("pending")
        return (active.number if active else 0) >= row.after_epoch

    def _check_goes_on(self) -> None:
        """Whether the root that the next one is built on is the last that the ledger knows.

        Raises:
            RootUnknown: it is another one
        """
        active = self.vault.active("pending")
        ours = Period.objects.filter(state=Period.State.ACTIVE).order_by("-epoch").first()
        there = (active.number, "0x" + active.root.hex()) if active else None
        if there != ((ours.epoch, ours.root) if ours else None):
            raise RootUnknown(active.number if active else 0)

    def _refused(self, row: OutboxTransaction, reason: str) -> bool:
        """The contract would refuse it: nothing is sent."""
        if row.kind == Kind.REGISTER and "already registered" in reason:
            return self._change(row, State.FINAL, final_at=self.at, error=reason)
        if row.kind in {Kind.PUBLISH, Kind.MOVE} or row.stands_for_paid():
            log.error("%s waits: %s", row.reference, reason)
            return self._note(row, reason)
        log.error("%s was refused: %s", row.reference, reason)
        return self._change(row, State.REVERTED, final_at=self.at, error=reason)

    def _reason(self, row: OutboxTransaction, block_number: int) -> str:
        try:
            self.chain.estimate_gas(_call(row), self.address)
        except Reverted as refusal:
            return refusal.reason
        return f"refused in block {block_number}; the chain would take it now"

    def _receipt(self, row: OutboxTransaction) -> Receipt | None:
        """Of whichever of the row's signed transactions was mined."""
        others = row.signed.exclude(hash=row.hash).order_by("-pk").values_list("hash", flat=True)
        found = (self.chain.receipt(hash) for hash in [row.hash, *others])
        return next((receipt for receipt in found if receipt is not None), None)

    def _final_block(self) -> int:
        return self.chain.block().number - (settings.CHAIN_CONFIRMATIONS - 1)

    def _note(self, row: OutboxTransaction, error: str) -> bool:
        OutboxTransaction.objects.filter(pk=row.pk, state=row.state).update(error=error)
        return False

    def _change(self, row: OutboxTransaction, state: str, **values: object) -> bool:
        """Move on, if nobody else has meanwhile."""
        same = OutboxTransaction.objects.filter(pk=row.pk, state=row.state, hash=row.hash)
        return bool(same.update(**{"state": state, "error": "", **values}))


def _call(row: OutboxTransaction) -> Call:
    return Call(to=row.to, data=bytes(row.data))


def _place(receipt: Receipt) -> dict[str, object]:
    return {
        "hash": receipt.hash,
        "block_number": receipt.block_number,
        "block_hash": receipt.block_hash,
    }
