"""What an operator must look at, as the database knows it; nothing here asks the chain."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.fields.json import KT

from royalties import ledger, publications, withdrawals
from royalties.clock import next_cutoff
from royalties.models import (
    Account,
    ChainEvent,
    Deployment,
    Entry,
    OutboxTransaction,
    Period,
    Terms,
    UnitWithdrawal,
    Withdrawal,
)

SILENT_AFTER = timedelta(seconds=60)
LATE_AFTER = timedelta(minutes=10)  # many times as long as the largest period takes

Kind = OutboxTransaction.Kind
State = OutboxTransaction.State


@dataclass(frozen=True)
class Alarm:
    """One thing that stands still until somebody acts; the sentence says what and how."""

    name: str
    sentence: str


def raised(at: datetime) -> list[Alarm]:
    """Everything that keeps a period from being settled."""
    return [
        *_chain(at),
        *_roots(),
        *_late(at),
        *_periods(),
        *_reserve(),
        *_transactions(),
        *_custody(at),
        *_parts(),
    ]


def _chain(at: datetime) -> list[Alarm]:
    deployment = Deployment.objects.filter(current=True).first()
    if deployment is None:
        return [Alarm("contracts", "Not deployed yet: run manage.py deploy_contracts.")]
    if deployment.halted:
        return [Alarm("chain", f"Nothing is signed: {deployment.halted}.")]
    silent = at - deployment.seen_at
    if silent > SILENT_AFTER:
        return [Alarm("chain", f"No answer from the chain for {silent.total_seconds():.0f} s.")]
    return []


def _roots() -> list[Alarm]:
    """Roots on the chain that no period of this database has, and the guardian has not vetoed."""
    published = ChainEvent.objects.filter(name="Published").annotate(hash=KT("args__data_hash"))
    ours = Period.objects.filter(bundle_hash=OuterRef("hash"))
    vetoed = ChainEvent.objects.filter(name="Vetoed")
    return [
        Alarm(
            "root",
            f"Epoch {event.args['epoch']} on the chain is of no period here: this database is"
            " older than the chain, or the publisher's key is in other hands. Nothing is published"
            " on it; docs/operating.md says what to do.",
        )
        for event in published.exclude(Exists(ours)).order_by("pk")
        if not vetoed.filter(args__epoch=event.args["epoch"], pk__gt=event.pk).exists()
    ]


def _late(at: datetime) -> list[Alarm]:
    """A close that does not come about leaves no row: its worker is dead, or its disk is full."""
    due, is_deployed = next_cutoff(), Deployment.objects.filter(current=True).exists()
    if due is None or at - due <= LATE_AFTER or not is_deployed:
        return []
    sentence = (
        f"The open period should have closed at {due:%H:%M} UTC on {due:%-d %B}, and has not: the"
        " workers' log says why."
    )
    return [Alarm("late", sentence)]


def _periods() -> list[Alarm]:
    found = []
    waiting = Period.objects.filter(state="closed", publications=None).order_by("number")
    for short in publications.shortfalls(waiting):
        lacking = (short.needed_micros - short.treasury_micros) / 1_000_000
        sentence = f"Period {short.period} waits for ${lacking:.6f} more in the treasury."
        found.append(Alarm("treasury", sentence))
    for period in Period.objects.filter(state="vetoed").order_by("number"):
        sentence = f"Period {period.number} was vetoed: look into it, then publish or correct it."
        found.append(Alarm("veto", sentence))
    return found


def _reserve() -> list[Alarm]:
    """The reserve stands for reversed plays that were paid out, until songs earn them again."""
    owed, reserve = -ledger.total(Account.Kind.RECEIVABLE), ledger.balance(Account.Kind.RESERVE)
    if owed <= reserve:
        return []
    sentence = (
        f"Songs have ${owed / 1_000_000:.6f} of reversed plays to earn again, and the reserve has"
        f" ${max(0, reserve) / 1_000_000:.6f}: pay into it."
    )
    return [Alarm("reserve", sentence)]


def refused() -> QuerySet[OutboxTransaction]:
    """What the chain refused, unless it got done otherwise or an operator has cleared it."""
    later = OutboxTransaction.objects.filter(
        pk__gt=OuterRef("pk"),
        state=State.FINAL,
        kind=OuterRef("kind"),
        account=OuterRef("account"),
        slots__contains=OuterRef("slots"),
    )
    done = (
        Q(period__state__in=[Period.State.PUBLISHED, Period.State.ACTIVE])
        | Q(withdrawal__state=Withdrawal.State.PAID)
        | Q(unit_withdrawal__state=UnitWithdrawal.State.MOVED)
        | Q(Exists(later), kind__in=[Kind.REGISTER, Kind.SYNC, Kind.CLAIM])
    )
    rows = OutboxTransaction.objects.filter(state=State.REVERTED, cleared_at=None)
    return rows.exclude(error="").exclude(done).order_by("id")


def clear(row: OutboxTransaction, at: datetime) -> bool:
    """Raise no more alarm of a refused transaction; no, if there is none."""
    return bool(refused().filter(pk=row.pk).order_by().update(cleared_at=at))


def _transactions() -> list[Alarm]:
    waiting = OutboxTransaction.objects.filter(state__in=OutboxTransaction.OPEN)
    rows = [*waiting.exclude(error="").order_by("id"), *refused()]
    return [Alarm("outbox", f"{row.reference} is {row.state}: {row.error}.") for row in rows]


def _custody(at: datetime) -> list[Alarm]:
    """What people wait for, and what left without anybody asking for it."""
    found = []
    if Entry.objects.filter(kind=withdrawals.UNASKED).exists():
        sentence = "Custody sent money that nobody asked for: its key is in other hands."
        found.append(Alarm("custody", sentence))
    first = withdrawals.waiting().first()
    if first is None:
        return found
    for left, why in [
        (withdrawals.left_today(at), "has sent its limit of the day"),
        (withdrawals.left_in_custody(), _not_enough()),
    ]:
        if left < first.micros:
            found.append(Alarm("custody", f"Withdrawal {first.pk} waits: custody {why}."))
    return found


def _not_enough() -> str:
    elsewhere = withdrawals.left_under_payees()
    if not elsewhere:
        return "does not hold enough"
    return (
        f"does not hold enough, and ${elsewhere / 1_000_000:.6f} that others claimed for payees"
        " lies under addresses of theirs: send custody as much from the treasury"
    )


def _parts() -> list[Alarm]:
    """Parts given away on the chain: the house offers that to nobody, and has the payees' keys.

    What others do with a track that they registered themselves is theirs.
    """
    events = ChainEvent.objects.filter(name="Assigned").order_by("pk")
    given = list(events.values_list("args", flat=True))
    tracks = Terms.objects.filter(chain_id__in=[args["track"] for args in given])
    slots = dict(tracks.values_list("chain_id", "slot"))
    return [
        Alarm(
            "parts",
            f"{args['sender']} gave {args['bps'] / 100:g} % of track {slots[args['track']]} to"
            f" {args['receiver']} on the chain, and the ledger does not follow that: whose key was"
            " it?",
        )
        for args in given
        if args["track"] in slots
    ]
