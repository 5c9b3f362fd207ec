"""Chargebacks: a top-up that its payer's bank takes back, and the plays that were paid with it.

Money is spent in the order in which it came in, so that it is known which plays a top-up paid. What
of it was not spent leaves the purse; the plays are reversed one by one, for good (`reversals`);
what neither has is the reserve's loss. A play paid in part with other money is reversed whole, and
that other money is the listener's again. What was forfeited is other songs': the reserve bears of
it what this money paid, and no other.
"""

from datetime import datetime
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Case, F, QuerySet, Sum, When

from royalties import fraud_holds, ledger, locks, reversals
from royalties.models import Account, FraudHold, PaidPlay, Party, Posting, Purse, Reversal, TopUp

# Plays whose money is the listener's no more, each with what of the money from `before` to `upto`
# paid it, of all that its listener had spent by it. A forfeited one stays paid: the reserve has
# stood for what was charged back of it.
PAID_WITH = """
SELECT id, (least(spent, %(upto)s) - greatest(spent - price_micros, %(before)s))::bigint FROM (
    SELECT p.id, p.price_micros, sum(p.price_micros) OVER (ORDER BY p.counted_at, p.id) AS spent
    FROM royalties_paidplay p WHERE p.listener_id = %(party)s AND NOT EXISTS (
        SELECT FROM royalties_reversal r
        WHERE r.play_id = p.id AND r.charged_back_at IS NOT NULL
            AND (r.kind = 'chargeback' OR EXISTS (
                SELECT FROM royalties_entry e WHERE e.reference = format('charged back/%%s', r.id)
            ))
    )
) paid WHERE spent > %(before)s AND spent - price_micros < %(upto)s
"""


def plays_paid_with(top_up: TopUp) -> list[PaidPlay]:
    """The plays that this money paid, in whole or in part; none once it is charged back."""
    found = PaidPlay.objects.filter(pk__in=_paid_with(top_up))
    return list(found.order_by("counted_at", "pk"))


def _paid_with(top_up: TopUp) -> dict[int, int]:
    """Micros of this money by the play that they paid."""
    if top_up.charged_back_at is not None:
        return {}
    before = _came_in_before(top_up)
    told: dict[str, UUID | int] = {
        "party": top_up.party_id,
        "before": before,
        "upto": before + top_up.micros,
    }
    with connection.cursor() as cursor:
        cursor.execute(PAID_WITH, told)
        return dict(cursor.fetchall())


def reversible_plays(party: Party, at: datetime) -> QuerySet[PaidPlay]:
    """Plays that stand on money still reversible: what they earned may not leave the house yet."""
    reversible = TopUp.objects.filter(party=party, reversible_until__gt=at, charged_back_at=None)
    plays = {play.pk for one in reversible for play in plays_paid_with(one)}
    return PaidPlay.objects.filter(pk__in=plays).not_reversed()


@transaction.atomic
def charge_back(top_up: TopUp, reason: str, at: datetime) -> TopUp:
    """Give a top-up back to the bank, play by play; charged back already, nothing changes."""
    locks.take(locks.Lock.ACCRUAL)
    purse = Purse.objects.select_for_update().get(party=top_up.party_id)
    top_up = TopUp.objects.select_for_update().select_related("party", "entry").get(pk=top_up.pk)
    if top_up.charged_back_at is not None:
        return top_up
    paid, plays = _paid_with(top_up), plays_paid_with(top_up)
    gone = Reversal.objects.filter(play__in=plays, fraud_hold__outcome=FraudHold.Outcome.FORFEITED)
    lost = set(gone.values_list("play", flat=True))  # other tracks have it, or will
    back = sum(play.price_micros for play in plays if play.pk not in lost)
    other = back - sum(micros for pk, micros in paid.items() if pk not in lost)
    unspent = top_up.micros - sum(paid.values())
    # below nothing: of other money, which is the listener's again
    from_purse = min(unspent - other, purse.available_micros)
    top_up.charged_back_at, top_up.reason = at, reason
    top_up.reserve_micros = top_up.micros - back - from_purse
    top_up.save(update_fields=["charged_back_at", "reason", "reserve_micros"])
    Purse.objects.filter(pk=purse.pk).update(available_micros=F("available_micros") - from_purse)
    held = list(Reversal.objects.frozen().filter(play__in=plays).select_related("play"))
    gone.filter(charged_back_at=None).update(charged_back_at=at)
    reversals.charge_back_held(held, at)
    fraud_holds.end_emptied(held, at)
    reversals.reverse(plays, Reversal.Kind.CHARGEBACK, reason, at)
    _post(top_up, at)
    return top_up


def _post(top_up: TopUp, at: datetime) -> None:
    lines = [
        (ledger.account(Account.Kind.BANK), top_up.micros),
        (
            ledger.account(Account.Kind.LISTENER, top_up.party),
            top_up.reserve_micros - top_up.micros,
        ),
        (ledger.account(Account.Kind.RESERVE), -top_up.reserve_micros),
    ]
    ledger.post(f"chargeback/{top_up.entry.reference}", "chargeback", at, lines)


def _came_in_before(top_up: TopUp) -> int:
    """What came into the purse before this money: of what was charged back, the reserve's part."""
    credits = Posting.objects.filter(
        account__kind=Account.Kind.LISTENER,
        account__party=top_up.party_id,
        entry__kind__in=["deposit", "earnings spent"],
        entry__lt=top_up.entry_id,
    )
    stands = Case(
        When(entry__topup__charged_back_at__isnull=False, then=F("entry__topup__reserve_micros")),
        default=F("amount"),
    )
    return credits.aggregate(sum=Sum(stands))["sum"] or 0
