"""Who may change who may do what, and the token's own rules."""

import pytest

from contracts.client import Call, Reverted, approve, mint, publish, transfer
from contracts.codec import encode_call
from tests.contracts.stage import DELAY_SECONDS, Stage, address

ZERO = "0x" + "00" * 20


def change(stage: Stage, function: str, *args: object) -> Call:
    return encode_call("Vault", stage.vault.address, function, *args)


def test_the_roles_are_as_deployed(stage: Stage) -> None:
    for role in ("admin", "publisher", "guardian", "custody"):
        assert stage.vault.role(role) == address(role)
    assert stage.vault.delay_seconds() == DELAY_SECONDS


def test_the_admin_hands_over_in_two_steps(stage: Stage) -> None:
    receipt = stage.send("admin", change(stage, "propose_admin", address("label")))
    assert receipt.logs[0].name == "AdminProposed"
    assert stage.vault.role("admin") == address("admin")
    with pytest.raises(Reverted, match="^Vault: not the proposed admin$"):
        stage.send("keeper", change(stage, "accept_admin"))
    receipt = stage.send("label", change(stage, "accept_admin"))
    assert receipt.logs[0].args == {"admin": address("label")}
    assert stage.vault.role("admin") == address("label")
    with pytest.raises(Reverted, match="^Vault: not the proposed admin$"):
        stage.send("label", change(stage, "accept_admin"))


def test_a_proposal_can_be_withdrawn(stage: Stage) -> None:
    stage.send("admin", change(stage, "propose_admin", address("label")))
    stage.send("admin", change(stage, "propose_admin", ZERO))
    with pytest.raises(Reverted, match="^Vault: not the proposed admin$"):
        stage.send("label", change(stage, "accept_admin"))


@pytest.mark.parametrize("function", ["propose_admin", "set_publisher", "set_guardian"])
def test_only_the_admin_names_roles(stage: Stage, function: str) -> None:
    with pytest.raises(Reverted, match="^Vault: not the admin$"):
        stage.send("publisher", change(stage, function, address("publisher")))


def test_the_admin_names_publisher_and_guardian_but_cannot_publish(stage: Stage) -> None:
    stage.send("admin", change(stage, "set_publisher", address("label")))
    stage.send("admin", change(stage, "set_guardian", address("writer")))
    assert stage.vault.role("publisher") == address("label")
    assert stage.vault.role("guardian") == address("writer")
    for role in ("publisher", "admin"):
        with pytest.raises(Reverted, match="^Vault: not the publisher$"):
            stage.send(role, publish(stage.vault.address, b"\1" * 32, 0, b"\2" * 32))
    stage.send("label", publish(stage.vault.address, b"\1" * 32, 0, b"\2" * 32))


@pytest.mark.parametrize(
    ("function", "reason"), [("set_publisher", "no publisher"), ("set_guardian", "no guardian")]
)
def test_a_role_is_never_nobody(stage: Stage, function: str, reason: str) -> None:
    with pytest.raises(Reverted, match=f"^Vault: {reason}$"):
        stage.send("admin", change(stage, function, ZERO))


def test_the_token_is_minted_by_its_owner_and_moved_by_its_holder(stage: Stage) -> None:
    token = stage.token.address
    stage.send("admin", mint(token, address("label"), 100))
    with pytest.raises(Reverted, match="^TestToken: not the owner$"):
        stage.send("label", mint(token, address("label"), 100))
    receipt = stage.send("label", transfer(token, address("writer"), 60))
    assert receipt.logs[0].args["value"] == 60
    assert stage.token.balance_of(address("writer")) == 60
    with pytest.raises(Reverted, match="^TestToken: over the balance$"):
        stage.send("label", transfer(token, address("writer"), 41))
    stage.send("label", approve(token, address("keeper"), 5))
    assert stage.token.allowance(address("label"), address("keeper")) == 5
    take = encode_call("TestToken", token, "transferFrom", address("label"), address("keeper"), 6)
    with pytest.raises(Reverted, match="^TestToken: over the allowance$"):
        stage.send("keeper", take)
