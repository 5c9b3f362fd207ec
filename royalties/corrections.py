"""A stopped period's bundle made again: it says which one it replaces, and why.

Cut-off, plays and what everybody is owed stay as they were frozen: bundle and root are made anew
from them, for a bundle that did not say so truly. A play that should not have been paid is held
meanwhile as ever: its song earns it again in the open period.
"""

from datetime import datetime
from functools import partial

from django.db import transaction

from royalties import bundle, locks, publications, settlement
from royalties.models import Period

State = Period.State


@transaction.atomic
def correct(period: Period, why: str, at: datetime) -> bool:
    """Publish a stopped period under a bundle made again; no, if it is not stopped.

    Periods closed after it name its bundle as the one before theirs: they are made again too.
    """
    locks.take(locks.Lock.CLOSE)
    stopped = Period.objects.filter(pk=period.pk, state=State.VETOED).first()
    if stopped is None:
        return False
    stopped.replaces, stopped.correction = stopped.bundle_hash, why
    stopped.state = State.CLOSED
    stopped.epoch = stopped.published_at = stopped.active_at = None
    settlement.make_bundle(stopped)
    later = Period.objects.filter(state=State.CLOSED, number__gt=stopped.number)
    for one in later.order_by("number"):
        before = bundle.path_of(one)  # it names the one that was stopped
        settlement.make_bundle(one)
        transaction.on_commit(partial(before.unlink, missing_ok=True))
    publications.plan(at)
    return True
