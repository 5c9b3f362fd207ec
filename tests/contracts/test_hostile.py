"""What others may try: tokens that misbehave, trees that lie, roles that reach too far."""

from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak

from contracts import calls, fake
from contracts.client import (
    Call,
    ClaimOrder,
    Leaf,
    ProofStep,
    Reverted,
    sign_claim_order,
    sync,
    sync_many,
)
from contracts.codec import encode_call
from tests.contracts.stage import (
    DELAY_SECONDS,
    KEYS,
    ROLES,
    Stage,
    address,
    fake_stage,
    funded,
)
from tests.contracts.trees import Tree, tree_of, word

SOURCE = Path(__file__).parent / "sources" / "HostileToken.vy"
OTHER = b"\xaa" * 32


@pytest.fixture(scope="module")
def bytecode() -> str:
    from vyper import compile_code

    code: str = compile_code(SOURCE.read_text(), output_formats=["bytecode"])["bytecode"]
    return code


@dataclass(frozen=True)
class HostileStage(Stage):
    """A vault whose payment token is hostile, once it is told how."""

    def tell(self, function: str, types: tuple[str, ...], *args: object) -> None:
        self.send("admin", self._call(function, types, *args))

    def calls_back(self, call: Call) -> None:
        self.tell("set_call", ("address", "bytes"), call.to, call.data)

    def went_through(self) -> int:
        return int.from_bytes(self.chain.call(self._call("calls", ())), "big")

    def _call(self, function: str, types: tuple[str, ...], *args: object) -> Call:
        selector = keccak(text=f"{function}({','.join(types)})")[:4]
        return Call(self.deployment.token, selector + encode(types, args))


@pytest.fixture
def hostile(bytecode: str) -> HostileStage:
    plain = fake_stage()
    assert isinstance(plain.chain, fake.FakeChain)
    token = plain.chain.node.create(address("admin"), bytecode, [], ())
    roles = fake.FakeRoles(*(address(role) for role in ROLES[:4]))
    vault = fake.deploy_vault(plain.chain, token, roles, DELAY_SECONDS)
    deployment = replace(plain.deployment, token=token, vault=vault)
    stage = HostileStage(plain.chain, deployment)
    funded(stage)
    stage.tell("mint", ("address", "uint256"), address("publisher"), 10**9)
    return stage


def test_a_token_that_keeps_a_fee_of_the_deposit_publishes_nothing(hostile: HostileStage) -> None:
    tree = tree_of((OTHER, 100))
    hostile.tell("set_fee", ("uint256",), 1)
    call = calls.publish(hostile.vault.address, tree.root, 100, b"\5" * 32)
    hostile.refuses("publisher", call, "deposit fell short")
    assert hostile.vault.deposited() == 0
    hostile.tell("set_fee", ("uint256",), 0)
    hostile.publish(tree)


def test_a_token_that_says_no_leaves_what_was_owed_owed(hostile: HostileStage) -> None:
    track = hostile.register()
    tree = tree_of((track, 1_000), (OTHER, 1))
    call = calls.publish(hostile.vault.address, tree.root, tree.total, b"\5" * 32)
    hostile.tell("set_refuses", ("bool",), True)
    hostile.refuses("publisher", call, "token refused the deposit")
    hostile.tell("set_refuses", ("bool",), False)
    hostile.send("publisher", call)
    hostile.advance(DELAY_SECONDS)
    hostile.sync(tree, 0)
    hostile.tell("set_refuses", ("bool",), True)
    claim = calls.claim(hostile.vault.address, track, address("artist"))
    hostile.refuses("keeper", claim, "token refused the payment")
    assert hostile.vault.claimable(track, address("artist")) == 600
    hostile.tell("set_refuses", ("bool",), False)
    assert hostile.paid(track, address("artist")) == 600


@pytest.mark.parametrize("entry", ["claim", "claim_many", "claim_to"])
@pytest.mark.parametrize("again", ["claim", "claim_many", "claim_to", "publish"])
def test_a_token_that_calls_back_in_a_payment_is_paid_once(
    hostile: HostileStage, entry: str, again: str
) -> None:
    track, other = hostile.register(), hostile.register(salt=b"\x08" * 32)
    tree = tree_of((track, 1_000), (other, 1_000))
    hostile.activate(tree)
    hostile.sync(tree, 0, 1)
    vault, artist = hostile.vault.address, address("artist")

    def order(nonce: int) -> Call:
        wanted = ClaimOrder(artist, artist, (track,), nonce, 2**40)
        key, chain_id = KEYS["artist"][0], hostile.chain.chain_id()
        return calls.claim_to(vault, wanted, sign_claim_order(wanted, key, vault, chain_id))

    def call(name: str, nonce: int) -> Call:
        return {
            "claim": calls.claim(vault, track, artist),
            "claim_many": calls.claim_many(vault, [track, other], address("writer")),
            "claim_to": order(nonce),
            "publish": calls.publish(vault, b"\1" * 32, tree.total, bytes(32)),
        }[name]

    if again == "publish":
        publisher = encode_call("Vault", vault, "set_publisher", hostile.token.address)
        hostile.send("admin", publisher)
    hostile.calls_back(call(again, 1 if entry == "claim_to" else 0))
    before = hostile.token.balance_of(vault)
    hostile.send("keeper", call(entry, 0))
    assert hostile.went_through() == 0
    owed = 400 if entry == "claim_many" else 600
    assert hostile.token.balance_of(vault) == before - owed


