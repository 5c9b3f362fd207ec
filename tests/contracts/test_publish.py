"""Publishing, waiting and vetoing: one root at a time, its total paid in."""

import pytest

from contracts import fake, node
from contracts.client import Reverted, publish, veto
from tests.contracts.stage import DELAY_SECONDS, MINTED, ROLES, Stage, address, fake_stage
from tests.contracts.trees import tree_of

A, B = b"\xaa" * 32, b"\xbb" * 32


def test_a_published_root_pulls_its_total_and_waits(stage: Stage) -> None:
    tree = tree_of((A, 700), (B, 300))
    receipt = stage.publish(tree)

    pending = stage.vault.pending()
    assert pending is not None
    assert (pending.number, pending.root, pending.total) == (1, tree.root, 1_000)
    mined_at = stage.chain.block(receipt.block_number).timestamp
    assert pending.active_at == mined_at + DELAY_SECONDS
    assert stage.vault.active() is None
    assert stage.vault.deposited() == 1_000
    assert stage.token.balance_of(stage.vault.address) == 1_000
    assert stage.token.balance_of(address("publisher")) == MINTED - 1_000

    event = receipt.logs[-1]
    assert (event.name, event.log_position, event.address) == ("Published", 1, stage.vault.address)
    assert event.args == {
        "epoch": 1,
        "root": tree.root,
        "total": 1_000,
        "data_hash": b"\5" * 32,
        "active_at": pending.active_at,
    }


def test_a_root_is_active_once_its_delay_has_passed_and_not_before(stage: Stage) -> None:
    stage.publish(tree_of((A, 5)))
    stage.advance(DELAY_SECONDS - 2)
    assert stage.vault.active() is None
    stage.advance(2)
    active = stage.vault.active()
    assert active is not None
    assert (active.number, active.total) == (1, 5)
    assert stage.vault.pending() is None


def test_the_active_root_stays_while_the_next_one_waits(stage: Stage) -> None:
    stage.activate(tree_of((A, 5)))
    second = tree_of((A, 9))
    stage.publish(second)
    active, pending = stage.vault.active(), stage.vault.pending()
    assert active is not None
    assert pending is not None
    assert (active.number, pending.number) == (1, 2)
    assert stage.vault.deposited() == 9
    stage.advance(DELAY_SECONDS)
    active = stage.vault.active()
    assert active is not None
    assert (active.number, active.root) == (2, second.root)


def test_only_the_publisher_publishes(stage: Stage) -> None:
    with pytest.raises(Reverted, match="^Vault: not the publisher$"):
        stage.send("admin", publish(stage.vault.address, A, 1, B))


def test_a_second_root_is_refused_while_one_is_pending(stage: Stage) -> None:
    stage.publish(tree_of((A, 5)))
    with pytest.raises(Reverted, match="^Vault: a root is pending$"):
        stage.publish(tree_of((A, 6)))


def test_the_total_never_falls(stage: Stage) -> None:
    stage.activate(tree_of((A, 5)))
    with pytest.raises(Reverted, match="^Vault: total under the active one$"):
        stage.publish(tree_of((A, 4)))
    stage.publish(tree_of((B, 5)))
    assert stage.vault.deposited() == 5


def test_an_empty_root_and_a_total_beyond_all_money_are_refused(stage: Stage) -> None:
    with pytest.raises(Reverted, match="^Vault: no root$"):
        stage.send("publisher", publish(stage.vault.address, bytes(32), 1, B))
    with pytest.raises(Reverted, match="^Vault: total too large$"):
        stage.send("publisher", publish(stage.vault.address, A, 2**64, B))


def test_a_publisher_who_lacks_the_money_publishes_nothing(stage: Stage) -> None:
    with pytest.raises(Reverted, match="^TestToken: over the balance$"):
        stage.publish(tree_of((A, MINTED + 1)))
    assert stage.vault.pending() is None
    assert stage.vault.deposited() == 0


