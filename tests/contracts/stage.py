"""A chain with a vault on it and everyone who has a role, for tests to act on."""

from dataclasses import dataclass, replace

import pytest

from contracts import fake, node
from contracts.chain import Founders, deploy
from contracts.client import (
    Call,
    Chain,
    Deployment,
    Fees,
    Receipt,
    Reverted,
    Terms,
    Token,
    Vault,
    claim,
    derive_key,
    publish,
    register,
    sign,
    sync,
    track_id,
    transfer_units,
)
from tests.contracts.trees import Tree, tree_of

SEED = b"refrain tests".ljust(64, b"\0")
DELAY_SECONDS = 30
MINTED = 10**15
FEES = Fees(10**11, 10**9)
ROLES = (
    *("admin", "publisher", "guardian", "custody", "keeper"),
    *("artist", "writer", "label", "listener", "buyer"),
)
KEYS = {role: derive_key(SEED, index) for index, role in enumerate(ROLES)}
PLATFORM = derive_key(SEED, 99)[1]


def address(role: str) -> str:
    return KEYS[role][1]


FOUNDERS = Founders(
    deployer_key=KEYS["admin"][0],
    publisher_key=KEYS["publisher"][0],
    admin=address("admin"),
    guardian=address("guardian"),
    custody=address("custody"),
)


def terms(**changes: object) -> Terms:
    """Sensible terms: artist 60 %, writer 20 %, platform 5 %, fans 15 %."""
    plain = Terms(
        payees=(address("artist"), address("writer")),
        bps=(6_000, 2_000),
        platform=PLATFORM,
        platform_bps=500,
        pool_bps=1_500,
        issuer=address("artist"),
        reserved=300_000,
        micros_per_unit=50,
        listener_cap=1_000,
        salt=b"\7" * 32,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Stage:
    """Everyone acts through `send`, which mines the call or raises why it was refused."""

    chain: Chain
    deployment: Deployment

    @property
    def vault(self) -> Vault:
        return Vault(self.chain, self.deployment.vault)

    @property
    def token(self) -> Token:
        return Token(self.chain, self.deployment.token)

    def send(self, role: str, call: Call) -> Receipt:
        key, sender = KEYS[role]
        gas = self.chain.estimate_gas(call, sender)
        if isinstance(self.chain, fake.FakeChain):
            # Signing and recovering take a hundred times as long as the call itself.
            return self.mined(self.chain.node.carry_out(sender, call))
        nonce = self.chain.nonce(sender)
        signed = sign(call, key, nonce, self.chain.chain_id(), FEES, gas)
        receipt = self.mined(self.chain.send_raw(signed.raw))
        assert receipt.ok
        return receipt

    def mined(self, hash: str) -> Receipt:
        """The receipt, as soon as there is one: a node mines a moment after it accepts."""
        return self.chain.wait(hash)

    def advance(self, seconds: int) -> None:
        node.advance(self.chain, seconds)

    def register(self, **changes: object) -> bytes:
        """A registered track under `terms(**changes)`."""
        chosen = terms(**changes)
        self.send("keeper", register(self.vault.address, chosen))
        return track_id(chosen)

    def publish(self, tree: Tree, total: int | None = None) -> Receipt:
        """The tree's root, pending; with another total than its own if told."""
        total = tree.total if total is None else total
        return self.send("publisher", publish(self.vault.address, tree.root, total, b"\5" * 32))

    def activate(self, tree: Tree) -> None:
        """The tree's root, active."""
        self.publish(tree)
        self.advance(DELAY_SECONDS)

    def sync(self, tree: Tree, *slots: int) -> None:
        for slot in slots:
            self.send("keeper", sync(self.vault.address, tree.leaf(slot)))

    def earn(self, track: bytes, revenue: int) -> None:
        """A root with this cumulative revenue, active, and the track synced to it."""
        tree = tree_of((b"\xaa" * 32, 50), (track, revenue))
        self.activate(tree)
        self.sync(tree, 1)

    def paid(self, track: bytes, account: str) -> int:
        """What a claim pays the account now."""
        before = self.token.balance_of(account)
        self.send("keeper", claim(self.vault.address, track, account))
        return self.token.balance_of(account) - before

    def move(self, sender: str, receiver: str, track: bytes, units: int) -> Receipt:
        call = transfer_units(self.vault.address, address(receiver), track, units)
        return self.send(sender, call)

    def refuses(self, role: str, call: Call, reason: str) -> None:
        with pytest.raises(Reverted, match=f"^Vault: {reason}$"):
            self.send(role, call)


def fake_stage() -> Stage:
    chain = fake.FakeChain()
    roles = fake.FakeRoles(*(address(role) for role in ROLES[:4]))
    deployment = fake.deploy(chain, roles, DELAY_SECONDS, MINTED)
    return funded(Stage(chain, deployment))


def anvil_stage(url: str) -> Stage:
    chain = Chain(url)
    for role in ("admin", "publisher"):
        node.fund(chain, address(role))
    return funded(Stage(chain, deploy(url, FOUNDERS, DELAY_SECONDS, MINTED)))


def funded(stage: Stage) -> Stage:
    for role in ROLES:
        node.fund(stage.chain, address(role))
    return stage