@pytest.mark.parametrize("again", ["claim", "claim_many", "publish"])
def test_a_token_that_calls_back_in_a_deposit_gets_nothing(
    hostile: HostileStage, again: str
) -> None:
    track = hostile.register()
    tree = tree_of((track, 1_000), (OTHER, 1))
    hostile.activate(tree)
    hostile.sync(tree, 0)
    vault, artist = hostile.vault.address, address("artist")
    call = {
        "claim": calls.claim(vault, track, artist),
        "claim_many": calls.claim_many(vault, [track], artist),
        "publish": calls.publish(vault, b"\1" * 32, 5_000, bytes(32)),
    }[again]
    hostile.calls_back(call)
    hostile.publish(tree_of((track, 2_000), (OTHER, 1)))
    assert hostile.went_through() == 0
    assert hostile.vault.deposited() == 2_001
    assert hostile.token.balance_of(artist) == 0


def test_syncing_in_the_middle_of_a_payment_changes_no_payment(hostile: HostileStage) -> None:
    track, other = hostile.register(), hostile.register(salt=b"\x08" * 32)
    tree = tree_of((track, 1_000), (other, 500))
    hostile.activate(tree)
    hostile.sync(tree, 0)
    hostile.calls_back(sync(hostile.vault.address, tree.leaf(1)))
    assert hostile.paid(track, address("artist")) == 600
    assert hostile.went_through() == 1
    assert hostile.paid(other, address("artist")) == 300


def test_a_tree_that_promises_more_than_its_total_pays_no_more_than_that() -> None:
    stage = fake_stage()
    track, other = stage.register(), stage.register(salt=b"\x08" * 32)
    honest = tree_of((track, 60), (other, 60))
    left, right = honest.node(0, 0), honest.node(1, 0)
    lie = keccak(b"\1" + left.hash + word(60) + right.hash + word(40))
    call = calls.publish(stage.vault.address, lie, 100, bytes(32))
    stage.send("publisher", call)
    stage.advance(DELAY_SECONDS)
    vault = stage.vault.address
    greedy = Leaf(other, 1, 60, (ProofStep(left.hash, 60),))
    stage.refuses("keeper", sync(vault, greedy), "sum over total")
    greedy = replace(greedy, proof=(ProofStep(left.hash, 40),))
    stage.refuses("keeper", sync(vault, greedy), "not under the active root")
    stage.send("keeper", sync(vault, Leaf(track, 0, 60, (ProofStep(right.hash, 40),))))
    assert stage.vault.credited() == 60


def test_a_track_in_two_slots_of_one_tree_earns_from_one() -> None:
    stage = fake_stage()
    track = stage.register()
    tree = Tree({0: (track, 100), 1: (track, 250)}, 1)
    stage.activate(tree)
    vault = stage.vault.address
    stage.refuses("keeper", sync_many(vault, [tree.leaf(0), tree.leaf(1)]), "another slot")
    stage.sync(tree, 0)
    stage.refuses("keeper", sync(vault, tree.leaf(1)), "another slot")
    assert stage.vault.credited() == 100


def test_a_batch_has_room_for_a_hundred() -> None:
    stage = fake_stage()
    track = stage.register()
    stage.earn(track, 1_000)
    hundred = [track] * 100
    vault, artist = stage.vault.address, address("artist")
    with pytest.raises(Reverted):
        stage.send("keeper", calls.claim_many(vault, [*hundred, track], artist))
    stage.send("keeper", calls.claim_many(vault, hundred, artist))
    assert stage.token.balance_of(artist) == 600


RESTRICTED = {
    "publish": ("publisher", (b"\1" * 32, 0, b"\2" * 32), "not the publisher"),
    "veto": ("guardian", (), "not the guardian"),
    "enable_transfers": ("admin", (), "not the admin"),
    "propose_admin": ("admin", (address("label"),), "not the admin"),
    "set_publisher": ("admin", (address("label"),), "not the admin"),
    "set_guardian": ("admin", (address("label"),), "not the admin"),
    "accept_admin": ("label", (), "not the proposed admin"),
}


@pytest.mark.parametrize("function", RESTRICTED)
def test_each_right_belongs_to_one_role_alone(function: str) -> None:
    stage = fake_stage()
    owner, args, reason = RESTRICTED[function]
    vault = stage.vault.address
    if function == "veto":
        stage.publish(tree_of((OTHER, 1)))
    if function == "accept_admin":
        stage.send("admin", encode_call("Vault", vault, "propose_admin", address("label")))
    call = encode_call("Vault", vault, function, *args)
    for role in ROLES:
        if role != owner:
            stage.refuses(role, call, reason)
    stage.send(owner, call)
