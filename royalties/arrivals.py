"""What each event of the chain does to the ledger, and what a root's activation does.

    Transfer (mint)            treasury -x, reserve +x
    Transfer (into the vault)  treasury +x, vault deposited -x
    root active                vault deposited +x, vault claimable -x; published -> settled;
                               settled of the wallets -> of who brought units back
    Claimed, ClaimedMany       vault claimable +x, custody float -x; settled -> spendable
    PaidElsewhere              custody float of the party +x, of custody -x; or spendable -x where
                               it went straight to the party's own wallet
    Transfer (to custody)      treasury +x, custody float -x: from the treasury
    Transfer (from custody)    custody float +x, withdrawing -x
    Transfer (a stray one)     custody float, treasury or vault deposited -x, suspense +x

So -(vault deposited + vault claimable) is always the token's balance of the vault. What is claimed
lies in custody, or under the address that the house keeps for a party: the custody float of nobody,
or of that party.
"""

import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Max, Q, QuerySet

from contracts.client import Event
from royalties import deals, leaving, ledger, parties, unit_deposits, withdrawals
from royalties.failpoints import Point, reach
from royalties.ledger import AccountKey, Draft
from royalties.models import Account, ChainEvent, Deployment, Entitlement, Party, Period, Terms

NOBODY = "0x" + "0" * 40

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Claim:
    """What the vault paid an account of one track, up to an epoch, in micros."""

    reference: str
    account: str
    epoch: int
    amount: int


def post(stored: ChainEvent, event: Event, deployment: Deployment, at: datetime) -> None:
    """Post one event that was never seen before; inside the transaction that stored it."""
    handlers: dict[str, Callable[[ChainEvent, Event, Deployment, datetime], None]] = {
        "Transfer": _transfer,
        "Published": _published,
        "Vetoed": _vetoed,
        "Claimed": _claimed,
        "ClaimedMany": _claimed_many,
        "PaidElsewhere": _paid_elsewhere,
        "UnitsTransfer": _units_moved,
    }
    handler = handlers.get(event.name)
    if handler is not None:
        handler(stored, event, deployment, at)


def activate(epoch: int, at: datetime) -> list[Period]:
    """Settle what is owed by every published period up to this epoch."""
    waiting = Period.objects.filter(state=Period.State.PUBLISHED, epoch__lte=epoch)
    return [_activate(period, at) for period in waiting.order_by("number")]


@transaction.atomic
def _activate(period: Period, at: datetime) -> Period:
    # Whoever changes the state posts; a second process changes nothing.
    same = Period.objects.filter(pk=period.pk, state=Period.State.PUBLISHED)
    if not same.update(state=Period.State.ACTIVE):
        return period
    period.state = Period.State.ACTIVE
    before = Period.objects.filter(state=Period.State.ACTIVE, number__lt=period.number)
    gained = (period.total_micros or 0) - (before.aggregate(t=Max("total_micros"))["t"] or 0)
    named: dict[tuple[str, UUID | None], Mapping[AccountKey, int]] = {
        (f"a/{period.number}", None): {
            AccountKey(Account.Kind.VAULT_DEPOSITED): gained,
            AccountKey(Account.Kind.VAULT_CLAIMABLE): -gained,
        }
    }
    by_track = _by_track(period.entitlements.select_related("terms"))
    for terms, moved in unit_deposits.settled(period).items():
        by_track[terms].update(moved)
    for terms, lines in by_track.items():
        named[f"a/{period.number}/{terms.slot}", terms.pk] = lines
    ids = ledger.account_ids(key for lines in named.values() for key in lines)
    ledger.post_many(
        [
            Draft(
                reference=reference,
                kind="activation",
                at=at,
                lines=[(ids[key], amount) for key, amount in lines.items()],
                period_number=period.number,
                terms_id=terms_id,
            )
            for (reference, terms_id), lines in named.items()
        ]
    )
    reach(Point.ACTIVE_POSTED)
    log.info("period %s is active", period.number)
    return period


def _by_track(entitlements: Iterable[Entitlement]) -> dict[Terms, Counter[AccountKey]]:
    """What moves from published to settled, per track."""
    tracks: dict[Terms, Counter[AccountKey]] = defaultdict(Counter)
    for one in entitlements:
        tracks[one.terms][AccountKey(Account.Kind.PUBLISHED, one.party_id)] -= one.amount_micros
        tracks[one.terms][AccountKey(Account.Kind.SETTLED, one.party_id)] += one.amount_micros
    return tracks


