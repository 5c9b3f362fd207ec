"""Closing a period: entitlements frozen, tree built, bundle written, publication planned.

All of it is one transaction under one lock, and nothing of it needs the chain: what must be sent
there is planned in the outbox. Plays are accrued before it, so that their lines of the bundle are
written while it works out what is owed (`bundle_ahead`). The bundle's file lies on disk before the
commit and gets its name after it; should the process die in between, the file is made again from
the rows.
"""

import logging
from datetime import datetime

from django.db import connection, transaction
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
    tree,
    unit_deposits,
)
from royalties.alarms import Alarm, raised
from royalties.clock import next_cutoff as next_cutoff
from royalties.errors import RoyaltiesError
from royalties.failpoints import Point, reach
from royalties.models import Period, TrackWindow

log = logging.getLogger(__name__)

# Each track's revenue as its last window left it: one row of each is read, however old it is.
LEAVES = """
INSERT INTO royalties_leaf (period_id, terms_id, revenue_micros)
SELECT %(period)s, t.id, last.cumulative_micros
FROM royalties_terms t CROSS JOIN LATERAL (
    SELECT tw.cumulative_micros FROM royalties_trackwindow tw
    WHERE tw.terms_id = t.id
        AND tw.window_id <= (SELECT max(id) FROM royalties_window WHERE period_id = %(period)s)
    ORDER BY tw.window_id DESC LIMIT 1
) last
"""


class NothingToSettle(RoyaltiesError):
    """No play was accrued that is not settled yet."""


def close(at: datetime) -> Period:
    """Close the open period at `at`, after accruing every play that is due by then.

    Raises:
        NothingToSettle: nothing was accrued since the last close
        NotDeployed: there are no contracts to settle on
    """
    committed = _accrue_first(at)
    with transaction.atomic():
        locks.take(locks.Lock.CLOSE)
        return _close(at, committed)


def close_due(at: datetime) -> Period | None:
    """Close the open period if its time has come and there is something to settle."""
    if not _is_due(at):
        return None
    committed = _accrue_first(at)
    with transaction.atomic():
        locks.take(locks.Lock.CLOSE)
        return _close(at, committed) if _is_due(at) else None  # another worker may have done it


def _accrue_first(at: datetime) -> bool:
    """Whether the windows are committed, so that other connections may read what is in them.

    Within somebody else's transaction they are not; they are then a part of the close's.
    """
    deployments.current()
    if connection.in_atomic_block:
        return False
    accrual.accrue(at)
    return True


def _close(at: datetime, committed: bool) -> Period:
    deployments.current()
    late = accrual.accrue(at)  # what became due meanwhile
    period = Period.objects.filter(state=Period.State.OPEN).first()
    if period is None or not TrackWindow.objects.filter(window__period=period).exists():
        raise NothingToSettle("Nothing to settle: no play was accrued since the last close.")
    with bundle.begun(period, ahead=committed and late is None) as begun:
        redistribution.redistribute(period, at)
        cutoff_at = max([at, *period.windows.values_list("ends_at", flat=True)])
        period.cutoff_at = cutoff_at
        _entitle(period, at)
        reach(Point.CLOSE_ENTITLED)
        _build(period, begun)
    reach(Point.CLOSE_BUILT)
    accrual.opened(period.number + 1, cutoff_at)
    publications.plan(at)
    reach(Point.CLOSE_PLANNED)
    log.info("period %s closed: %s micros in all", period.number, period.total_micros)
    if publications.shortfall(period) is not None:
        log.error("period %s waits for money in the treasury", period.number)
    return period


def _entitle(period: Period, at: datetime) -> None:
    """Move units at the cut-off, freeze what each is owed by it, and name all who are told of."""
    leaving.leave(period, at)
    unit_deposits.enter(period, at)
    closing.entitle(period, at)
    pseudonyms.ensure_in(period, openings.HOLDERS)
    pseudonyms.ensure_in(period, openings.TOOK_BACK)


def _is_due(at: datetime) -> bool:
    due = next_cutoff()
    return due is not None and at >= due


def alarms(at: datetime | None = None) -> list[Alarm]:
    """What keeps periods from being settled, for an operator to look at; now, unless told when."""
    return raised(at or timezone.now())


def _build(period: Period, begun: bundle.Begun) -> None:
    """Leaves, root and bundle of a period whose entitlements are frozen."""
    with connection.cursor() as cursor:
        cursor.execute(LEAVES, {"period": period.pk})
    priced.name_files(period)
    period.state = Period.State.CLOSED
    _finish_bundle(period, begun)


def make_bundle(period: Period) -> None:
    """Root and bundle of a closed period's leaves, saved with the period."""
    with bundle.begun(period, ahead=False) as begun:
        _finish_bundle(period, begun)


def _finish_bundle(period: Period, begun: bundle.Begun) -> None:
    leaves = bundle.leaves_of(period)
    built = tree.build(leaves)
    period.leaves = len(built.levels[0])
    period.total_micros = built.total
    period.root = "0x" + built.root.hex()
    digest = bundle.finish(period, leaves, begun)
    period.bundle_hash = "0x" + digest.hex()
    period.save()
    transaction.on_commit(lambda: reach(Point.CLOSE_COMMITTED))
    transaction.on_commit(begun.aside.put)
