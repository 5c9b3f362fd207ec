"""Moving units: between custody and a holder from the first day, between holders once enabled."""

import pytest

from contracts.client import (
    Call,
    approve_units,
    claim,
    enable_transfers,
    set_operator,
    sync_and_transfer,
    transfer_units,
    transfer_units_from,
)
from contracts.codec import decode_result, encode_call
from tests.contracts.stage import DELAY_SECONDS, Stage, address, fake_stage
from tests.contracts.trees import tree_of

ZERO = "0x" + "00" * 20
ALL = 1_000_000


@pytest.fixture
def fake() -> Stage:
    return fake_stage()


def units_of(stage: Stage, track: bytes, *roles: str) -> list[int]:
    return [stage.vault.units(track, address(role)) for role in roles]


def to(stage: Stage, receiver: str, track: bytes, units: int) -> Call:
    return transfer_units(stage.vault.address, receiver, track, units)


def test_custody_hands_units_out_and_takes_them_back(stage: Stage) -> None:
    track = stage.register()
    receipt = stage.move("custody", "listener", track, 300)
    assert [(event.name, event.args) for event in receipt.logs] == [
        (
            "UnitsTransfer",
            {
                "caller": address("custody"),
                "sender": address("custody"),
                "receiver": address("listener"),
                "amount": 300,
                "track": track,
            },
        )
    ]
    assert units_of(stage, track, "custody", "listener") == [ALL - 300, 300]
    stage.move("listener", "custody", track, 100)
    assert units_of(stage, track, "custody", "listener") == [ALL - 200, 200]


def test_holders_trade_only_once_the_admin_has_enabled_it_for_good(stage: Stage) -> None:
    track = stage.register()
    stage.move("custody", "listener", track, 300)
    stage.refuses("listener", to(stage, address("buyer"), track, 1), "transfers not enabled")
    stage.refuses("guardian", enable_transfers(stage.vault.address), "not the admin")
    assert not stage.vault.transfers_enabled()
    receipt = stage.send("admin", enable_transfers(stage.vault.address))
    assert [event.name for event in receipt.logs] == ["TransfersEnabled"]
    assert stage.vault.transfers_enabled()
    stage.move("listener", "buyer", track, 120)
    assert units_of(stage, track, "listener", "buyer") == [180, 120]
    stage.refuses("admin", enable_transfers(stage.vault.address), "transfers already enabled")


def test_each_is_paid_for_what_it_held_when_a_root_became_active(stage: Stage) -> None:
    track = stage.register(pool_bps=1_500)
    stage.move("custody", "listener", track, 400_000)
    stage.earn(track, 100_000)
    stage.move("listener", "custody", track, 300_000)
    assert stage.paid(track, address("listener")) == 15_000 * 4 // 10
    assert stage.paid(track, address("custody")) == 15_000 * 6 // 10
    stage.earn(track, 200_000)
    assert stage.paid(track, address("listener")) == 15_000 // 10
    assert stage.paid(track, address("custody")) == 15_000 * 9 // 10


def test_a_move_while_a_root_is_pending_counts_for_that_root(fake: Stage) -> None:
    track = fake.register()
    fake.earn(track, 10_000)
    later = tree_of((b"\xaa" * 32, 50), (track, 20_000))
    fake.publish(later)
    fake.move("custody", "listener", track, 500_000)
    fake.advance(DELAY_SECONDS)
    fake.sync(later, 1)
    assert fake.paid(track, address("listener")) == 750
    assert fake.paid(track, address("custody")) == 1_500 + 750


def test_a_track_that_lags_behind_the_active_root_is_synced_first(stage: Stage) -> None:
    track = stage.register()
    tree = tree_of((b"\xaa" * 32, 50), (track, 10_000))
    stage.activate(tree)
    move = to(stage, address("listener"), track, 500_000)
    stage.refuses("custody", move, "track not synced")
    both = sync_and_transfer(stage.vault.address, tree.leaf(1), address("listener"), 500_000)
    receipt = stage.send("custody", both)
    assert [event.name for event in receipt.logs] == ["Synced", "UnitsTransfer"]
    assert units_of(stage, track, "listener") == [500_000]
    assert stage.paid(track, address("listener")) == 0
    assert stage.paid(track, address("custody")) == 1_500
    stage.move("custody", "listener", track, 1)


def test_sync_and_transfer_checks_as_its_parts_do(fake: Stage) -> None:
    track = fake.register()
    tree = tree_of((b"\xaa" * 32, 50), (track, 10_000))
    leaf, vault = tree.leaf(1), fake.vault.address
    move = sync_and_transfer(vault, leaf, address("listener"), 5)
    fake.refuses("custody", move, "no active root")
    fake.activate(tree)
    fake.refuses("buyer", move, "transfers not enabled")
    fake.refuses("custody", sync_and_transfer(vault, leaf, ZERO, 5), "receiver is zero")
    over = sync_and_transfer(vault, leaf, address("listener"), ALL + 1)
    fake.refuses("custody", over, "over the balance")
    assert fake.vault.revenue(track) == 0


