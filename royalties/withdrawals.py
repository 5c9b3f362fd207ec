"""Taking money out: what is spendable goes to the party's linked wallet, once for each request.

    asked for       spendable -x, withdrawing +x
    final transfer  withdrawing -x, custody float +x
    refused         withdrawing -x, spendable +x

Only claimed earnings are spendable, so no top-up that may still be reversed can leave this way.
Custody pays, in the order of requests, what it holds and at most a day's limit; what it can't pay
yet waits, and an alarm says so.
"""

import logging
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet, Sum

from contracts import client
from royalties import forgotten, ledger, purses, wallets
from royalties.errors import InsufficientFunds, ReferenceTaken, WalletRefused
from royalties.models import Account, ChainEvent, Deployment, OutboxTransaction, Party, Withdrawal

DAY = timedelta(days=1)
UNASKED = "custody unasked"  # the kind of entry for what nobody asked for

Kind = Account.Kind
State = Withdrawal.State

log = logging.getLogger(__name__)


@transaction.atomic
def request(party: Party, micros: int, key: str, at: datetime) -> Withdrawal:
    """Reserve money to be sent to the party's wallet; the same key again is the same request.

    Raises:
        WalletRefused: no wallet is in use, it is too little, or more than a day's limit.
        InsufficientFunds: less than that is spendable. ReferenceTaken: the key had another amount.
    """
    if micros <= 0:
        raise ValueError(f"withdraw more than nothing, not {micros}")
    purses.locked(party)  # one mover of a party's earnings at a time
    known = Withdrawal.objects.filter(party=party, key=key).first()
    if known is not None:
        if known.micros != micros:
            raise ReferenceTaken(key)
        return known
    wallet = wallets.in_use(party, at)
    if wallet is None:
        raise WalletRefused("address", "Link a wallet of your own first.")
    if micros < settings.WITHDRAWAL_LEAST_MICROS:
        least = Decimal(settings.WITHDRAWAL_LEAST_MICROS) / 1_000_000
        raise WalletRefused("amount", f"At least ${least:,} can be sent at once.")
    if micros > settings.CUSTODY_DAILY_MICROS:
        most = settings.CUSTODY_DAILY_MICROS // 1_000_000
        raise WalletRefused("amount", f"At most ${most:,} can be withdrawn at once.")
    spendable = ledger.balance(Kind.SPENDABLE, party)
    if spendable < micros:
        raise InsufficientFunds(spendable, micros)
    made = Withdrawal.objects.create(
        party=party, key=key, micros=micros, address=wallet.address, requested_at=at
    )
    _post(made, "withdrawal", at, source=Kind.SPENDABLE, target=Kind.WITHDRAWING)
    return made


@transaction.atomic
def plan(at: datetime) -> list[Withdrawal]:
    """Plan the transfers that custody can pay now, oldest request first; and release refused ones.

    A request whose wallet is no longer in use is released as well, and one above what custody may
    send in a day by now, which would hold up all others for good. What the chain lost after it was
    final, and then refused, is planned again.
    """
    if not Withdrawal.objects.filter(state=State.REQUESTED).exists() and not _lost().exists():
        return []
    # One planner at a time, so that two don't spend the same money or the same limit.
    deployment = Deployment.objects.select_for_update().filter(current=True).first()
    if deployment is None:
        return []
    _pay_again(at)
    _release_refused(at)
    room, planned = min(left_today(at), left_in_custody()), []
    for one in waiting().select_related("party"):
        wallet = wallets.in_use(one.party, at)
        if wallet is None or wallet.address != one.address:
            _release(one, "its wallet is no longer the one in use", at)
            continue
        if one.micros > settings.CUSTODY_DAILY_MICROS:
            _release(one, "custody sends less in a day by now: ask for less at once", at)
            continue
        if one.micros > room:
            break
        room -= one.micros
        _transaction(one, deployment, at)
        one.planned_at = at
        one.save(update_fields=["planned_at"])
        planned.append(one)
    return planned