def test_a_vetoed_root_leaves_its_tokens_and_its_number_to_the_correction(stage: Stage) -> None:
    stage.activate(tree_of((A, 100)))
    stage.publish(tree_of((A, 900)))
    receipt = stage.send("guardian", veto(stage.vault.address))
    assert [(event.name, event.args) for event in receipt.logs] == [("Vetoed", {"epoch": 2})]
    active = stage.vault.active()
    assert active is not None
    assert (active.number, active.total) == (1, 100)
    assert stage.vault.pending() is None
    assert stage.vault.deposited() == 900

    stage.publish(tree_of((A, 950)))
    corrected = stage.vault.pending()
    assert corrected is not None
    assert (corrected.number, corrected.total) == (2, 950)
    assert stage.token.balance_of(stage.vault.address) == 950


def test_the_very_first_root_can_be_vetoed(stage: Stage) -> None:
    stage.publish(tree_of((A, 100)))
    stage.send("guardian", veto(stage.vault.address))
    assert stage.vault.active() is None
    stage.activate(tree_of((A, 60)))
    active = stage.vault.active()
    assert active is not None
    assert (active.number, active.total, stage.vault.deposited()) == (1, 60, 100)


def test_only_the_guardian_vetoes_and_only_while_a_root_is_pending(stage: Stage) -> None:
    with pytest.raises(Reverted, match="^Vault: nothing is pending$"):
        stage.send("guardian", veto(stage.vault.address))
    stage.publish(tree_of((A, 5)))
    with pytest.raises(Reverted, match="^Vault: not the guardian$"):
        stage.send("publisher", veto(stage.vault.address))
    stage.advance(DELAY_SECONDS)
    with pytest.raises(Reverted, match="^Vault: nothing is pending$"):
        stage.send("guardian", veto(stage.vault.address))


def test_in_the_second_of_its_activation_a_root_is_active_and_past_a_veto() -> None:
    stage = fake_stage()
    tree = tree_of((A, 5))
    mined = stage.publish(tree)
    last_pending = stage.chain.block(mined.block_number).timestamp + DELAY_SECONDS - 1
    node.set_clock(stage.chain, last_pending)
    assert stage.vault.pending() is not None
    stage.refuses("guardian", veto(stage.vault.address), "nothing is pending")
    node.mine(stage.chain)
    assert stage.vault.pending() is None

    mined = stage.publish(tree)
    last_pending = stage.chain.block(mined.block_number).timestamp + DELAY_SECONDS - 1
    node.set_clock(stage.chain, last_pending)
    stage.publish(tree)


def test_in_the_last_second_before_its_activation_a_root_can_be_vetoed() -> None:
    stage = fake_stage()
    mined = stage.publish(tree_of((A, 5)))
    at = stage.chain.block(mined.block_number).timestamp + DELAY_SECONDS - 2
    node.set_clock(stage.chain, at)
    stage.send("guardian", veto(stage.vault.address))
    assert stage.vault.active() is None


def test_a_total_that_did_not_grow_moves_no_token() -> None:
    stage = fake_stage()
    stage.activate(tree_of((A, 5)))
    receipt = stage.publish(tree_of((B, 5)))
    assert [event.name for event in receipt.logs] == ["Published"]


NOBODY = "0x" + "00" * 20


@pytest.mark.parametrize(
    ("place", "reason"),
    [(0, "no admin"), (1, "no publisher"), (2, "no guardian"), (3, "no custody")],
)
def test_a_vault_without_one_of_its_roles_is_not_deployed(place: int, reason: str) -> None:
    stage = fake_stage()
    assert isinstance(stage.chain, fake.FakeChain)
    roles = [address(role) for role in ROLES[:4]]
    roles[place] = NOBODY
    with pytest.raises(RuntimeError, match=f"Vault: {reason}".encode().hex()):
        fake.deploy_vault(stage.chain, stage.token.address, fake.FakeRoles(*roles), 0)


def test_a_vault_needs_a_token_and_a_delay_of_at_most_thirty_days() -> None:
    stage = fake_stage()
    assert isinstance(stage.chain, fake.FakeChain)
    roles = fake.FakeRoles(*(address(role) for role in ROLES[:4]))
    month = 30 * 86_400
    with pytest.raises(RuntimeError, match=b"Vault: token is no contract".hex()):
        fake.deploy_vault(stage.chain, address("label"), roles, 0)
    with pytest.raises(RuntimeError, match=b"Vault: delay too long".hex()):
        fake.deploy_vault(stage.chain, stage.token.address, roles, month + 1)
    fake.deploy_vault(stage.chain, stage.token.address, roles, month)
