"""Claiming: plan what brings a party its settled money, once per active root and track.

The keeper registers a track where that never happened, syncs it under the active root and claims:
for a payee by an order of the key kept for it, to custody or straight to its own wallet; for
holders custody's part of the track, which the ledger then allocates. Planning needs no chain: the
outbox sends, `chain.follow` posts what came of it.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from django.db import transaction
from django.db.models import Exists, OuterRef

from contracts import client
from contracts.client import Call
from royalties import bundle, deployments, ledger, orders, purses, tree, unit_deposits, wallets
from royalties.errors import WalletRefused
from royalties.failpoints import Point, reach
from royalties.models import (
    Account,
    ChainEvent,
    Deal,
    Deployment,
    Entitlement,
    OutboxTransaction,
    Party,
    Period,
    Terms,
    UnitWithdrawal,
)
from royalties.on_chain import on_chain

SYNC_AT_ONCE = 20
CLAIM_AT_ONCE = 50

Kind = OutboxTransaction.Kind
State = OutboxTransaction.State

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Claimable:
    """A party's settled money, and whether a claim of it is on its way."""

    micros: int
    on_its_way: bool


def claimable(party: Party) -> Claimable:
    """What a claim would bring the party now, as the ledger knows it."""
    micros = ledger.balance(Account.Kind.SETTLED, party)
    under_way = OutboxTransaction.objects.filter(kind=Kind.CLAIM, state__in=OutboxTransaction.OPEN)
    claims = under_way.values_list("account", "slots")
    wanted = _wanted(party)
    return Claimable(
        micros,
        any(slot in wanted.get(account, ()) for account, slots in claims for slot in slots),
    )


@transaction.atomic
def request(party: Party, at: datetime, straight: bool = False) -> int:
    """Plan the transactions that bring the party its settled money; how many, none if planned.

    `straight`: what it is owed as a payee goes to its own wallet, without passing through custody.

    Raises:
        NotDeployed: there are no contracts
        WalletRefused: it has no wallet in use, or shares what it receives under a deal
    """
    receiver = _payees_wallet(party, at) if straight else ""
    # One request at a time, so that two of them don't plan the same claim.
    deployment = Deployment.objects.select_for_update().get(pk=deployments.current().pk)
    period = Period.objects.filter(state=Period.State.ACTIVE).order_by("-epoch").first()
    if period is None:
        return 0
    plan = Plan(deployment, period, at)
    for account, slots in sorted(_wanted(party).items()):
        plan.claim(account, sorted(slots), party, receiver or deployment.custody)
    reach(Point.CLAIM_PLANNED)
    return plan.added


@transaction.atomic
def request_for_units(party: Party, at: datetime) -> int:
    """Plan what pays the party's own wallet for the units it holds; how many, once a root.

    Raises:
        NotDeployed: there are no contracts
        WalletRefused: it has no wallet in use
    """
    wallet = _wallet(party, at)
    deployment = Deployment.objects.select_for_update().get(pk=deployments.current().pk)
    period = Period.objects.filter(state=Period.State.ACTIVE).order_by("-epoch").first()
    if period is None:
        return 0
    moved = UnitWithdrawal.objects.filter(
        state=UnitWithdrawal.State.MOVED, address=wallet, period__epoch__lt=period.epoch
    )
    slots = sorted(set(moved.values_list("terms__slot", flat=True)))
    plan = Plan(deployment, period, at)
    plan.claim(wallet, slots, party, "")
    return plan.added


@transaction.atomic
def plan_again(at: datetime) -> int:
    """Plan again, once each, claims that were final, lost by the chain and then refused; how many.

    One that was not even signed, as the vault would refuse it, is not tried another time: it would
    be for ever. Its alarm stands.
    """
    events = ChainEvent.objects.filter(name__in=("Claimed", "ClaimedMany"))
    posted = events.filter(tx_hash=OuterRef("hash"))
    lost = OutboxTransaction.objects.filter(
        Exists(posted),
        ~Exists(OutboxTransaction.in_place_of(OuterRef("reference"))),
        kind=Kind.CLAIM,
        state=State.REVERTED,
    )
    if not lost.exists():
        return 0
    # One planner at a time, so that none is planned twice.
    deployment = Deployment.objects.select_for_update().get(pk=deployments.current().pk)
    rows = list(lost.order_by("pk"))
    for row in rows:
        log.error("%s was final, then lost by the chain and refused: planned again", row.reference)
        row.plan_again(at, _ordered_anew(row, deployment, at))
    return len(rows)


def _ordered_anew(row: OutboxTransaction, deployment: Deployment, at: datetime) -> bytes:
    """The claim under a new order, where it went elsewhere by one; nothing where it had none."""
    sent = ChainEvent.objects.filter(tx_hash=row.hash, name="PaidElsewhere").first()
    if sent is None:
        return b""
    party = Party.objects.get(address=row.account)
    ids = dict(Terms.objects.filter(slot__in=row.slots).values_list("slot", "chain_id"))
    tracks = [bytes.fromhex(ids[slot].removeprefix("0x")) for slot in row.slots]
    return orders.claim_to(deployment, party, sent.args["receiver"], tracks, at).data


