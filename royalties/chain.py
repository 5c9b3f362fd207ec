"""What the chain says, posted: final event logs, and roots that became active with time.

The ledger learns of the chain from here alone, never from having sent something. An event is
posted once, known by its transaction and its place within it; where the chain comes back from an
older state its logs are read again, and what was posted stays posted, under whatever hash the same
thing is mined then.
"""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime

from django.conf import settings
from django.db import transaction

from contracts.client import Chain, ChainError, ChainUnavailable, Event, Vault
from royalties import arrivals, deployments
from royalties.failpoints import Point, reach
from royalties.models import (
    ChainEvent,
    Deployment,
    OutboxTransaction,
    Period,
    SignedTransaction,
    UnitWithdrawal,
    Withdrawal,
)

BLOCKS_AT_ONCE = 2_000

log = logging.getLogger(__name__)


def follow(at: datetime, chain: Chain | None = None) -> int:
    """Post every event that is final and new, and activate roots; the number of events posted."""
    deployment = Deployment.objects.filter(current=True).first()
    if deployment is None:
        return 0
    try:
        chain = chain or deployments.connect()
        if not deployments.stands(deployment, chain, at):
            return 0
        _go_back_if_lost(deployment, chain)
        posted = _read(deployment, chain, at)
        active = Vault(chain, deployment.vault).active("pending")
    except ChainUnavailable as error:
        log.warning("the chain does not answer, following waits: %s", error)
        return 0
    if active is not None:
        arrivals.activate(active.number, at)
    return posted


def _go_back_if_lost(deployment: Deployment, chain: Chain) -> None:
    """Start over where the last block read is no longer there, as after a lost state."""
    try:
        same = chain.block(deployment.synced_block).hash == deployment.synced_hash
    except ChainUnavailable:
        raise
    except ChainError:
        same = False
    if same:
        return
    log.error("the chain lost block %s: its logs are read again", deployment.synced_block)
    start = chain.block(deployment.block_number)
    deployment.synced_block, deployment.synced_hash = start.number, start.hash
    deployment.save(update_fields=["synced_block", "synced_hash"])


def _read(deployment: Deployment, chain: Chain, at: datetime) -> int:
    final = chain.block().number - (settings.CHAIN_CONFIRMATIONS - 1)
    posted = 0
    while deployment.synced_block < final:
        last = min(final, deployment.synced_block + BLOCKS_AT_ONCE)
        events, last = _logs(deployment, chain, last)
        posted += _post(deployment, events, (last, chain.block(last).hash), at)
        reach(Point.EVENTS_COMMITTED)
    return posted


def _logs(deployment: Deployment, chain: Chain, last: int) -> tuple[list[Event], int]:
    """The events that come next, up to a block: `last`, or one before it.

    Nodes refuse an answer of too many logs, and anybody can fill blocks with them: fewer are asked.
    """
    first = deployment.synced_block + 1
    house = [deployment.vault, deployment.custody, deployment.publisher]
    while True:
        try:
            return chain.logs([deployment.vault], first, last, deployment.token, house), last
        except ChainUnavailable:
            raise
        except ChainError:
            if last <= first:
                raise
            last = (first + last) // 2


@transaction.atomic
def _post(deployment: Deployment, events: list[Event], upto: tuple[int, str], at: datetime) -> int:
    """Store and post these events together with the block they reach to."""
    locked = Deployment.objects.select_for_update().get(pk=deployment.pk)
    posted = 0
    for event in events:
        stored, is_new = _store(event, at)
        if is_new:
            reach(Point.EVENT_STORED)
            arrivals.post(stored, event, locked, at)
            posted += 1
            reach(Point.EVENT_POSTED)
        elif stored.name == "Published":
            # Mined again, later: the root's delay counts from there.
            Period.objects.filter(state=Period.State.PUBLISHED, epoch=event.args["epoch"]).update(
                active_at=datetime.fromtimestamp(event.args["active_at"], UTC)
            )
    deployment.synced_block, deployment.synced_hash = upto
    deployment.save(update_fields=["synced_block", "synced_hash"])
    return posted


def _store(event: Event, at: datetime) -> tuple[ChainEvent, bool]:
    _rename_if_posted(event)
    block = {"block_number": event.block_number, "block_hash": event.block_hash}
    stored, is_new = ChainEvent.objects.get_or_create(
        tx_hash=event.tx_hash,
        position=event.log_position,
        defaults={"name": event.name, "args": _plain(event.args), "seen_at": at, **block},
    )
    if not is_new and stored.block_hash != event.block_hash:
        ChainEvent.objects.filter(pk=stored.pk).update(args=_plain(event.args), **block)
    return stored, is_new


def _rename_if_posted(event: Event) -> None:
    """What was posted of a lost transaction goes on under the one that did the same in its place.

    Of one row of the outbox, and of those planned because it was lost, one transaction is mined.
    """
    row = OutboxTransaction.objects.filter(signed__hash=event.tx_hash).first()
    if row is None:
        return
    others = SignedTransaction.objects.filter(of__reference__in=row.references())
    lost = others.exclude(hash=event.tx_hash).values("hash")
    ChainEvent.objects.filter(
        tx_hash__in=lost, position=event.log_position, name=event.name
    ).update(tx_hash=event.tx_hash)
    withdrawals = Withdrawal.objects.filter(transactions=row, tx_hash__in=lost)
    withdrawals.update(tx_hash=event.tx_hash)
    of_units = UnitWithdrawal.objects.filter(transactions=row, tx_hash__in=lost)
    of_units.update(tx_hash=event.tx_hash)


def _plain(args: Mapping[str, object]) -> dict[str, object]:
    """Arguments as JSON: bytes as 0x text, numbers as they are."""
    return {name: _plain_value(value) for name, value in args.items()}


def _plain_value(value: object) -> object:
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, list):
        return [_plain_value(one) for one in value]
    return _plain(value) if isinstance(value, dict) else value
