"""A house with contracts on a chain in the process: periods close, are sent, and followed."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from eth_abi.abi import encode
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from contracts import client, node
from contracts.client import Call, Chain, Token, Vault
from contracts.codec import artifact
from contracts.fake import FakeChain, FakeRoles
from contracts.fake import deploy as deploy_in_process
from royalties import (
    accrual,
    bundle,
    claims,
    keys,
    leaving,
    outbox,
    publications,
    settlement,
    withdrawals,
)
from royalties import chain as royalties_chain
from royalties.models import Deployment, Party, Period, Terms
from tests.royalties.builders import NOON
from tests.royalties.linking import address_of

DELAY_SECONDS = 30
MINTED = 10**12
OnCommit = Callable[..., AbstractContextManager[Any]]
ROLES = ("admin", "publisher", "guardian", "keeper", "custody")


@dataclass
class House:
    """What operator, beat and chain worker do, on a clock the test moves."""

    chain: Chain
    deployment: Deployment
    on_commit: OnCommit
    at: datetime = field(default=NOON)

    @property
    def vault(self) -> Vault:
        return Vault(self.chain, self.deployment.vault)

    @property
    def token(self) -> Token:
        return Token(self.chain, self.deployment.token)

    def chain_time(self) -> datetime:
        return datetime.fromtimestamp(self.chain.block().timestamp, UTC)

    def pass_time(self, seconds: float) -> None:
        """On the chain and in the house alike."""
        self.at += timedelta(seconds=seconds)
        node.set_clock(self.chain, int(self.at.timestamp()))

    def accrue(self) -> None:
        accrual.accrue(self.at)

    def close(self) -> Period:
        with self.on_commit(execute=True):
            return settlement.close(self.at)

    def work(self, times: int = 3) -> None:
        """The chain worker's tasks, a few times over."""
        for _ in range(times):
            publications.plan(self.at)
            claims.plan_again(self.at)
            withdrawals.plan(self.at)
            leaving.plan(self.at)
            outbox.send(self.at, self.chain)
            royalties_chain.follow(self.at, self.chain)

    def settle(self) -> Period:
        """Close, publish, wait for the root to be active."""
        period = self.close()
        self.work()
        self.pass_time(2 * DELAY_SECONDS)  # a node's clock runs on meanwhile
        self.work()
        period.refresh_from_db()
        return period

    def claim(self, party: Party) -> None:
        claims.request(party, self.at)
        self.work()

    def bundles(self) -> list[Path]:
        closed = Period.objects.exclude(state=Period.State.OPEN).order_by("number")
        return [bundle.path_of(period) for period in closed]


def bundle_path(number: int) -> Path:
    """Where a closed period's bundle lies."""
    return bundle.path_of(Period.objects.get(number=number))


def in_process(on_commit: OnCommit) -> House:
    """Contracts on a chain of one's own, and their row in the address book."""
    fake = FakeChain(timestamp=int(NOON.timestamp()) - 1_000)
    for role in ROLES:
        node.fund(fake, keys.role(role).address)
    before = fake.block()
    address = {role: keys.role(role).address for role in ROLES}
    made = deploy_in_process(
        fake,
        FakeRoles(address["admin"], address["publisher"], address["guardian"], address["custody"]),
        DELAY_SECONDS,
        mint_micros=0,
    )
    send(fake, "admin", client.mint(made.token, address["publisher"], MINTED))
    return _settled_in(fake, made, before, on_commit)


def on_a_node(chain: Chain, on_commit: OnCommit) -> House:
    """As `in_process`, on a local node, which signs for anybody: quicker than through Brownie."""
    address = {role: keys.role(role).address for role in ROLES}
    for role in ROLES:
        node.fund(chain, address[role])
        chain.rpc("anvil_impersonateAccount", address[role])
    before = chain.block()
    token = _create(chain, address["admin"], "TestToken", [], [])
    parts = [token, *(address[role] for role in ("admin", "publisher", "guardian", "custody"))]
    vault = _create(
        chain, address["admin"], "Vault", ["address"] * 5 + ["uint256"], [*parts, DELAY_SECONDS]
    )
    chain.wait(send(chain, "admin", client.mint(token, address["publisher"], MINTED)))
    chain.wait(send(chain, "publisher", client.approve(token, vault, 2**256 - 1)))
    hashes = {
        n: "0x" + keccak(chain.code(a)).hex()
        for n, a in {"TestToken": token, "Vault": vault}.items()
    }
    made = client.Deployment(chain.chain_id(), token, vault, chain.block().number, hashes)
    return _settled_in(chain, made, before, on_commit)


def _create(chain: Chain, sender: str, name: str, types: list[str], args: list[object]) -> str:
    code = artifact(name)["bytecode"] + encode(types, args).hex()
    hash = chain.rpc("eth_sendTransaction", {"from": sender, "data": code, "gas": hex(6_000_000)})
    chain.wait(hash)
    return to_checksum_address(chain.rpc("eth_getTransactionReceipt", hash)["contractAddress"])


def _settled_in(
    chain: Chain, made: client.Deployment, before: client.Block, on_commit: OnCommit
) -> House:
    """The row of the address book, and the house at noon."""
    deployment = Deployment.objects.create(
        chain_id=made.chain_id,
        token=made.token,
        vault=made.vault,
        token_code_hash=made.code_hashes["TestToken"],
        vault_code_hash=made.code_hashes["Vault"],
        publisher=keys.role("publisher").address,
        custody=keys.role("custody").address,
        block_number=before.number,
        synced_block=before.number,
        synced_hash=before.hash,
        first_block_hash=chain.block(before.number + 1).hash,
        seen_at=NOON,
        deployed_at=NOON,
    )
    node.set_clock(chain, int(NOON.timestamp()))
    house = House(chain, deployment, on_commit)
    house.at = house.chain_time()
    royalties_chain.follow(house.at, chain)
    return house


def send(chain: Chain, role: str, call: Call) -> str:
    """A transaction outside of the outbox; its hash."""
    key = keys.role(role)
    return send_from(chain, key.private, key.address, call)


def send_from(chain: Chain, private: bytes, address: str, call: Call) -> str:
    """As `send`, of anybody's key."""
    gas, nonce = chain.estimate_gas(call, address), chain.nonce(address)
    signed = client.sign(call, private, nonce, chain.chain_id(), chain.fees(), gas)
    return chain.send_raw(signed.raw)


def send_units_back(house: House, terms: Terms, key: bytes, units: int) -> str:
    """What the wallet of this key does to give units of a track back to custody; the hash."""
    active = Period.objects.filter(state=Period.State.ACTIVE).latest("epoch")
    leaf = claims.Plan(house.deployment, active, house.at).leaf(terms.slot)
    call = client.sync_and_transfer(house.vault.address, leaf, house.deployment.custody, units)
    node.fund(house.chain, address_of(key))
    return send_from(house.chain, key, address_of(key), call)


def mined_together(chain: Chain) -> None:
    """The last two blocks' transactions as a chain gives them that mined both in the first."""
    assert isinstance(chain, FakeChain)
    first, second = chain.node.blocks[-2:]
    for receipt in second.receipts:
        receipt |= {"blockNumber": hex(first.number), "blockHash": first.hash}
    first.receipts += second.receipts
    second.receipts = []
