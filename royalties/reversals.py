"""Fraud holds: a counted play is frozen with a reason, and released when it was none.

A hold takes back what the play brought everybody, wherever its money stands by then: of the open
period from who shared it, of an earlier one from the track's next revenue (`netting`). Its listener
is not given the money, which waits. A release posts the play again in the window of its moment; a
play that was never accrued waits for the next one. Each is one transaction with its postings.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from royalties import accrual, locks
from royalties.errors import RoyaltiesError
from royalties.models import PaidPlay, Reversal

Kind = Reversal.Kind


class NotHeld(RoyaltiesError):
    """The play is not under a fraud hold, so there is nothing to release."""


def hold(plays: Sequence[PaidPlay], reason: str, at: datetime) -> list[Reversal]:
    """Freeze counted plays; those reversed already are left as they are. The new holds.

    A rule or an operator calls it, as often as it likes.
    """
    return reverse(plays, Kind.FRAUD_HOLD, reason, at)


@transaction.atomic
def release(play: PaidPlay, at: datetime) -> Reversal:
    """Post a held play again; released already, it is left as it is.

    Raises:
        NotHeld: it never was held, or it was charged back
    """
    locks.take(locks.Lock.ACCRUAL)
    last = Reversal.objects.select_related("play").filter(play=play).order_by("-pk").first()
    if last is None or last.charged_back_at is not None:
        raise NotHeld(f"Play {play.pk} is not held.")
    if last.released_at is not None:
        return last
    last.released_at = at
    last.save(update_fields=["released_at"])
    if last.window_id is not None:
        accrual.accrue(at, released_now=[last])
        last.refresh_from_db()
    return last


@transaction.atomic
def reverse(plays: Sequence[PaidPlay], kind: str, reason: str, at: datetime) -> list[Reversal]:
    """Take plays back in one window; those reversed already are left as they are."""
    # Accrual marks plays under this lock: each of these is accrued as a whole, or not at all.
    locks.take(locks.Lock.ACCRUAL)
    wanted = PaidPlay.objects.filter(pk__in=[play.pk for play in plays]).not_reversed()
    made = [
        Reversal(
            play=play,
            kind=kind,
            reason=reason,
            at=at,
            charged_back_at=at if kind == Kind.CHARGEBACK else None,
        )
        for play in wanted.select_related("window").order_by("pk")
    ]
    Reversal.objects.bulk_create(made)
    posted = [one for one in made if one.play.window_id is not None]
    if posted:
        accrual.accrue(at, reversed_now=posted)
    return list(Reversal.objects.filter(pk__in=[one.pk for one in made]).order_by("pk"))
