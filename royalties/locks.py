"""Locks across processes, by number, held until the transaction ends."""

from enum import IntEnum

from django.db import connection


class Lock(IntEnum):
    """Each names the one thing that only one transaction at a time may do."""

    ACCRUAL = 7_201  # move holdings, cumulative revenue or the open period
    SLOT = 7_202  # give a track its slot: the numbers have no gaps
    CLOSE = 7_203  # close a period
    LINKS = 7_205  # say who shares a payment source
    WALLET = 7_204  # link a wallet, or say whose units came from one


def take(lock: Lock) -> None:
    """Wait for the lock; it ends with the transaction, committed or not."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [int(lock)])


def take_shared(lock: Lock) -> None:
    """The same beside others who take it so, and nobody who has it alone."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [int(lock)])