def sent(stored: ChainEvent, receiver: str, micros: int, at: datetime) -> None:
    """Custody paid: the request whose transaction this is has its money, or nobody asked for it.

    Under a database that is older than the chain a request may be paid by what it never signed:
    the oldest of that wallet and amount is not paid another time.
    """
    asked = Withdrawal.objects.filter(address=receiver, micros=micros, state=State.REQUESTED)
    signed = OutboxTransaction.objects.filter(signed__hash=stored.tx_hash)
    ours = asked.filter(transactions__in=signed).select_related("party").first()
    one = ours or forgotten.carried_out(asked)
    left = ledger.account(Kind.CUSTODY_FLOAT)
    reference = f"{stored.tx_hash}/{stored.position}"
    if one is None:
        log.error("custody sent %s micros to %s that nobody asked for", micros, receiver)
        missing = ledger.account(Kind.SUSPENSE)
        ledger.post(reference, UNASKED, at, [(missing, -micros), (left, micros)])
        return
    given = ledger.account(Kind.WITHDRAWING, one.party)
    ledger.post(reference, "withdrawal paid", at, [(given, -micros), (left, micros)])
    Withdrawal.objects.filter(pk=one.pk).update(
        state=State.PAID, ended_at=at, tx_hash=stored.tx_hash
    )


def waiting() -> QuerySet[Withdrawal]:
    """Requests that custody can't pay yet, oldest first."""
    return Withdrawal.objects.filter(state=State.REQUESTED, planned_at=None).order_by("pk")


def left_today(at: datetime) -> int:
    """Micros that custody may still send within its day."""
    lately = Withdrawal.objects.filter(planned_at__gt=at - DAY)
    sent_lately = lately.exclude(state=State.RELEASED)
    return int(settings.CUSTODY_DAILY_MICROS) - _sum(sent_lately)


def left_in_custody() -> int:
    """Micros that custody holds and no transfer on its way will take."""
    on_its_way = Withdrawal.objects.filter(state=State.REQUESTED, planned_at__isnull=False)
    return -ledger.balance(Kind.CUSTODY_FLOAT) - _sum(on_its_way)


def left_under_payees() -> int:
    """Micros that strangers claimed for payees: they lie under addresses that custody can't use."""
    return ledger.balance(Kind.CUSTODY_FLOAT) - ledger.total(Kind.CUSTODY_FLOAT)


def _lost() -> QuerySet[OutboxTransaction]:
    """What was posted as paid, lost by the chain and then refused; nothing stands for it yet."""
    over = [OutboxTransaction.State.REVERTED, OutboxTransaction.State.REPLACED]
    standing = OutboxTransaction.objects.filter(
        withdrawal=OuterRef("withdrawal"), kind=OutboxTransaction.Kind.WITHDRAW
    ).exclude(state__in=over)
    return OutboxTransaction.objects.filter(
        ~Exists(standing), state=OutboxTransaction.State.REVERTED, withdrawal__state=State.PAID
    )


def _pay_again(at: datetime) -> None:
    for row in _lost().order_by("withdrawal", "-pk").distinct("withdrawal"):
        log.error("%s was paid, then lost by the chain and refused: planned again", row.reference)
        row.plan_again(at)


def _release_refused(at: datetime) -> None:
    refused = OutboxTransaction.objects.filter(
        state=OutboxTransaction.State.REVERTED, withdrawal__state=State.REQUESTED
    )
    for row in refused.select_related("withdrawal__party"):
        assert row.withdrawal is not None
        _release(row.withdrawal, row.error, at)


def _release(one: Withdrawal, why: str, at: datetime) -> None:
    log.error("withdrawal %s is released: %s", one.pk, why)
    _post(one, "withdrawal released", at, source=Kind.WITHDRAWING, target=Kind.SPENDABLE)
    one.state, one.ended_at, one.why_released = State.RELEASED, at, why
    one.save(update_fields=["state", "ended_at", "why_released"])


def _transaction(one: Withdrawal, deployment: Deployment, at: datetime) -> None:
    call = client.transfer(deployment.token, one.address, one.micros)
    OutboxTransaction.objects.create(
        lane="custody",
        kind=OutboxTransaction.Kind.WITHDRAW,
        reference=f"withdraw/{one.pk}",
        withdrawal=one,
        account=one.address,
        to=call.to,
        data=call.data,
        created_at=at,
    )


def _post(one: Withdrawal, kind: str, at: datetime, source: str, target: str) -> None:
    reference = f"{kind.replace(' ', '/')}/{one.pk}"
    lines = [
        (ledger.account(source, one.party), -one.micros),
        (ledger.account(target, one.party), one.micros),
    ]
    ledger.post(reference, kind, at, lines)


def _sum(rows: QuerySet[Withdrawal]) -> int:
    return rows.aggregate(sum=Sum("micros"))["sum"] or 0