def _wanted(party: Party) -> dict[str, set[int]]:
    """Slots with settled money of the party, by the account that claims it."""
    open_ones = Entitlement.objects.filter(
        party=party, claimed_at=None, amount_micros__gt=0, period__state=Period.State.ACTIVE
    )
    rows = list(open_ones.values_list("role", "terms__slot"))
    rows += [(Entitlement.Role.HOLDER, slot) for slot in unit_deposits.claimable(party)]
    if not rows:
        return {}
    custody = deployments.current().custody
    wanted: dict[str, set[int]] = {}
    for role, slot in rows:
        account = custody if role == Entitlement.Role.HOLDER else party.address
        wanted.setdefault(account, set()).add(slot)
    return wanted


def _wallet(party: Party, at: datetime) -> str:
    wallet = wallets.in_use(party, at)
    if wallet is None:
        raise WalletRefused("address", "Link a wallet of your own first.")
    return wallet.address


def _payees_wallet(party: Party, at: datetime) -> str:
    address = _wallet(party, at)
    purses.locked(party)  # no deal is accepted meanwhile
    if Deal.objects.filter(artist=party, state=Deal.State.ACCEPTED).exists():
        raise WalletRefused(
            "address", "Under a deal your money is divided first: claim it here, then withdraw it."
        )
    return address


class Plan:
    """Transactions of the keeper towards one active root, in the order they must be sent."""

    def __init__(self, deployment: Deployment, period: Period, at: datetime) -> None:
        self.deployment = deployment
        self.vault, self.epoch, self.at = deployment.vault, period.epoch or 0, at
        self.added = 0
        leaves = bundle.leaves_of(period)
        self.leaves = {leaf.slot: leaf for leaf in leaves}
        self.tree = tree.build(leaves)

    def claim(self, account: str, slots: Iterable[int], party: Party, receiver: str) -> None:
        missing = [slot for slot in slots if slot not in self._planned(Kind.CLAIM, account)]
        self.register(missing)
        synced = self._planned(Kind.SYNC)
        for some in _chunks([slot for slot in missing if slot not in synced], SYNC_AT_ONCE):
            self._add(Kind.SYNC, some, client.sync_many(self.vault, [*map(self.leaf, some)]))
        for some in _chunks(missing, CLAIM_AT_ONCE):
            tracks = [self.leaf(slot).track for slot in some]
            call = client.claim_many(self.vault, tracks, account)
            if account == party.address:
                call = orders.claim_to(self.deployment, party, receiver, tracks, self.at)
            self._add(Kind.CLAIM, some, call, account)

    def register(self, slots: Iterable[int]) -> None:
        """Once for good, each track for itself."""
        registered = self._planned(Kind.REGISTER)
        for slot in slots:
            if slot not in registered:
                self._add(Kind.REGISTER, [slot], self._register(slot))

    def _planned(self, kind: str, account: str = "") -> set[int]:
        """Slots that a transaction not refused covers, of this root; registering is for good."""
        rows = OutboxTransaction.objects.filter(kind=kind, account=account)
        rows = rows.exclude(state__in=[State.REVERTED, State.REPLACED])
        if kind != Kind.REGISTER:
            rows = rows.filter(after_epoch=self.epoch)
        return {slot for slots in rows.values_list("slots", flat=True) for slot in slots}

    def _add(self, kind: str, slots: Sequence[int], call: Call, account: str = "") -> None:
        named = sha256(f"{account} {list(slots)}".encode()).hexdigest()[:16]
        reference = f"{kind}/{self.epoch}/{named}"
        attempt = OutboxTransaction.objects.filter(reference__startswith=reference).count()
        OutboxTransaction.objects.create(
            lane="keeper",
            kind=kind,
            reference=f"{reference}/{attempt}" if attempt else reference,
            after_epoch=self.epoch if kind != Kind.REGISTER else 0,
            slots=list(slots),
            account=account,
            to=call.to,
            data=call.data,
            created_at=self.at,
        )
        self.added += 1

    def _register(self, slot: int) -> Call:
        (registered,) = on_chain(Terms.objects.filter(slot=slot))
        return client.register(self.vault, registered.terms)

    def leaf(self, slot: int) -> client.Leaf:
        leaf = self.leaves[slot]
        steps = tuple(client.ProofStep(step.hash, step.sum) for step in self.tree.proof(slot))
        return client.Leaf(leaf.track, slot, leaf.revenue, steps)


def _chunks(slots: Sequence[int], size: int) -> list[Sequence[int]]:
    return [slots[start : start + size] for start in range(0, len(slots), size)]
