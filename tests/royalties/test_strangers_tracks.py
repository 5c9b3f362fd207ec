"""The vault is open to anyone: what is done with tracks of others is none of the ledger's."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak

import tests.contracts
from contracts import client, node
from contracts.client import Call, ChainError, ClaimOrder, Event
from contracts.fake import FakeChain
from royalties import chain_checks, ledger, settlement
from royalties.models import Account, ChainEvent, Period
from tests.contracts.stage import KEYS, terms
from tests.royalties.house import House, send, send_from
from tests.royalties.stories import two_tracks

KEY, STRANGER = KEYS["listener"]


@pytest.fixture
def track(house: House) -> bytes:
    """Registered by a stranger, who is paid most of it."""
    node.fund(house.chain, STRANGER)
    theirs = terms(payees=(STRANGER,), bps=(8_000,), issuer=STRANGER)
    send_from(house.chain, KEY, STRANGER, client.register(house.vault.address, theirs))
    return client.track_id(theirs)


def settles(house: House) -> bool:
    two_tracks(house)
    return house.settle().state == Period.State.ACTIVE


def told(house: House) -> list[str]:
    alarms = [alarm.sentence for alarm in settlement.alarms(house.at)]
    return alarms + [one.detail for one in chain_checks.check(house.at, house.chain) if not one.ok]


def test_the_house_goes_on_whatever_is_done_with_a_track_of_others(
    house: House, track: bytes
) -> None:
    vault, receiver = house.vault.address, house.deployment.custody
    order = ClaimOrder(STRANGER, receiver, (track,), 0, deadline=2**40)
    signature = client.sign_claim_order(order, KEY, vault, house.chain.chain_id())
    for call in (
        client.claim(vault, track, STRANGER),
        client.claim_many(vault, [track], STRANGER),
        client.claim_to(vault, order, signature),
        client.assign(vault, track, KEYS["buyer"][1], 100),
    ):
        send_from(house.chain, KEY, STRANGER, call)
    assert settles(house)
    names = set(ChainEvent.objects.values_list("name", flat=True))
    assert names >= {"ClaimedMany", "PaidElsewhere", "Assigned"}
    assert told(house) == []


def test_what_other_contracts_log_beside_the_vault_is_not_read(house: House, track: bytes) -> None:
    from vyper import compile_code

    assert isinstance(house.chain, FakeChain)
    source = Path(tests.contracts.__file__).parent / "sources" / "Stranger.vy"
    code: str = compile_code(source.read_text(), output_formats=["bytecode"])["bytecode"]
    theirs = house.chain.node.create(STRANGER, code, [], ())
    args = encode(["address", "bytes32"], [house.vault.address, track])
    call = Call(theirs, keccak(text="claim(address,bytes32)")[:4] + args)
    send_from(house.chain, KEY, STRANGER, call)
    assert settles(house)
    assert ChainEvent.objects.filter(name="ClaimedMany").count() == 1
    assert not ChainEvent.objects.filter(args__sender=theirs).exists()
    assert told(house) == []


def test_a_node_that_refuses_to_answer_with_so_many_logs_is_asked_for_fewer_blocks(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    logs = house.chain.logs

    def few(addresses: Sequence[str], first: int, last: int, *of: Any) -> list[Event]:
        if first != last:
            raise ChainError("eth_getLogs: query returned more than 10000 results")
        return logs(addresses, first, last, *of)

    monkeypatch.setattr(house.chain, "logs", few)
    two_tracks(house)
    assert house.settle().state == Period.State.ACTIVE
    house.deployment.refresh_from_db()
    assert house.deployment.synced_block == house.chain.block().number


def test_what_strangers_move_among_themselves_is_neither_asked_for_nor_kept(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    node.fund(house.chain, STRANGER)
    token, custody = house.deployment.token, house.deployment.custody
    send(house.chain, "admin", client.mint(token, STRANGER, 5_000))
    asked: list[str] = []
    rpc = house.chain.rpc

    def seen(method: str, *params: object) -> object:
        asked.extend([str(params[0])] if method == "eth_getTransactionReceipt" else [])
        return rpc(method, *params)

    among = [
        send_from(house.chain, KEY, STRANGER, client.transfer(token, KEYS["buyer"][1], 1_000)),
        send_from(house.chain, KEY, STRANGER, client.approve(token, KEYS["buyer"][1], 1_000)),
    ]
    here = send_from(house.chain, KEY, STRANGER, client.transfer(token, custody, 700))
    monkeypatch.setattr(house.chain, "rpc", seen)
    assert settles(house)
    assert here in asked
    assert not set(among) & set(asked)
    assert not ChainEvent.objects.filter(tx_hash__in=among).exists()
    assert ledger.balance(Account.Kind.SUSPENSE) == 700
    assert told(house) == []
