"""Units that change hands at a period's cut-off, and leave the house or come back to it.

They count for the new owner from the next window, which is the next period's first.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from royalties import holdings, ledger, parties, pseudonyms
from royalties.ledger import AccountKey, Draft
from royalties.models import Account, Period, Terms, TrackWindow, UnitMove

Moves = Counter[tuple[UUID, UUID, UUID]]  # units by (terms, giver, taker)

POSTED = {UnitMove.Kind.LEAVE: ("l", "units left"), UnitMove.Kind.ARRIVE: ("i", "units came back")}


def move(period: Period, kind: UnitMove.Kind, moves: Moves, at: datetime) -> None:
    """Move units at the period's cut-off; only under the accrual lock, after its last window."""
    by_terms: dict[UUID, Counter[UUID]] = defaultdict(Counter)
    for (terms, giver, taker), units in moves.items():
        by_terms[terms][giver] -= units
        by_terms[terms][taker] += units
    revenue = revenue_of(by_terms)
    holdings.move_units(
        [
            holdings.UnitChange(terms, party, revenue[terms], units, 0)
            for terms, changes in by_terms.items()
            for party, units in changes.items()
        ],
        at,
    )
    window = period.windows.latest("number")
    UnitMove.objects.bulk_create(
        UnitMove(
            window=window,
            terms_id=terms,
            kind=kind,
            giver_id=giver,
            taker_id=taker,
            units=units,
            at=at,
        )
        for (terms, giver, taker), units in moves.items()
    )
    _post(period, kind, by_terms, at)
    pseudonyms.ensure(period, [(terms, party) for terms in by_terms for party in by_terms[terms]])


def revenue_of(tracks: Iterable[UUID]) -> dict[UUID, int]:
    """Each track's cumulative revenue up to its last window, in micros."""
    last = TrackWindow.objects.filter(terms__in=tracks).order_by("terms", "-window_id")
    return dict(last.distinct("terms").values_list("terms_id", "cumulative_micros"))


def _post(
    period: Period, kind: UnitMove.Kind, by_terms: dict[UUID, Counter[UUID]], at: datetime
) -> None:
    letter, named = POSTED[kind]
    slots = dict(Terms.objects.filter(pk__in=by_terms).values_list("pk", "slot"))
    outside = parties.outside().pk
    ids = ledger.account_ids(
        AccountKey(Account.Kind.UNITS, party, terms)
        for terms in by_terms
        for party in (None, outside)
    )
    ledger.post_many(
        [
            Draft(
                reference=f"{letter}/{period.number}/{slots[terms]}",
                kind=named,
                at=at,
                lines=[
                    (ids[AccountKey(Account.Kind.UNITS, None, terms)], -changes[outside]),
                    (ids[AccountKey(Account.Kind.UNITS, outside, terms)], changes[outside]),
                ],
                period_number=period.number,
                terms_id=terms,
            )
            for terms, changes in by_terms.items()
        ]
    )
