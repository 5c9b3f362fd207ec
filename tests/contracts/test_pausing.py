"""Pausing: by whom, how long, and exactly what it stops."""

import pytest

from contracts import node
from contracts.client import (
    Call,
    ClaimOrder,
    approve_units,
    assign,
    claim,
    claim_many,
    claim_to,
    enable_transfers,
    pause,
    publish,
    register,
    set_operator,
    sign_claim_order,
    sync,
    sync_and_transfer,
    sync_many,
    transfer_units,
    transfer_units_from,
    unpause,
    veto,
)
from contracts.codec import artifact, encode_call
from tests.contracts.stage import KEYS, Stage, address, fake_stage, terms
from tests.contracts.trees import tree_of

HOUR, DAY = 3_600, 86_400


@pytest.fixture
def fake() -> Stage:
    return fake_stage()


def paused(stage: Stage, role: str = "guardian", hours: int = 72) -> None:
    stage.send(role, pause(stage.vault.address, hours * HOUR))


def test_the_guardian_pauses_and_ends_it(stage: Stage) -> None:
    receipt = stage.send("guardian", pause(stage.vault.address, HOUR))
    until = stage.chain.block(receipt.block_number).timestamp + HOUR
    assert [(event.name, event.args) for event in receipt.logs] == [
        ("Paused", {"until": until, "by": address("guardian")})
    ]
    assert stage.vault.paused_until() == until
    publication = publish(stage.vault.address, b"\1" * 32, 0, b"\2" * 32)
    stage.refuses("publisher", publication, "paused")
    receipt = stage.send("guardian", unpause(stage.vault.address))
    assert [(event.name, event.args) for event in receipt.logs] == [
        ("Unpaused", {"by": address("guardian")})
    ]
    stage.send("publisher", publication)
    stage.refuses("guardian", unpause(stage.vault.address), "not paused")


def test_a_pause_ends_by_itself_after_at_most_72_hours(fake: Stage) -> None:
    vault = fake.vault.address
    fake.refuses("guardian", pause(vault, 72 * HOUR + 1), "pause too long")
    fake.refuses("guardian", pause(vault, 0), "no duration")
    paused(fake)
    publication = publish(vault, b"\1" * 32, 0, b"\2" * 32)
    fake.advance(72 * HOUR - 2)
    fake.refuses("publisher", publication, "paused")
    fake.advance(1)
    fake.send("publisher", publication)


def test_in_the_second_of_its_end_a_pause_is_over(fake: Stage) -> None:
    paused(fake, hours=1)
    node.set_clock(fake.chain, fake.vault.paused_until() - 1)
    fake.refuses("guardian", unpause(fake.vault.address), "not paused")


def test_the_guardian_pauses_again_only_after_thirty_days(fake: Stage) -> None:
    again = pause(fake.vault.address, HOUR)
    paused(fake)
    fake.refuses("guardian", again, "paused too recently")
    fake.advance(72 * HOUR + 30 * DAY - 2)
    fake.refuses("guardian", again, "paused too recently")
    fake.advance(1)
    fake.send("guardian", again)


def test_ending_a_pause_early_does_not_bring_the_next_one_nearer_than_thirty_days(
    fake: Stage,
) -> None:
    paused(fake)
    fake.send("guardian", unpause(fake.vault.address))
    again = pause(fake.vault.address, HOUR)
    fake.advance(30 * DAY - 2)
    fake.refuses("guardian", again, "paused too recently")
    fake.advance(1)
    fake.send("guardian", again)


def test_the_admin_pauses_at_any_time_and_ends_the_guardians_pause(fake: Stage) -> None:
    paused(fake)
    fake.send("admin", unpause(fake.vault.address))
    paused(fake, "admin", hours=1)
    paused(fake, "admin", hours=72)
    fake.refuses("admin", pause(fake.vault.address, 72 * HOUR + 1), "pause too long")
    fake.send("guardian", unpause(fake.vault.address))


@pytest.mark.parametrize("role", ["publisher", "custody", "keeper", "artist"])
def test_nobody_else_pauses_or_ends_a_pause(fake: Stage, role: str) -> None:
    fake.refuses(role, pause(fake.vault.address, HOUR), "not the guardian")
    paused(fake)
    fake.refuses(role, unpause(fake.vault.address), "not the guardian")


def matrix(stage: Stage) -> dict[str, tuple[str, Call, bool]]:
    """Every call that changes something, by whom it is made, and whether a pause stops it."""
    track = stage.register()
    tree = tree_of((b"\xaa" * 32, 50), (track, 1_000))
    stage.activate(tree)
    stage.sync(tree, 1)
    stage.publish(tree_of((b"\xaa" * 32, 50), (track, 2_000)))
    vault, listener, artist = stage.vault.address, address("listener"), address("artist")
    order = ClaimOrder(artist, address("buyer"), (track,), 0, 2**40)
    signature = sign_claim_order(order, KEYS["artist"][0], vault, stage.chain.chain_id())
    other = terms(salt=b"\x08" * 32)
    calls = {
        "publish": ("publisher", publish(vault, b"\1" * 32, 5_000, b"\2" * 32), True),
        "sync": ("keeper", sync(vault, tree.leaf(1)), True),
        "sync_many": ("keeper", sync_many(vault, [tree.leaf(1)]), True),
        "sync_and_transfer": ("custody", sync_and_transfer(vault, tree.leaf(1), listener, 1), True),
        "transfer": ("custody", transfer_units(vault, listener, track, 1), True),
        "transferFrom": (
            "custody",
            transfer_units_from(vault, address("custody"), listener, track, 1),
            True,
        ),
        "assign": ("artist", assign(vault, track, address("label"), 1), True),
        "claim_to": ("keeper", claim_to(vault, order, signature), True),
        "claim": ("keeper", claim(vault, track, artist), False),
        "claim_many": ("keeper", claim_many(vault, [track], artist), False),
        "register": ("keeper", register(vault, other), False),
        "approve": ("custody", approve_units(vault, listener, track, 1), False),
        "setOperator": ("custody", set_operator(vault, listener, True), False),
        "enable_transfers": ("admin", enable_transfers(vault), False),
        "propose_admin": ("admin", encode_call("Vault", vault, "propose_admin", listener), False),
        "accept_admin": ("listener", encode_call("Vault", vault, "accept_admin"), False),
        "set_publisher": ("listener", encode_call("Vault", vault, "set_publisher", artist), False),
        "set_guardian": ("listener", encode_call("Vault", vault, "set_guardian", artist), False),
    }
    return calls | {"veto": ("artist", veto(vault), False)}


def test_a_pause_stops_what_moves_or_credits_and_never_a_claim(fake: Stage) -> None:
    calls = matrix(fake)
    paused(fake, hours=1)
    for role, call, stopped in calls.values():
        if stopped:
            fake.refuses(role, call, "paused")
        else:
            fake.send(role, call)
    assert fake.token.balance_of(address("artist")) == 600
    fake.send("artist", unpause(fake.vault.address))
    for role, call, stopped in calls.values():
        if stopped and role != "publisher":
            fake.send(role, call)


def test_the_matrix_names_every_call_that_changes_something(fake: Stage) -> None:
    changing = {
        entry["name"]
        for entry in artifact("Vault")["abi"]
        if entry["type"] == "function" and entry["stateMutability"] == "nonpayable"
    }
    assert changing == {*matrix(fake), "pause", "unpause"}