def _transfer(stored: ChainEvent, event: Event, deployment: Deployment, at: datetime) -> None:
    sender, receiver, amount = _parties_of(event)
    if not amount:
        return  # anybody may move nothing, out of anybody's account
    if sender == deployment.custody:
        withdrawals.sent(stored, receiver, amount, at)
    elif sender == NOBODY and receiver == deployment.publisher:
        treasury = ledger.account(Account.Kind.TREASURY)
        reserve = ledger.account(Account.Kind.RESERVE)
        # The same mint may happen again, in the same transaction, on the chain after a lost one.
        reference = f"mint/{deployment.pk}/{_reference(stored)}"
        ledger.post(reference, "mint", at, [(treasury, -amount), (reserve, amount)])
    elif sender == deployment.publisher and receiver == deployment.vault:
        treasury = ledger.account(Account.Kind.TREASURY)
        deposited = ledger.account(Account.Kind.VAULT_DEPOSITED)
        ledger.post(_reference(stored), "deposit", at, [(treasury, amount), (deposited, -amount)])
    elif (sender, receiver) == (deployment.publisher, deployment.custody):
        treasury = ledger.account(Account.Kind.TREASURY)
        found = ledger.account(Account.Kind.CUSTODY_FLOAT)
        ledger.post(
            _reference(stored), "custody filled", at, [(treasury, amount), (found, -amount)]
        )
    elif (sender, receiver) != (deployment.vault, deployment.custody):  # posted as it was claimed
        _stray(stored, receiver, amount, deployment, at)


def _stray(
    stored: ChainEvent, receiver: str, amount: int, deployment: Deployment, at: datetime
) -> None:
    """Somebody sent the house money for nothing: it lies there, and is kept apart."""
    places = {
        deployment.custody: Account.Kind.CUSTODY_FLOAT,
        deployment.publisher: Account.Kind.TREASURY,
        deployment.vault: Account.Kind.VAULT_DEPOSITED,
    }
    if receiver in places:
        found, stray = ledger.account(places[receiver]), ledger.account(Account.Kind.SUSPENSE)
        ledger.post(_reference(stored), "stray", at, [(found, -amount), (stray, amount)])


def _published(stored: ChainEvent, event: Event, deployment: Deployment, at: datetime) -> None:
    period = Period.objects.filter(
        state=Period.State.CLOSED, bundle_hash=stored.args["data_hash"], root=stored.args["root"]
    ).first()
    if period is None:
        log.error("a root was published that no closed period has: %s", stored.args["root"])
        return
    period.state = Period.State.PUBLISHED
    period.epoch = event.args["epoch"]
    period.published_at = at
    period.active_at = datetime.fromtimestamp(event.args["active_at"], UTC)
    period.save(update_fields=["state", "epoch", "published_at", "active_at"])


def _vetoed(stored: ChainEvent, event: Event, deployment: Deployment, at: datetime) -> None:
    vetoed = Period.objects.filter(state=Period.State.PUBLISHED, epoch=event.args["epoch"])
    for period in vetoed:
        log.error("period %s was vetoed by the guardian", period.number)
    vetoed.update(state=Period.State.VETOED, epoch=None, active_at=None)


def _claimed(stored: ChainEvent, event: Event, deployment: Deployment, at: datetime) -> None:
    claim = Claim(
        _reference(stored), event.args["account"], event.args["epoch"], event.args["amount"]
    )
    _claim(claim, Terms.objects.filter(chain_id=stored.args["track"]), deployment, at)


def _claimed_many(stored: ChainEvent, event: Event, deployment: Deployment, at: datetime) -> None:
    for place, one in enumerate(stored.args["claims"]):
        reference = f"{_reference(stored)}/{place}"
        claim = Claim(reference, event.args["account"], one["epoch"], one["amount"])
        _claim(claim, Terms.objects.filter(chain_id__startswith=one["track"]), deployment, at)


