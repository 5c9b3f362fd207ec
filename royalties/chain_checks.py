"""Checks of ledger and chain against each other; each names what breaks it.

The chain is read after its events were followed, so the two stand at the same block. What is on
its way is no break. What is asked of every track is in `track_checks`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Sum

from contracts.client import Chain, ChainError, Token, Vault
from royalties import bundle, bundle_files, chain, deployments, ledger, track_checks
from royalties.models import Account, ChainEvent, Deployment, OutboxTransaction, Period, Posting
from royalties.verify.archive import BundleError, unpack
from royalties.verify.checks import Check, judge

TRIES = 5  # to read the chain between two of its blocks


@dataclass(frozen=True)
class Sight:
    """The contracts as they stand, at the block up to which the ledger has followed them."""

    deployment: Deployment
    vault: Vault
    token: Token


@dataclass(frozen=True)
class Figure:
    """One amount in micros that ledger and chain both know, as each says it."""

    name: str
    ledger: int
    chain: int


@dataclass(frozen=True)
class Found:
    """All checks, and the sums they rest on; no sums where the chain could not be read."""

    checks: list[Check]
    figures: list[Figure]


def check(at: datetime, node: Chain | None = None) -> list[Check]:
    """Everything that ledger, bundles and chain must agree on."""
    return look(at, node).checks


def look(at: datetime, node: Chain | None = None, bundles_from: int = 1) -> Found:
    """The checks and the sums; bundles of periods before `bundles_from` are not made again."""
    bundles = judge(
        "bundles", _bundles(bundles_from), "each closed period's file is the one published"
    )
    try:
        sight = _follow(at, node or deployments.connect())
        figures = _figures(sight)
        checks = [
            *bundles,
            *judge(
                "deposits",
                _deposits(sight.deployment, figures),
                "as many in the vault as the ledger says",
            ),
            *judge("kept", _kept(sight), "claimed money lies under the addresses it was paid to"),
            *judge("roots", _roots(sight), "each published period's root is the chain's"),
            *judge(
                "units in custody",
                track_checks.units(sight.vault, sight.deployment),
                "all of each registered track but what left",
            ),
            *judge(
                "claims",
                track_checks.claims(sight.vault, sight.deployment),
                "paid out as the ledger says, and as much left",
            ),
        ]
        return Found(checks, figures)
    except (deployments.NotDeployed, ChainError) as error:
        return Found([*bundles, Check("chain", False, str(error))], [])


def in_flight(at: datetime) -> list[Check]:
    """What is on its way to the chain, or waits to be, with its age; none of it is a break."""
    rows = OutboxTransaction.objects.filter(state__in=OutboxTransaction.OPEN).order_by("id")
    sent = [
        Check(
            f"in flight: {row.reference}",
            True,
            f"{row.state} for {(at - row.created_at).total_seconds():.0f} s {row.error}".strip(),
        )
        for row in rows
    ]
    closed = Period.objects.filter(state=Period.State.CLOSED, publications=None).order_by("number")
    return sent + [
        Check(
            f"in flight: period {period.number}",
            True,
            f"closed for {(at - period.cutoff_at).total_seconds():.0f} s, not published yet",
        )
        for period in closed
        if period.cutoff_at is not None
    ]


def _follow(at: datetime, node: Chain) -> Sight:
    """Raises ChainError if the chain is another one, or never stands still."""
    for _ in range(TRIES):
        chain.follow(at, node)
        deployment = deployments.current()
        if deployment.halted:
            raise ChainError(deployment.halted)
        if node.block().number == deployment.synced_block:
            vault, token = Vault(node, deployment.vault), Token(node, deployment.token)
            return Sight(deployment, vault, token)
    raise ChainError("new blocks come faster than they can be followed")


def _bundles(first: int) -> Iterator[str]:
    closed = Period.objects.exclude(state=Period.State.OPEN).filter(number__gte=first)
    for period in closed.order_by("number"):
        try:
            found = "0x" + unpack(_kept_bytes(period)).hash.hex()
            made = "0x" + bundle.digest(period).hex()
        except FileNotFoundError:
            yield f"period {period.number} has no bundle {bundle.path_of(period).name}"
            continue
        except OSError as error:
            yield f"the bundle of period {period.number} can't be read: {error}"
            continue
        except BundleError as error:
            yield f"the bundle of period {period.number}: {error}"
            continue
        if found != period.bundle_hash:
            yield f"the bundle of period {period.number} is {found}, not {period.bundle_hash}"
        if made != period.bundle_hash:
            yield f"the rows of period {period.number} no longer make its bundle"


def _kept_bytes(period: Period) -> bytes:
    """A bundle as everybody gets it; the store has it before its root is sent to the chain."""
    path = bundle.path_of(period)
    if period.state == Period.State.CLOSED and path.exists():
        return path.read_bytes()
    return bundle_files.stored(path)


def _figures(sight: Sight) -> list[Figure]:
    pulled = Posting.objects.filter(account__kind=Account.Kind.TREASURY, entry__kind="deposit")
    posted = pulled.aggregate(sum=Sum("amount"))["sum"] or 0
    lying = -ledger.balance(Account.Kind.VAULT_DEPOSITED)
    lying -= ledger.balance(Account.Kind.VAULT_CLAIMABLE)
    treasury, publisher = -ledger.balance(Account.Kind.TREASURY), sight.deployment.publisher
    return [
        Figure("paid into the vault", posted, sight.vault.deposited()),
        Figure("in the vault now", lying, sight.token.balance_of(sight.deployment.vault)),
        Figure("in the treasury", treasury, sight.token.balance_of(publisher)),
        Figure(
            "in custody",
            -ledger.balance(Account.Kind.CUSTODY_FLOAT),
            sight.token.balance_of(sight.deployment.custody),
        ),
    ]


def _deposits(deployment: Deployment, figures: list[Figure]) -> Iterator[str]:
    paid, lying, treasury, custody = figures
    if paid.chain != paid.ledger:
        yield f"the vault took in {paid.chain} micros, the ledger posted {paid.ledger}"
    if lying.chain != lying.ledger:
        yield f"the vault holds {lying.chain} micros, the ledger says {lying.ledger}"
    if treasury.chain != treasury.ledger:
        yield f"the treasury holds {treasury.chain} micros, the ledger says {treasury.ledger}"
    if custody.chain != custody.ledger:
        yield f"custody holds {custody.chain} micros, the ledger says {custody.ledger}"
    settled = Posting.objects.filter(account__kind=Account.Kind.SETTLED)
    owed = settled.aggregate(sum=Sum("amount"))["sum"] or 0
    # custody was paid for units that came back before they count for their holders
    paid_to_custody = track_checks.paid_to_custody(deployment).total()
    early = max(0, paid_to_custody - track_checks.given_to_holders())
    if owed > early - ledger.balance(Account.Kind.VAULT_CLAIMABLE):
        yield f"{owed} micros are settled, more than the vault can pay out"


def _kept(sight: Sight) -> Iterator[str]:
    """What lies under a party's own address; a stray token there is nobody's, and no break."""
    floats = Account.objects.filter(kind=Account.Kind.CUSTODY_FLOAT, party__isnull=False)
    rows = floats.annotate(lying=-Sum("postings__amount")).filter(lying__gt=0)
    for address, lying in rows.order_by("pk").values_list("party__address", "lying"):
        found = sight.token.balance_of(address)
        if found < lying:
            yield f"{address} holds {found} micros, the ledger says {lying}"


def _roots(sight: Sight) -> Iterator[str]:
    events = {
        event.args["data_hash"]: event.args
        for event in ChainEvent.objects.filter(name="Published").order_by("block_number", "id")
    }
    for period in Period.objects.filter(state__in=["published", "active"]).order_by("number"):
        found = events.pop(period.bundle_hash, None)
        if found is None:
            yield f"period {period.number} was not published on the chain with its bundle's hash"
        elif (found["root"], found["total"]) != (period.root, period.total_micros):
            yield f"period {period.number} has another root or total on the chain"
    active = sight.vault.active("pending")
    ours = Period.objects.filter(state=Period.State.ACTIVE).order_by("-epoch").first()
    if (active.number if active else 0) != (ours.epoch if ours else 0):
        yield f"epoch {active.number if active else 0} is active on the chain, not in the ledger"
    if (
        active
        and ours
        and ("0x" + active.root.hex(), active.total) != (ours.root, ours.total_micros)
    ):
        yield f"the active root of epoch {active.number} is not that of period {ours.number}"
