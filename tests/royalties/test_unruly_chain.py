"""A node that forgets, reorganises, fills up and grows dear: what is sent is mined once."""

from datetime import timedelta
from typing import Any

import pytest
from pytest_django import Settings

from contracts import client, node
from contracts.client import Chain
from royalties import chain_checks, keys, settlement
from royalties.models import ChainEvent, OutboxTransaction, Period
from tests.royalties import house as houses
from tests.royalties.house import House
from tests.royalties.stories import two_tracks

CONFIRMATIONS = 3
GWEI = 10**9
State = OutboxTransaction.State


@pytest.fixture
def house(house_on_a_node: House, settings: Settings) -> House:
    """A closed period; what lies three blocks deep is final."""
    settings.CHAIN_CONFIRMATIONS = CONFIRMATIONS
    two_tracks(house_on_a_node)
    house_on_a_node.close()
    return house_on_a_node


def mined_by_hand(house: House, on: bool = True) -> None:
    house.chain.rpc("evm_setAutomine", not on)


def buried(house: House) -> None:
    """Mined if it waits, and deep enough to be final."""
    mined_by_hand(house, False)
    node.mine(house.chain, CONFIRMATIONS + 1)
    house.work()
    node.mine(house.chain, CONFIRMATIONS)
    house.work()


def the_publication() -> OutboxTransaction:
    return OutboxTransaction.objects.filter(kind="publish").latest("pk")


def assert_published_once(house: House) -> None:
    """Final, posted, and settled without any difference between ledger and chain."""
    assert the_publication().state == State.FINAL
    assert ChainEvent.objects.filter(name="Published").count() == 1
    house.pass_time(2 * houses.DELAY_SECONDS)
    node.mine(house.chain, CONFIRMATIONS)
    house.work()
    assert Period.objects.get(number=1).state == Period.State.ACTIVE
    active = house.vault.active("pending")
    assert (active and active.number, house.vault.deposited()) == (1, 30_554)
    assert settlement.alarms(house.at) == []
    differences = chain_checks.check(house.at, house.chain)
    assert [one for one in differences if not one.ok and one.name != "chain"] == []


@pytest.mark.parametrize("depth", [1, CONFIRMATIONS - 1, CONFIRMATIONS + 2])
def test_a_reorganisation_of_any_depth_publishes_once(house: House, depth: int) -> None:
    house.work()
    node.mine(house.chain, depth - 1)
    house.work()
    first = the_publication()
    assert first.state == (State.FINAL if depth > CONFIRMATIONS else State.MINED)
    assert ChainEvent.objects.filter(name="Published").exists() == (depth > CONFIRMATIONS)
    house.chain.rpc("anvil_reorg", depth, [])
    assert house.chain.receipt(first.hash) is None
    house.work()
    buried(house)
    assert the_publication().hash == first.hash
    assert_published_once(house)


@pytest.mark.parametrize("mined", ["the first", "the one that pays more"])
def test_a_transaction_that_waits_is_replaced_by_one_that_pays_more_and_either_may_be_mined(
    house: House, settings: Settings, mined: str
) -> None:
    mined_by_hand(house)
    house.work()
    house.at += settings.CHAIN_BUMP_AFTER - timedelta(seconds=1)
    house.work()
    assert the_publication().signed.count() == 1
    house.at += timedelta(seconds=1)
    house.work()
    first, more = the_publication().signed.order_by("pk")
    assert more.max_fee_wei * 10 > first.max_fee_wei * 11
    assert more.priority_fee_wei * 10 > first.priority_fee_wei * 11
    assert (the_publication().state, the_publication().hash) == (State.BROADCAST, more.hash)
    if mined == "the first":
        house.chain.rpc("anvil_dropTransaction", more.hash)
        house.chain.send_raw(bytes(first.raw))
    buried(house)
    assert the_publication().hash == (first if mined == "the first" else more).hash
    assert house.chain.nonce(keys.role("publisher").address) == 2  # approved, published
    assert_published_once(house)


def test_a_nonce_that_nobody_sends_is_filled(house: House) -> None:
    houses.send(house.chain, "publisher", client.transfer(house.token.address, "0x" + "11" * 20, 0))
    house.work()
    assert the_publication().nonce == 2
    house.chain.rpc("anvil_reorg", 2, [])  # without the transaction that was sent elsewhere
    house.work()
    buried(house)
    fill = OutboxTransaction.objects.get(kind="fill")
    assert (fill.state, fill.nonce) == (State.FINAL, 1)
    assert_published_once(house)


