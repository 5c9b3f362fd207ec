"""Closing a period: entitlements frozen, tree built, bundle written, publication planned.

All of it is one transaction under one lock, and nothing of it needs the chain: what must be sent
there is planned in the outbox. The bundle's file lies on disk before the commit and gets its name
after it; should the process die in between, the file is made again from the rows.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Sum

from contracts import client
from royalties import accrual, bundle, closing, deployments, ledger, locks, openings, pseudonyms
from royalties.errors import RoyaltiesError
from royalties.models import (
    Account,
    ChainEvent,
    Leaf,
    OutboxTransaction,
    PaidPlay,
    Period,
    Posting,
    TrackWindow,
)

log = logging.getLogger(__name__)


class NothingToSettle(RoyaltiesError):
    """No play was accrued that is not settled yet."""


@dataclass(frozen=True)
class Shortfall:
    """A closed period that the treasury can't cover; it is published as soon as it can."""

    period: int
    needed_micros: int
    treasury_micros: int


@transaction.atomic
def close(at: datetime) -> Period:
    """Close the open period at `at`, after accruing every play that is due by then.

    Raises:
        NothingToSettle: nothing was accrued since the last close
        NotDeployed: there are no contracts to settle on
    """
    locks.take(locks.Lock.CLOSE)
    deployments.current()
    accrual.accrue(at)
    period = Period.objects.filter(state=Period.State.OPEN).first()
    if period is None or not period.windows.exists():
        raise NothingToSettle("Nothing to settle: no play was accrued since the last close.")
    period.cutoff_at = max([at, *period.windows.values_list("ends_at", flat=True)])
    pseudonyms.ensure(period, [(one.terms_id, one.party_id) for one in openings.of(period)])
    closing.entitle(period, at)
    _build(period)
    Period.objects.create(number=period.number + 1, opens_at=period.cutoff_at)
    plan_publications(at)
    log.info("period %s closed: %s micros in all", period.number, period.total_micros)
    return period


def close_due(at: datetime) -> Period | None:
    """Close the open period if its time has come and there is something to settle."""
    due = next_cutoff()
    if due is None or at < due:
        return None
    return close(at)


def next_cutoff() -> datetime | None:
    """When the open period closes by itself; None while nothing waits to be settled.

    A period that no play fell into is not closed: it lasts for as many whole periods as it takes.
    """
    period = Period.objects.filter(state=Period.State.OPEN).first()
    waiting = PaidPlay.objects.filter(window=None).order_by("accrues_at")
    first = waiting.values_list("accrues_at", flat=True).first()
    if period is not None and period.windows.exists():
        first = min(period.windows.values_list("ends_at", flat=True))
    if first is None:
        return None
    opens_at = period.opens_at if period else first
    whole = max(timedelta(), first - opens_at) // settings.SETTLEMENT_PERIOD
    return opens_at + (whole + 1) * settings.SETTLEMENT_PERIOD


def plan_publications(at: datetime) -> list[OutboxTransaction]:
    """Plan the publication of closed periods, in order, as far as the treasury covers them.

    A vetoed period holds up the later ones until it is published again (`republish`).
    """
    planned = []
    for period in Period.objects.filter(state__in=["closed", "vetoed"]).order_by("number"):
        if period.state == Period.State.VETOED:
            break
        short = shortfall(period)
        if short is not None:
            log.error("period %s is not published: the treasury lacks money", period.number)
            break
        row = _publication(period, at)
        if row is not None:
            planned.append(row)
    return planned


def republish(period: Period, at: datetime) -> None:
    """Publish a vetoed period again, as the operator found nothing wrong with it."""
    changed = Period.objects.filter(pk=period.pk, state=Period.State.VETOED).update(
        state=Period.State.CLOSED, epoch=None, published_at=None, active_at=None
    )
    if changed:
        plan_publications(at)


def shortfall(period: Period) -> Shortfall | None:
    """What the treasury lacks of a closed period's total, if it does."""
    treasury = -ledger.balance(Account.Kind.TREASURY)
    pulled = Posting.objects.filter(account__kind=Account.Kind.TREASURY, entry__kind="deposit")
    needed = (period.total_micros or 0) - (pulled.aggregate(sum=Sum("amount"))["sum"] or 0)
    return Shortfall(period.number, needed, treasury) if needed > treasury else None


def _build(period: Period) -> None:
    """Leaves, root and bundle of a period whose entitlements are frozen."""
    last = TrackWindow.objects.filter(window__period__number__lte=period.number)
    last = last.order_by("terms_id", "-window_id").distinct("terms_id")
    Leaf.objects.bulk_create(
        Leaf(period=period, terms_id=terms, revenue_micros=revenue)
        for terms, revenue in last.values_list("terms_id", "cumulative_micros")
    )
    built = bundle.tree_of(bundle.leaves_of(period))
    period.leaves = len(built.levels[0])
    period.total_micros = built.total
    period.root = "0x" + built.root.hex()
    data, digest = bundle.make(period)
    period.bundle_hash = "0x" + digest.hex()
    period.state = Period.State.CLOSED
    period.save()
    bundle.sweep(period.number)
    aside = bundle.write_aside(period.number, data)
    transaction.on_commit(lambda: bundle.put(aside, period.number))


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
