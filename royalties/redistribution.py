"""At a cut-off, forfeited money becomes revenue of other tracks (`sharing_out`), once.

Posted from the tracks' `forfeited` accounts, and kept as rows from which a bundle tells it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import F, Q, Sum

from royalties import accrual, ledger, locks, openings, sharing_out
from royalties.models import (
    Account,
    Forfeit,
    FraudHold,
    Payee,
    Period,
    Posting,
    Redistributed,
    Terms,
    TrackWindow,
)

Kind = Account.Kind


@transaction.atomic
def redistribute(period: Period, at: datetime) -> None:
    """Give other tracks what was forfeited; the caller closes the period and has accrued all else.

    Again for the same period it changes nothing.
    """
    locks.take(locks.Lock.ACCRUAL)
    waiting = _balances(Kind.FORFEITED, 1)
    if not waiting or period.forfeits.exists():
        return
    gained = openings.gained(period)
    rows = Terms.objects.filter(slot__in=gained.keys() | waiting.keys())
    tracks = {terms.slot: terms for terms in rows}
    owing = _balances(Kind.RECEIVABLE, -1)
    may = {slot: sharing_out.givable(some, owing.get(slot, 0)) for slot, some in waiting.items()}
    barred = sharing_out.barred(set(waiting), _payees(waiting))
    due = sharing_out.shares(sum(may.values()), gained, barred)
    if not due:
        may = dict.fromkeys(may, 0)
    _keep(period, tracks, waiting, may)
    decided = FraudHold.objects.filter(outcome=FraudHold.Outcome.FORFEITED, forfeited_in=None)
    decided.update(forfeited_in=period)
    if due:
        _post(period, tracks, may, at)
        window = accrual.give({tracks[slot].pk: micros for slot, micros in due.items()}, at)
        Redistributed.objects.bulk_create(
            Redistributed(window=window, terms=tracks[slot], micros=micros)
            for slot, micros in due.items()
        )


def _balances(kind: str, sign: int) -> dict[int, int]:
    """Positive ones by slot."""
    postings = Posting.objects.filter(account__kind=kind).values(slot=F("account__terms__slot"))
    sums = postings.annotate(sum=Sum("amount")).values_list("slot", "sum")
    return {slot: sign * micros for slot, micros in sums if sign * micros > 0}


def _payees(forfeiting: Iterable[int]) -> Mapping[int, set[str]]:
    """Their addresses by slot, as the terms have them: of every track that ever had revenue, and of
    those that forfeit, which may have had none.
    """
    seen = Q(terms__in=TrackWindow.objects.values("terms")) | Q(terms__slot__in=forfeiting)
    found: dict[int, set[str]] = defaultdict(set)
    rows = Payee.objects.filter(seen).values_list("terms__slot", "address")
    for slot, address in rows:
        found[slot].add(address)
    return found


def _keep(
    period: Period, tracks: Mapping[int, Terms], waiting: Mapping[int, int], may: Mapping[int, int]
) -> None:
    earlier = Forfeit.objects.filter(terms__slot__in=waiting).values("terms__slot")
    left = earlier.annotate(sum=Sum(F("added_micros") - F("given_micros")))
    opened = dict(left.values_list("terms__slot", "sum"))
    Forfeit.objects.bulk_create(
        Forfeit(
            period=period,
            terms=tracks[slot],
            opened_micros=opened.get(slot, 0),
            added_micros=micros - opened.get(slot, 0),
            given_micros=may[slot],
        )
        for slot, micros in waiting.items()
    )


def _post(
    period: Period, tracks: Mapping[int, Terms], given: Mapping[int, int], at: datetime
) -> None:
    lines = [
        (ledger.account(Kind.FORFEITED, terms=tracks[slot]), -micros)
        for slot, micros in given.items()
    ]
    lines.append((ledger.account(Kind.REDISTRIBUTED), sum(given.values())))
    ledger.post(f"redistributed/{period.number}", "redistributed", at, lines, period)
