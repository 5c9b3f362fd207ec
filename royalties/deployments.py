"""The contracts in use: where they stand, whether the chain is still theirs, and deploying them.

Nothing is signed for, or believed of, a chain whose id, code or blocks are not the ones on record.
"""

import logging
from datetime import datetime

from django.conf import settings
from django.db import transaction
from eth_utils.crypto import keccak

from contracts.chain import Founders
from contracts.chain import deploy as deploy_through_brownie
from contracts.client import Chain, ChainError, ChainUnavailable, Token
from contracts.node import fund, set_clock
from royalties import keys, ledger, signers
from royalties.errors import RoyaltiesError
from royalties.models import Account, ChainEvent, Deployment, OutboxTransaction

TEST_MONEY_MICROS = 10**12  # minted to the publisher once: 1,000,000 USD of the test token
LANES = ("publisher", "guardian", "keeper", "custody")  # of the outbox, one a key
SIGNING_ROLES = ("admin", *LANES)

log = logging.getLogger(__name__)


class NotDeployed(RoyaltiesError):
    """There are no contracts to settle on."""


class ChainLost(RoyaltiesError):
    """The chain came back without the contracts, and there is money in them."""


def current() -> Deployment:
    """The contracts in use.

    Raises:
        NotDeployed: there are none yet
    """
    found = Deployment.objects.filter(current=True).first()
    if found is None:
        raise NotDeployed("the contracts are not deployed yet: run `manage.py deploy_contracts`")
    return found


def connect() -> Chain:
    return Chain(settings.CHAIN_RPC_URL)


def move_clock(at: datetime) -> None:
    """Bring a local chain's clock forward to `at`; it never goes back.

    Raises:
        ChainError: it does not answer, or is none whose clock can be moved
    """
    set_clock(connect(), int(at.timestamp()))


def probe(timeout_seconds: float) -> str:
    """ "ok" if the node answers as the chain of the settings, or what is wrong with it."""
    try:
        Chain(settings.CHAIN_RPC_URL, timeout_seconds).require_chain_id(settings.CHAIN_ID)
    except ChainUnavailable:
        return "does not answer"
    except ChainError as error:
        return str(error)
    return "ok"


def stands(deployment: Deployment, chain: Chain, at: datetime) -> bool:
    """Whether this is the chain on record; if not, an alarm is raised and signing halts.

    Raises:
        ChainUnavailable: it does not answer
    """
    try:
        halted = _difference(deployment, chain)
    except ChainUnavailable:
        raise
    except ChainError as error:
        halted = str(error)
    if halted != deployment.halted:
        log.error("chain: %s", halted or "is as on record again; going on")
    Deployment.objects.filter(pk=deployment.pk).update(halted=halted, seen_at=at)
    deployment.halted, deployment.seen_at = halted, at
    return not halted


def deploy(at: datetime) -> tuple[Deployment, bool]:
    """The contracts in use, deployed now if there are none; and whether they are new.

    Raises:
        ChainLost: the chain is another one, and transactions were signed for the old
        ChainError: the chain does not answer, or refuses
    """
    keys.ensure(settings.CHAIN_KEYS_FILE)
    chain = connect()
    found = Deployment.objects.filter(current=True).first()
    if found is not None:
        if stands(found, chain, at):
            _give_gas_money(chain)  # a role may be newer than the contracts
            return found, False
        if OutboxTransaction.objects.filter(nonce__isnull=False).exists():
            raise ChainLost(
                f"{found.halted}: bring back the chain's state, or start over without the database"
            )
    _give_gas_money(chain)
    before = chain.block()
    made = deploy_through_brownie(
        settings.CHAIN_RPC_URL,
        _founders(),
        int(settings.ACTIVATION_DELAY.total_seconds()),
        TEST_MONEY_MICROS,
    )
    with transaction.atomic():
        if found is not None:
            _retire(found, at)
        return Deployment.objects.create(
            chain_id=made.chain_id,
            token=made.token,
            vault=made.vault,
            token_code_hash=made.code_hashes["TestToken"],
            vault_code_hash=made.code_hashes["Vault"],
            publisher=signers.address("publisher"),
            custody=keys.role("custody").address,
            first_nonces={lane: chain.nonce(signers.address(lane)) for lane in LANES},
            block_number=before.number,
            synced_block=before.number,
            synced_hash=before.hash,
            first_block_hash=chain.block(before.number + 1).hash,
            seen_at=at,
            deployed_at=at,
        ), True


def _difference(deployment: Deployment, chain: Chain) -> str:
    if chain.chain_id() != deployment.chain_id:
        return f"the node serves chain {chain.chain_id()}, not {deployment.chain_id}"
    for name, address, expected in [
        ("token", deployment.token, deployment.token_code_hash),
        ("vault", deployment.vault, deployment.vault_code_hash),
    ]:
        if "0x" + keccak(chain.code(address)).hex() != expected:
            return f"at {address} does not stand the {name} that was deployed"
    if chain.block(deployment.block_number + 1).hash != deployment.first_block_hash:
        return "the contracts were deployed in another block than the one the chain has"
    if not Token(chain, deployment.token).allowance(deployment.publisher, deployment.vault):
        return "the publisher has not approved the vault"
    return ""


def _founders() -> Founders:
    return Founders(
        deployer_key=keys.role("admin").private,
        publisher_key=keys.role("publisher").private,
        admin=keys.role("admin").address,
        guardian=signers.address("guardian"),
        custody=keys.role("custody").address,
    )


def _give_gas_money(chain: Chain) -> None:
    for role in SIGNING_ROLES:
        address = signers.address(role)
        if chain.balance(address):
            continue
        try:
            fund(chain, address)
        except ChainError as error:
            raise ChainError(f"{address}, the {role}, has no gas money: send it some") from error


def _retire(deployment: Deployment, at: datetime) -> None:
    """Forget contracts that are gone; nothing was ever paid into them, so only the mint goes."""
    Deployment.objects.filter(pk=deployment.pk).update(current=False)
    ChainEvent.objects.all().delete()
    minted = -ledger.balance(Account.Kind.TREASURY)
    treasury = ledger.account(Account.Kind.TREASURY)
    reserve = ledger.account(Account.Kind.RESERVE)
    lines = [(treasury, minted), (reserve, -minted)]
    ledger.post(f"retire/{deployment.pk}", "retire", at, lines)