def test_who_moves_to_itself_keeps_what_it_had(fake: Stage) -> None:
    track = fake.register()
    fake.earn(track, 10_000)
    fake.move("custody", "custody", track, 700)
    assert units_of(fake, track, "custody") == [ALL]
    assert fake.paid(track, address("custody")) == 1_500
    fake.refuses("custody", to(fake, address("custody"), track, ALL + 1), "over the balance")


def test_more_than_one_holds_and_nowhere_are_refused(fake: Stage) -> None:
    track, vault = fake.register(), fake.vault.address
    fake.refuses("custody", to(fake, address("listener"), track, ALL + 1), "over the balance")
    too_many = to(fake, address("listener"), track, 2**256 - 1)
    fake.refuses("custody", too_many, "over the balance")
    fake.refuses("listener", to(fake, address("custody"), track, 1), "over the balance")
    fake.refuses("custody", to(fake, ZERO, track, 1), "receiver is zero")
    fake.refuses("custody", to(fake, vault, track, 1), "receiver is the vault")
    fake.refuses("custody", to(fake, address("listener"), b"\x99" * 32, 1), "unknown track")
    fake.move("custody", "listener", track, ALL)
    assert units_of(fake, track, "custody", "listener") == [0, ALL]


def test_an_approval_is_used_up_and_the_greatest_never_is(stage: Stage) -> None:
    track, vault = stage.register(), stage.vault.address
    take = transfer_units_from(vault, address("custody"), address("listener"), track, 60)
    stage.refuses("keeper", take, "over the allowance")
    receipt = stage.send("custody", approve_units(vault, address("keeper"), track, 100))
    assert [(event.name, event.args) for event in receipt.logs] == [
        (
            "UnitsApproval",
            {
                "owner": address("custody"),
                "spender": address("keeper"),
                "amount": 100,
                "track": track,
            },
        )
    ]
    receipt = stage.send("keeper", take)
    assert receipt.logs[0].args["caller"] == address("keeper")
    assert stage.vault.allowance(address("custody"), address("keeper"), track) == 40
    stage.refuses("keeper", take, "over the allowance")
    stage.send("custody", approve_units(vault, address("keeper"), track, 60))
    stage.send("keeper", take)
    assert stage.vault.allowance(address("custody"), address("keeper"), track) == 0
    stage.send("custody", approve_units(vault, address("keeper"), track, 2**256 - 1))
    stage.send("keeper", take)
    assert stage.vault.allowance(address("custody"), address("keeper"), track) == 2**256 - 1
    assert units_of(stage, track, "listener") == [180]


def test_an_approval_is_for_one_track_and_one_spender(fake: Stage) -> None:
    track, other = fake.register(), fake.register(salt=b"\x08" * 32)
    vault, custody, listener = fake.vault.address, address("custody"), address("listener")
    fake.send("custody", approve_units(vault, address("keeper"), track, 100))
    taken = transfer_units_from(vault, custody, listener, track, 1)
    fake.refuses("buyer", taken, "over the allowance")
    taken = transfer_units_from(vault, custody, listener, other, 1)
    fake.refuses("keeper", taken, "over the allowance")


def test_an_operator_moves_every_track_until_it_is_none(stage: Stage) -> None:
    track, vault = stage.register(), stage.vault.address
    take = transfer_units_from(vault, address("custody"), address("listener"), track, 60)
    receipt = stage.send("custody", set_operator(vault, address("keeper"), True))
    assert [(event.name, event.args) for event in receipt.logs] == [
        (
            "OperatorSet",
            {"owner": address("custody"), "spender": address("keeper"), "approved": True},
        )
    ]
    assert stage.vault.is_operator(address("custody"), address("keeper"))
    stage.send("keeper", take)
    stage.send("custody", set_operator(vault, address("keeper"), False))
    stage.refuses("keeper", take, "over the allowance")
    assert not stage.vault.is_operator(address("custody"), address("keeper"))


def test_the_owner_needs_no_approval_of_its_own(fake: Stage) -> None:
    track = fake.register()
    own = transfer_units_from(
        fake.vault.address, address("custody"), address("listener"), track, 60
    )
    fake.send("custody", own)
    assert units_of(fake, track, "listener") == [60]


def test_a_spender_does_not_get_around_the_closed_market(fake: Stage) -> None:
    track, vault = fake.register(), fake.vault.address
    fake.move("custody", "listener", track, 60)
    fake.send("listener", set_operator(vault, address("custody"), True))
    through = transfer_units_from(vault, address("listener"), address("buyer"), track, 60)
    fake.refuses("custody", through, "transfers not enabled")


def test_a_holder_claims_without_custody(fake: Stage) -> None:
    track = fake.register()
    fake.move("custody", "listener", track, 10_000)
    fake.earn(track, 1_000_000)
    fake.send("keeper", claim(fake.vault.address, track, address("listener")))
    assert fake.token.balance_of(address("listener")) == 1_500


@pytest.mark.parametrize(
    ("interface", "supported"),
    [("0x01ffc9a7", True), ("0x0f632fb3", True), ("0xffffffff", False), ("0x80ac58cd", False)],
)
def test_the_interfaces_are_told(fake: Stage, interface: str, supported: bool) -> None:
    call = encode_call(
        "Vault", fake.vault.address, "supportsInterface", bytes.fromhex(interface[2:])
    )
    answer = decode_result("Vault", "supportsInterface", fake.chain.call(call))
    assert answer == (supported,)
