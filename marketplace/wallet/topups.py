"""Topping up: test money here, a payment provider's webhook elsewhere; once for each key."""

from datetime import datetime

from django.conf import settings
from django.db import transaction

from marketplace.problems import Conflict, Forbidden, Problem
from marketplace.users.models import User
from marketplace.wallet import limits
from royalties import purses
from royalties.errors import ReferenceTaken

CAP_MAX_MICROS = 10_000_000_000


class NoLimitYet(Problem):
    code = "limit_missing"


def top_up(
    user: User, micros: int, key: str, at: datetime, monthly_cap_micros: int | None = None
) -> None:
    """Add `micros` to the balance; the first time, `monthly_cap_micros` must be given.

    Raises:
        Forbidden: no test money in this installation. Problem: an amount out of range.
        NoLimitYet: the monthly limit is still to be chosen. Conflict: the key had another amount.
    """
    if not settings.TEST_MONEY:
        raise Forbidden("Top-ups with test money are switched off here.")
    if not 0 < micros <= settings.TOP_UP_MAX_MICROS:
        most = settings.TOP_UP_MAX_MICROS // 1_000_000
        raise Problem(f"Top up between one cent and ${most}.")
    if monthly_cap_micros is not None and not 0 <= monthly_cap_micros <= CAP_MAX_MICROS:
        most = CAP_MAX_MICROS // 1_000_000
        raise Problem(f"A monthly limit is at most ${most:,}.")
    with transaction.atomic():
        if monthly_cap_micros is not None:
            limits.set_cap(user, monthly_cap_micros, at)
        elif limits.cap_of(user) is None:
            raise NoLimitYet("Choose how much you want to spend in a month at most.")
        try:
            purses.deposit(user.party, micros, f"top-up/{user.pk}/{key}", at, _reversible_until(at))
        except ReferenceTaken:
            raise Conflict("This top-up was made already, with another amount.") from None


def _reversible_until(at: datetime) -> datetime | None:
    return at + settings.TOP_UP_REVERSIBLE if settings.TOP_UP_REVERSIBLE else None
