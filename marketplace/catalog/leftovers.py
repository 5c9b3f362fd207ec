"""Files that no row names any more: written down by what let go of them, removed by a worker.

So a rolled back transaction loses no file, and a store that is away keeps none for ever.
"""

import logging
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from marketplace.catalog.models import Leftover
from marketplace.media import files
from marketplace.media.away import StoreAway

AT_ONCE = 100

log = logging.getLogger(__name__)


def let_go(names: Iterable[str], due_at: datetime) -> None:
    """In the transaction of the row that named them; empty names are none."""
    rows = [Leftover(name=name, due_at=due_at) for name in names if name]
    Leftover.objects.bulk_create(rows, ignore_conflicts=True)


def sweep(at: datetime) -> int:
    """Remove what is due, until the store fails; how many."""
    removed = 0
    with transaction.atomic():
        due = Leftover.objects.select_for_update(skip_locked=True).filter(due_at__lte=at)
        for leftover in due.order_by("due_at")[:AT_ONCE]:
            try:
                files.store().delete(leftover.name)
            except (StoreAway, OSError) as error:
                log.warning("%s is not removed yet: %s", leftover.name, error)
                break
            leftover.delete()
            removed += 1
    return removed