def _claim(claim: Claim, track: QuerySet[Terms], deployment: Deployment, at: datetime) -> None:
    """Money left the vault for custody and its holders, a payee, or units in somebody's wallet.

    Also where nothing did: then it had left before, for units that came back and are their holders'
    only now. Anybody may register a track in the vault: one of others is not the ledger's.
    """
    epoch, amount, account = claim.epoch, claim.amount, claim.account
    activate(epoch, at)  # the chain proves that this epoch is
    terms = track.select_related("platform").first()
    if terms is None:
        log.log(logging.ERROR if amount else logging.INFO, "of a track of others: %s", claim)
        return
    open_ones = Entitlement.objects.filter(
        terms=terms, claimed_at=None, period__state=Period.State.ACTIVE, period__epoch__lte=epoch
    )
    to_custody, keeper = account == deployment.custody, _keeper(terms, account)
    if to_custody:
        holders = open_ones.filter(role=Entitlement.Role.HOLDER)
        paid = holders.exclude(party__kind=Party.Kind.OUTSIDE)
    else:
        paid = open_ones.filter(_of(terms, account))
    lines: Counter[AccountKey] = Counter()
    due = list(paid.select_related("period", "party").order_by("period_id", "party_id"))
    for one in due:
        _pay_out(one, lines)
    for party, micros in (unit_deposits.claimed(terms, epoch, at) if to_custody else {}).items():
        lines[AccountKey(Account.Kind.SETTLED, party)] -= micros
        lines[AccountKey(Account.Kind.SPENDABLE, party)] += micros
    lines[AccountKey(Account.Kind.VAULT_CLAIMABLE)] += amount
    if to_custody or keeper:
        lines[AccountKey(Account.Kind.CUSTODY_FLOAT, keeper)] -= amount
    for_units = 0 if to_custody else amount - sum(one.amount_micros for one in due)
    if for_units:
        lines[AccountKey(Account.Kind.SETTLED, parties.outside().pk)] -= for_units
    if for_units and keeper:
        lines[AccountKey(Account.Kind.SPENDABLE, keeper)] += for_units
    if any(lines.values()):
        ids = ledger.account_ids(lines)
        named = [(ids[key], micros) for key, micros in lines.items()]
        ledger.post_many([Draft(claim.reference, "claim", at, named, None, terms.pk)])
    reach(Point.CLAIM_POSTED)
    paid.update(claimed_at=at)


def _paid_elsewhere(stored: ChainEvent, event: Event, deployment: Deployment, at: datetime) -> None:
    """What was claimed for a party went to custody, or straight to a wallet of its own."""
    party = Party.objects.filter(address=event.args["account"]).first()
    amount, receiver = event.args["amount"], event.args["receiver"]
    if party is None:  # somebody's own wallet, which may send it where it likes
        if receiver == deployment.custody:
            _stray(stored, receiver, amount, deployment, at)
        return
    left = ledger.account(Account.Kind.CUSTODY_FLOAT, party)
    target = ledger.account(Account.Kind.SPENDABLE, party)
    if receiver == deployment.custody:
        target = ledger.account(Account.Kind.CUSTODY_FLOAT)
    ledger.post(_reference(stored), "paid elsewhere", at, [(left, amount), (target, -amount)])


def _units_moved(stored: ChainEvent, event: Event, deployment: Deployment, at: datetime) -> None:
    sender, receiver = event.args["sender"], event.args["receiver"]
    if sender == deployment.custody:
        leaving.moved(stored, receiver, event.args["amount"], at)
    elif receiver == deployment.custody and sender != NOBODY and event.args["amount"]:
        unit_deposits.arrived(stored, at)


def _pay_out(one: Entitlement, lines: Counter[AccountKey]) -> None:
    """Settled money becomes spendable; what a payee under a deal received is divided first."""
    if not one.amount_micros:
        return
    lines[AccountKey(Account.Kind.SETTLED, one.party_id)] -= one.amount_micros
    divided = [(one.party, one.amount_micros)]
    if one.role == Entitlement.Role.PAYEE:
        assert one.period.cutoff_at is not None
        divided = deals.divide(one.party, one.amount_micros, one.period.cutoff_at)
    for party, micros in divided:
        lines[AccountKey(Account.Kind.SPENDABLE, party.pk)] += micros


def _of(terms: Terms, account: str) -> Q:
    """The entitlements that the contract pays directly to an address."""
    if account == terms.platform.address:
        return Q(role=Entitlement.Role.PLATFORM)
    payees = terms.payees.filter(address=account)
    return Q(role=Entitlement.Role.PAYEE, party__in=payees.values("party"))


def _keeper(terms: Terms, account: str) -> UUID | None:
    """For which party the house keeps the key of this address; None for custody and own wallets."""
    if account == terms.platform.address:
        return terms.platform_id
    return terms.payees.filter(address=account).values_list("party", flat=True).first()


def _parties_of(event: Event) -> tuple[str, str, int]:
    sender, receiver, amount = event.args.values()
    return sender, receiver, amount


def _reference(stored: ChainEvent) -> str:
    return f"{stored.tx_hash}/{stored.position}"
