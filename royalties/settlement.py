"""Closing a period: entitlements frozen, tree built, bundle written, publication planned.

All of it is one transaction under one lock, and nothing of it needs the chain: what must be sent
there is planned in the outbox. The bundle's file lies on disk before the commit and gets its name
after it; should the process die in between, the file is made again from the rows.
"""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Min
from django.utils import timezone

from royalties import (
    accrual,
    bundle,
    closing,
    deployments,
    leaving,
    locks,
    openings,
    priced,
    pseudonyms,
    publications,
    redistribution,
    unit_deposits,
)
from royalties.alarms import Alarm, raised
from royalties.errors import RoyaltiesError
from royalties.failpoints import Point, reach
from royalties.models import Leaf, PaidPlay, Period, TrackWindow

log = logging.getLogger(__name__)


class NothingToSettle(RoyaltiesError):
    """No play was accrued that is not settled yet."""


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
    if period is None or not TrackWindow.objects.filter(window__period=period).exists():
        raise NothingToSettle("Nothing to settle: no play was accrued since the last close.")
    redistribution.redistribute(period, at)
    period.cutoff_at = max([at, *period.windows.values_list("ends_at", flat=True)])
    leaving.leave(period, at)
    unit_deposits.enter(period, at)
    closing.entitle(period, at)
    pseudonyms.ensure_in(period, openings.HOLDERS)
    pseudonyms.ensure_in(period, openings.TOOK_BACK)
    reach(Point.CLOSE_ENTITLED)
    _build(period)
    reach(Point.CLOSE_BUILT)
    accrual.opened(period.number + 1, period.cutoff_at)
    publications.plan(at)
    reach(Point.CLOSE_PLANNED)
    log.info("period %s closed: %s micros in all", period.number, period.total_micros)
    if publications.shortfall(period) is not None:
        log.error("period %s waits for money in the treasury", period.number)
    return period


@transaction.atomic
def close_due(at: datetime) -> Period | None:
    """Close the open period if its time has come and there is something to settle."""
    if not _is_due(at):
        return None
    locks.take(locks.Lock.CLOSE)
    return close(at) if _is_due(at) else None  # another worker may have closed it meanwhile


def next_cutoff() -> datetime | None:
    """When the open period closes by itself; None while nothing waits to be settled.

    A period that no play fell into is not closed: it lasts for as many whole periods as it takes.
    """
    running = Period.objects.filter(state=Period.State.OPEN)
    period = running.annotate(first_ends_at=Min("windows__ends_at")).first()
    first = None if period is None else period.first_ends_at
    if first is None:
        waiting = PaidPlay.objects.waiting().order_by("waits__accrues_at")
        first = waiting.values_list("waits__accrues_at", flat=True).first()
    if first is None:
        return None
    opens_at = period.opens_at if period else first
    whole = max(timedelta(), first - opens_at) // settings.SETTLEMENT_PERIOD
    return opens_at + (whole + 1) * settings.SETTLEMENT_PERIOD


def _is_due(at: datetime) -> bool:
    due = next_cutoff()
    return due is not None and at >= due


def alarms(at: datetime | None = None) -> list[Alarm]:
    """What keeps periods from being settled, for an operator to look at; now, unless told when."""
    return raised(at or timezone.now())


def _build(period: Period) -> None:
    """Leaves, root and bundle of a period whose entitlements are frozen."""
    last = TrackWindow.objects.filter(window__period__number__lte=period.number)
    last = last.order_by("terms_id", "-window_id").distinct("terms_id")
    Leaf.objects.bulk_create(
        Leaf(period=period, terms_id=terms, revenue_micros=revenue)
        for terms, revenue in last.values_list("terms_id", "cumulative_micros")
    )
    priced.name_files(period)
    period.state = Period.State.CLOSED
    make_bundle(period)


def make_bundle(period: Period) -> None:
    """Root and bundle of a closed period's leaves, saved with the period."""
    leaves = bundle.leaves_of(period)
    built = bundle.tree_of(leaves)
    period.leaves = len(built.levels[0])
    period.total_micros = built.total
    period.root = "0x" + built.root.hex()
    aside, digest = bundle.write_aside(period, leaves)
    period.bundle_hash = "0x" + digest.hex()
    period.save()
    transaction.on_commit(lambda: reach(Point.CLOSE_COMMITTED))
    transaction.on_commit(aside.put)