def test_a_transaction_whose_nonce_is_taken_for_good_is_replaced(house: House) -> None:
    mined_by_hand(house)
    house.work()
    ours = the_publication()
    house.chain.rpc("anvil_dropTransaction", ours.hash)
    houses.send(house.chain, "publisher", client.transfer(house.token.address, "0x" + "11" * 20, 0))
    node.mine(house.chain)
    house.work()
    ours.refresh_from_db()
    assert (ours.state, ours.error) == (State.BROADCAST, "another transaction has its nonce 1")
    node.mine(house.chain, CONFIRMATIONS)
    house.work()
    ours.refresh_from_db()
    assert ours.state == State.REPLACED
    buried(house)
    assert (the_publication().reference, the_publication().nonce) == ("publish/1/again", 2)
    assert_published_once(house)


def test_nothing_is_signed_while_gas_is_dearer_than_the_house_pays(
    house: House, settings: Settings
) -> None:
    settings.CHAIN_MAX_FEE_WEI = 100 * GWEI
    house.chain.rpc("anvil_setNextBlockBaseFeePerGas", hex(400 * GWEI))
    node.mine(house.chain)
    house.work()
    assert (the_publication().state, the_publication().signed.count()) == (State.PLANNED, 0)
    (alarm,) = settlement.alarms(house.at)
    assert "more than CHAIN_MAX_FEE_GWEI = 100" in alarm.sentence
    house.chain.rpc("anvil_setNextBlockBaseFeePerGas", hex(GWEI))
    node.mine(house.chain)
    house.work()
    buried(house)
    assert_published_once(house)


def test_what_was_sent_before_gas_grew_dear_is_replaced_when_it_is_affordable(
    house: House, settings: Settings
) -> None:
    mined_by_hand(house)
    house.work()
    house.chain.rpc("anvil_setNextBlockBaseFeePerGas", hex(400 * GWEI))
    node.mine(house.chain)
    house.at += settings.CHAIN_BUMP_AFTER
    house.work()
    assert (the_publication().state, the_publication().signed.count()) == (State.BROADCAST, 1)
    assert "gas costs" in settlement.alarms(house.at)[0].sentence
    house.chain.rpc("anvil_setNextBlockBaseFeePerGas", hex(50 * GWEI))
    node.mine(house.chain)
    house.work()
    assert the_publication().signed.count() == 2
    buried(house)
    assert_published_once(house)


@pytest.mark.parametrize("other", ["code", "chain", "id"])
def test_on_another_chain_nothing_is_signed_until_the_right_one_is_back(
    house: House, other: str
) -> None:
    ours, code = house.chain, house.chain.code(house.deployment.vault)
    if other == "code":
        ours.rpc("anvil_setCode", house.deployment.vault, "0x60006000fd")
        stranger = ours
        house.work()
    else:
        with node.running_anvil(chain_id=31337 if other == "chain" else 5) as url:
            house.chain = stranger = Chain(url)
            house.work()
            assert stranger.nonce(keys.role("publisher").address, "pending") == 0
    assert (the_publication().state, the_publication().signed.count()) == (State.PLANNED, 0)
    (alarm,) = settlement.alarms(house.at)
    assert (alarm.name, alarm.sentence[:18]) == ("chain", "Nothing is signed:")
    if other == "code":
        ours.rpc("anvil_setCode", house.deployment.vault, "0x" + code.hex())
    house.chain = ours
    house.work()
    buried(house)
    assert_published_once(house)


def test_answers_that_never_come_send_nothing_twice(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each method's first answer is lost, after the node did what it was asked."""
    rpc, lost = house.chain.rpc, set[str]()

    def loses_answers(method: str, *params: Any) -> Any:
        answer = rpc(method, *params)
        if method not in lost:
            lost.add(method)
            raise client.ChainUnavailable(f"{method}: the answer was lost")
        return answer

    with monkeypatch.context() as patch:
        patch.setattr(house.chain, "rpc", loses_answers)
        for _ in range(5):
            house.work()
    assert {"eth_sendRawTransaction", "eth_getTransactionReceipt"} <= lost
    buried(house)
    assert the_publication().signed.count() == 1
    assert_published_once(house)
