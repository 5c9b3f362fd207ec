"""Plays taken back, and posted again.

A reversal takes back what a play brought everybody, wherever its money stands by then: of the open
period from who shared it, of an earlier one from the track's next revenue (`netting`). Frozen by a
fraud hold, the money lies in the track's `held` account; charged back, it is the listener's again
and leaves with the bank's. Each is one transaction with its postings.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from royalties import accrual, ledger, locks
from royalties.ledger import AccountKey, Draft
from royalties.models import Account, FraudHold, PaidPlay, Reversal

Kind = Reversal.Kind


@transaction.atomic
def reverse(
    plays: Sequence[PaidPlay],
    kind: str,
    reason: str,
    at: datetime,
    holds: Mapping[UUID, FraudHold] | None = None,
) -> list[Reversal]:
    """Take plays back in one window; those reversed already are left as they are.

    Args:
        holds: by track, where fraud holds freeze them.
    """
    # Accrual marks plays under this lock: each of these is accrued as a whole, or not at all.
    locks.take(locks.Lock.ACCRUAL)
    wanted = PaidPlay.objects.filter(pk__in=[play.pk for play in plays]).not_reversed()
    made = [
        Reversal(
            play=play,
            kind=kind,
            fraud_hold=holds[play.terms_id] if holds else None,
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
    # What no window has taken stands on the listener's account still, and in no window's entry.
    _move(_waiting([one for one in made if one.fraud_hold_id]), "frozen", 1, at)
    return list(Reversal.objects.filter(pk__in=[one.pk for one in made]).order_by("pk"))


@transaction.atomic
def post_again(held: Sequence[Reversal], at: datetime) -> None:
    """Release held plays in one window; those that no window had taken wait for theirs."""
    locks.take(locks.Lock.ACCRUAL)
    for one in held:
        one.released_at = at
        one.save(update_fields=["released_at"])
    posted = [one for one in held if one.window_id is not None]
    if posted:
        accrual.accrue(at, released_now=posted)
    _move(_waiting(held), "released", -1, at)


@transaction.atomic
def charge_back_held(held: Sequence[Reversal], at: datetime) -> None:
    """Frozen money is the listener's again, for the bank to take: the plays stay reversed."""
    Reversal.objects.filter(pk__in=[one.pk for one in held]).update(charged_back_at=at)
    _move(held, "charged back", -1, at)


def _waiting(some: Sequence[Reversal]) -> list[Reversal]:
    return [one for one in some if one.play.window_id is None]


def _move(held: Sequence[Reversal], what: str, sign: int, at: datetime) -> None:
    """Post each play's price from its listener's account to the track's held one, or back."""
    keys = [
        (
            AccountKey(Account.Kind.HELD, terms_id=one.play.terms_id),
            AccountKey(Account.Kind.LISTENER, one.play.listener_id),
        )
        for one in held
    ]
    ids = ledger.account_ids(key for pair in keys for key in pair)
    ledger.post_many(
        [
            Draft(
                reference=f"{what}/{one.pk}",
                kind=f"play {what}",
                at=at,
                lines=[
                    (ids[frozen], sign * one.play.price_micros),
                    (ids[listener], -sign * one.play.price_micros),
                ],
                terms_id=one.play.terms_id,
            )
            for one, (frozen, listener) in zip(held, keys, strict=True)
        ]
    )
