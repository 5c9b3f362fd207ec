"""The client: what it sends arrives once, what it reads is typed, what fails says how."""

import pytest
from eth_account import Account

from contracts import node
from contracts.client import (
    Call,
    Chain,
    ChainError,
    ChainUnavailable,
    Reverted,
    Signed,
    StaleNonce,
    Underpriced,
    Vault,
    WrongChain,
    derive_key,
    mint,
    publish,
    sign,
    track_id,
    transfer,
)
from contracts.codec import decode_log, revert_reason
from contracts.fake import FakeChain
from tests.contracts.stage import FEES, KEYS, Stage, address, terms

MNEMONIC = "test test test test test test test test test test test junk"


def signed_mint(stage: Stage, micros: int, nonce: int) -> Signed:
    call = mint(stage.token.address, address("label"), micros)
    return sign(call, KEYS["admin"][0], nonce, stage.chain.chain_id(), FEES, 200_000)


def test_keys_are_derived_by_the_standard_path() -> None:
    key, first = derive_key(MNEMONIC, 0)
    assert first == "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
    assert key.hex() == "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
    assert derive_key(MNEMONIC, 1)[1] == "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
    assert derive_key(b"\1" * 64, 0) != derive_key(b"\2" * 64, 0)


def test_the_same_call_signs_to_the_same_bytes_by_its_sender(stage: Stage) -> None:
    one, two = signed_mint(stage, 5, 0), signed_mint(stage, 5, 0)
    assert one == two
    assert Account.recover_transaction(one.raw) == address("admin")


def test_each_part_of_the_terms_is_in_the_track_id() -> None:
    changes: list[dict[str, object]] = [
        {"payees": (address("writer"), address("artist"))},
        {"bps": (2_000, 6_000)},
        {"platform": address("label")},
        {"pool_bps": 1},
        {"issuer": address("label")},
        {"reserved": 1},
        {"micros_per_unit": 1},
        {"listener_cap": 1},
        {"salt": bytes(32)},
    ]
    ids = {track_id(terms(**change)) for change in changes} | {track_id(terms())}
    assert len(ids) == len(changes) + 1


def test_sending_again_is_the_same_as_sending_once(stage: Stage) -> None:
    signed = signed_mint(stage, 7, stage.chain.nonce(address("admin")))
    assert stage.chain.send_raw(signed.raw) == signed.hash
    receipt = stage.mined(signed.hash)
    assert stage.chain.send_raw(signed.raw) == signed.hash
    assert stage.token.balance_of(address("label")) == 7
    assert (receipt.ok, receipt.hash, receipt.logs[0].tx_hash) == (True, signed.hash, signed.hash)
    assert receipt.block_hash == stage.chain.block(receipt.block_number).hash
    assert stage.chain.nonce(address("admin")) == signed.nonce + 1


def test_another_transaction_with_a_spent_nonce_is_stale(stage: Stage) -> None:
    first = signed_mint(stage, 7, stage.chain.nonce(address("admin")))
    stage.mined(stage.chain.send_raw(first.raw))
    with pytest.raises(StaleNonce):
        stage.chain.send_raw(signed_mint(stage, 8, first.nonce).raw)


def test_a_waiting_transaction_gives_way_only_to_one_that_pays_more(node_stage: Stage) -> None:
    stage = node_stage
    stage.chain.rpc("evm_setAutomine", False)
    try:
        first = signed_mint(stage, 7, stage.chain.nonce(address("admin")))
        stage.chain.send_raw(first.raw)
        assert stage.chain.send_raw(first.raw) == first.hash
        assert stage.chain.receipt(first.hash) is None
        assert stage.chain.nonce(address("admin"), "pending") == first.nonce + 1
        with pytest.raises(Underpriced):
            stage.chain.send_raw(signed_mint(stage, 8, first.nonce).raw)
    finally:
        stage.chain.rpc("evm_setAutomine", True)
        node.mine(stage.chain)
    assert stage.mined(first.hash).ok


