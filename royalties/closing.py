"""What a period owes whom, frozen at its close: entitlements, and their postings to `published`.

Payees and the platform are owed the difference of cumulative floors, as the contract pays them;
holders whole micros of their part of the pool, the rest carried with each of them.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from uuid import UUID

from django.db import transaction
from django.db.models import Prefetch, QuerySet

from royalties import holdings, ledger, locks, money, openings, pseudonyms, rows
from royalties.ledger import AccountKey, Draft
from royalties.models import Account, Entitlement, Payee, Period, Terms

FROZEN = ("period_id", "terms_id", "party_id", "role", "amount_micros", "carried")


@dataclass(frozen=True)
class Earning:
    """One track's revenue in a period: cumulative before and after."""

    terms: Terms
    before_micros: int
    after_micros: int


@transaction.atomic
def entitle(period: Period, at: datetime) -> QuerySet[Entitlement]:
    """Freeze what the period owes and post it; the caller has accrued up to the cut-off.

    Again for the same period it returns what was frozen, and changes nothing.
    """
    locks.take(locks.Lock.ACCRUAL)
    if not period.entitlements.exists():
        earnings = earnings_in(period)
        frozen = [*_of_payees(period, earnings), *settle_holdings(period, earnings)]
        rows.insert(Entitlement, FROZEN, list(map(attrgetter(*FROZEN), frozen)))
        _post(period, earnings, frozen, at)
    order = ("terms__slot", "role", "party_id")
    return period.entitlements.select_related("terms", "party").order_by(*order)


def earnings_in(period: Period) -> list[Earning]:
    """Every track with a window in the period, or that units left or came to, in slot order."""
    before, gained = openings.revenue_before(period), openings.gained(period)
    tracks = Terms.objects.filter(pk__in=before).order_by("slot")
    tracks = tracks.prefetch_related(Prefetch("payees", Payee.objects.order_by("position")))
    return [
        Earning(terms, before[terms.pk], before[terms.pk] + gained.get(terms.pk, 0))
        for terms in tracks
    ]


def settle_holdings(period: Period, earnings: Sequence[Earning]) -> list[Entitlement]:
    """Bring every holding of these tracks up to date and freeze its whole micros (not saved)."""
    owed = holdings.settle([(e.terms.pk, e.after_micros, e.terms.pool_bps) for e in earnings])
    pseudonyms.ensure(period, [(one.terms_id, one.party_id) for one in owed])
    return [
        Entitlement(
            period=period,
            terms_id=one.terms_id,
            party_id=one.party_id,
            role=Entitlement.Role.HOLDER,
            amount_micros=one.amount_micros,
            carried=one.carried,
        )
        for one in owed
    ]


def _of_payees(period: Period, earnings: Iterable[Earning]) -> Iterable[Entitlement]:
    for earning in earnings:
        terms = earning.terms
        parts = [(payee.party_id, payee.bps, "payee") for payee in terms.payees.all()]
        parts.append((terms.platform_id, terms.platform_bps, "platform"))
        for party_id, bps, role in parts:
            yield Entitlement(
                period=period,
                terms=terms,
                party_id=party_id,
                role=Entitlement.Role(role),
                amount_micros=money.share_between(earning.before_micros, earning.after_micros, bps),
            )


def _post(
    period: Period, earnings: Sequence[Earning], frozen: Iterable[Entitlement], at: datetime
) -> None:
    by_terms: dict[UUID, Counter[AccountKey]] = defaultdict(Counter)
    for one in frozen:
        lines = by_terms[one.terms_id]
        lines[_source(one)] -= one.amount_micros
        lines[AccountKey(Account.Kind.PUBLISHED, one.party_id)] += one.amount_micros
    ids = ledger.account_ids(key for lines in by_terms.values() for key in lines)
    ledger.post_many(
        [
            Draft(
                reference=f"p/{period.number}/{earning.terms.slot}",
                kind="close",
                at=at,
                lines=[(ids[key], amount) for key, amount in by_terms[earning.terms.pk].items()],
                period_number=period.number,
                terms_id=earning.terms.pk,
            )
            for earning in earnings
        ]
    )


def _source(one: Entitlement) -> AccountKey:
    if one.role == Entitlement.Role.HOLDER:
        return AccountKey(Account.Kind.POOL, terms_id=one.terms_id)
    return AccountKey(Account.Kind.ACCRUED, one.party_id)
