"""Requests that a newer copy of this database had carried out: never carried out another time."""

import logging
from typing import TypeVar

from django.db.models import QuerySet

from royalties.models import OutboxTransaction, UnitWithdrawal, Withdrawal

Request = TypeVar("Request", Withdrawal, UnitWithdrawal)
State = OutboxTransaction.State

log = logging.getLogger(__name__)


def carried_out(alike: QuerySet[Request]) -> Request | None:
    """Of requests for the same the oldest that nothing was signed for here; what was planned for it
    is off.
    """
    one = alike.exclude(transactions__signed__isnull=False).order_by("pk").first()
    if one is not None:
        log.error("%s was carried out by what is not in this database", one)
        one.transactions.filter(state=State.PLANNED).update(state=State.REPLACED)
    return one