def test_a_sender_without_gas_money_is_refused(stage: Stage) -> None:
    key, poor = derive_key(b"\5" * 64, 0)
    call = transfer(stage.token.address, address("label"), 0)
    signed = sign(call, key, 0, stage.chain.chain_id(), FEES, 100_000)
    with pytest.raises(ChainError, match="(?i)insufficient funds"):
        stage.chain.send_raw(signed.raw)
    node.fund(stage.chain, poor)
    assert stage.mined(stage.chain.send_raw(signed.raw)).ok


def test_a_mined_refusal_has_a_receipt_that_says_so(stage: Stage) -> None:
    call = mint(stage.token.address, address("label"), 1)
    nonce = stage.chain.nonce(address("label"))
    signed = sign(call, KEYS["label"][0], nonce, stage.chain.chain_id(), FEES, 200_000)
    receipt = stage.mined(stage.chain.send_raw(signed.raw))
    assert (receipt.ok, receipt.logs) == (False, ())


def test_an_unknown_transaction_has_no_receipt(stage: Stage) -> None:
    assert stage.chain.receipt("0x" + "12" * 32) is None


def test_logs_come_in_order_with_their_place_in_the_transaction(stage: Stage) -> None:
    start = stage.chain.block().number
    receipt = stage.send("publisher", publish(stage.vault.address, b"\1" * 32, 9, b"\2" * 32))
    end = receipt.block_number
    both = stage.chain.logs([stage.vault.address, stage.token.address], start + 1, end)
    assert [(event.name, event.log_position) for event in both] == [
        ("Transfer", 0),
        ("Published", 1),
    ]
    assert tuple(both) == receipt.logs
    only_vault = stage.chain.logs([stage.vault.address], start + 1, end)
    assert only_vault == both[1:]
    assert stage.chain.logs([stage.vault.address], start, start) == []
    vault, token = stage.vault.address, stage.token.address
    assert stage.chain.logs([vault], start + 1, end, token, [vault]) == both
    assert stage.chain.logs([vault], start + 1, end, token, [address("publisher")]) == both
    assert stage.chain.logs([vault], start + 1, end, token, [address("label")]) == both[1:]
    assert stage.chain.logs([address("label")], start, end) == []


def test_the_next_block_is_seen_at_pending(stage: Stage) -> None:
    stage.send("publisher", publish(stage.vault.address, b"\1" * 32, 9, b"\2" * 32))
    stage.chain.rpc("evm_increaseTime", hex(60))
    assert stage.vault.active() is None
    active = stage.vault.active("pending")
    assert active is not None
    assert active.number == 1
    assert active.active_at is None


def test_the_fees_offered_cover_the_base_fee(stage: Stage) -> None:
    fees = stage.chain.fees()
    assert fees.max_fee_wei > fees.priority_fee_wei > 0


def test_another_chain_is_refused(stage: Stage) -> None:
    stage.chain.require_chain_id(31337)
    with pytest.raises(WrongChain, match="serves chain 31337, not 1$"):
        stage.chain.require_chain_id(1)


def test_a_missing_block_and_a_missing_contract_are_named(stage: Stage) -> None:
    with pytest.raises(ChainError, match="no block 1000000"):
        stage.chain.block(1_000_000)
    with pytest.raises(ChainError, match="Vault.deposited answered nothing"):
        Vault(stage.chain, address("label")).deposited()


def test_a_view_of_a_revert_raises_its_reason(stage: Stage) -> None:
    unknown = Call(stage.vault.address, b"\xde\xad\xbe\xef")
    with pytest.raises(Reverted):
        stage.chain.call(unknown)


def test_a_node_that_is_away_is_unavailable() -> None:
    with pytest.raises(ChainUnavailable, match="no answer from the chain at"):
        Chain("http://127.0.0.1:1", timeout_seconds=1).chain_id()
    chain = FakeChain()
    chain.offline = True
    with pytest.raises(ChainUnavailable):
        chain.send_raw(b"")


def test_the_reason_of_a_refusal_is_read_from_its_data() -> None:
    panic = bytes.fromhex("4e487b71") + (0x11).to_bytes(32, "big")
    assert revert_reason(panic) == "panic 0x11"
    assert revert_reason(b"") == "no reason given (0x)"


def test_a_log_of_something_else_is_no_event_of_ours() -> None:
    assert decode_log([b"\1" * 32], b"") is None
    assert decode_log([], b"") is None
