"""Publishing closed periods: one root at a time, in order, as the treasury covers them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Sum

from contracts import client
from royalties import deployments, leaving, ledger
from royalties.models import Account, ChainEvent, OutboxTransaction, Period, Posting


@dataclass(frozen=True)
class Shortfall:
    """A closed period that the treasury can't cover; it is published as soon as it can."""

    period: int
    needed_micros: int
    treasury_micros: int


def plan(at: datetime) -> OutboxTransaction | None:
    """Plan the publication of the oldest period that is not active, if it is closed and covered.

    One at a time: a root that waited behind a pending one would reach the chain before that one's
    correction, should a guardian veto it. A vetoed period waits for `republish`. Nor before units
    that left at an earlier cut-off have moved: they are settled under that cut-off's root.
    """
    left = Period.objects.exclude(state__in=[Period.State.OPEN, Period.State.ACTIVE])
    period = left.order_by("number").first()
    if period is None or period.state != Period.State.CLOSED:
        return None
    if leaving.awaited(period) or shortfall(period) is not None:
        return None
    return _publication(period, at)


def republish(period: Period, at: datetime) -> bool:
    """Publish a vetoed period again, as the operator found nothing wrong with it; no, if it is not
    vetoed.
    """
    changed = Period.objects.filter(pk=period.pk, state=Period.State.VETOED).update(
        state=Period.State.CLOSED, epoch=None, published_at=None, active_at=None
    )
    if changed:
        plan(at)
    return bool(changed)


def shortfall(period: Period) -> Shortfall | None:
    """What the treasury lacks of a closed period's total, if it does."""
    return next(iter(shortfalls([period])), None)


def shortfalls(periods: Iterable[Period]) -> list[Shortfall]:
    """Those of the closed periods that the treasury does not cover; two queries."""
    treasury = -ledger.balance(Account.Kind.TREASURY)
    pulls = Posting.objects.filter(account__kind=Account.Kind.TREASURY, entry__kind="deposit")
    pulled = pulls.aggregate(sum=Sum("amount"))["sum"] or 0
    lacking = []
    for period in periods:
        needed = (period.total_micros or 0) - pulled
        if needed > treasury:
            lacking.append(Shortfall(period.number, needed, treasury))
    return lacking


def _publication(period: Period, at: datetime) -> OutboxTransaction | None:
    """A planned `publish` of the period, unless one is on its way already."""
    last = period.publications.order_by("-id").first()
    if last is not None and not _is_over(last):
        return None
    call = client.publish(
        deployments.current().vault,
        bytes.fromhex(period.root[2:]),
        period.total_micros or 0,
        bytes.fromhex(period.bundle_hash[2:]),
    )
    attempt = period.publications.count()
    row, _ = OutboxTransaction.objects.get_or_create(
        reference=f"publish/{period.number}/{attempt}" if attempt else f"publish/{period.number}",
        defaults={
            "lane": "publisher",
            "kind": OutboxTransaction.Kind.PUBLISH,
            "period": period,
            "to": call.to,
            "data": call.data,
            "created_at": at,
        },
    )
    return row


def _is_over(publication: OutboxTransaction) -> bool:
    """Whether a closed period's last publication failed, or was vetoed after it was seen."""
    if publication.state == OutboxTransaction.State.REVERTED:
        return True
    return ChainEvent.objects.filter(tx_hash=publication.hash, name="Published").exists()
