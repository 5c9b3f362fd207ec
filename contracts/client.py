"""Typed client of the chain: what the rest of Refrain sees of it.

Needs neither Brownie nor a compiler, and holds no state but a connection. Reading never
changes anything; to change something build a `Call`, `sign` it, store it and `send_raw` it:
sending the same bytes again is always safe.
"""

import threading
import time
from collections.abc import Sequence

from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from contracts import logreading
from contracts.calls import (
    approve,
    approve_units,
    assign,
    claim,
    claim_many,
    claim_to,
    enable_transfers,
    mint,
    pause,
    publish,
    register,
    set_operator,
    sync,
    sync_and_transfer,
    sync_many,
    track_id,
    transfer,
    transfer_units,
    transfer_units_from,
    unpause,
    veto,
)
from contracts.codec import TRACK_PREFIX_BYTES
from contracts.errors import (
    ChainError,
    ChainUnavailable,
    Reverted,
    StaleNonce,
    Underpriced,
    WrongChain,
)
from contracts.logreading import events_of, moves
from contracts.orders import claim_order_digest, claim_order_message, sign_claim_order
from contracts.records import (
    Block,
    Call,
    ClaimOrder,
    Deployment,
    Epoch,
    Event,
    Fees,
    Leaf,
    ProofStep,
    Receipt,
    Signature,
    Signed,
    Terms,
    TrackState,
)
from contracts.rpc import Node, Rpc
from contracts.signing import address_of, derive_key, sender_of, sign, signer_of
from contracts.views import Token, Vault

__all__ = [
    "TRACK_PREFIX_BYTES",
    "Block",
    "Call",
    "Chain",
    "ChainError",
    "ChainUnavailable",
    "ClaimOrder",
    "Deployment",
    "Epoch",
    "Event",
    "Fees",
    "Leaf",
    "ProofStep",
    "Receipt",
    "Reverted",
    "Signature",
    "Signed",
    "StaleNonce",
    "Terms",
    "Token",
    "TrackState",
    "Underpriced",
    "Vault",
    "WrongChain",
    "address_of",
    "approve",
    "approve_units",
    "assign",
    "claim",
    "claim_many",
    "claim_order_digest",
    "claim_order_message",
    "claim_to",
    "derive_key",
    "enable_transfers",
    "mint",
    "pause",
    "publish",
    "register",
    "sender_of",
    "set_operator",
    "sign",
    "sign_claim_order",
    "signer_of",
    "sync",
    "sync_and_transfer",
    "sync_many",
    "track_id",
    "transfer",
    "transfer_units",
    "transfer_units_from",
    "unpause",
    "veto",
]


class Chain:
    """A node, by its address. Every method may raise `ChainUnavailable`; one for each thread."""

    def __init__(self, rpc_url: str, timeout_seconds: float = 10.0) -> None:
        self.url = rpc_url
        self.rpc: Node = Rpc(rpc_url, timeout_seconds)

    def chain_id(self) -> int:
        return _int(self.rpc("eth_chainId"))

    def require_chain_id(self, expected: int) -> None:
        """Raises `WrongChain` unless the node serves that chain."""
        found = self.chain_id()
        if found != expected:
            raise WrongChain(f"the node serves chain {found}, not {expected}")

    def block(self, at: int | str = "latest") -> Block:
        """A block by number, or "latest" or "pending" (whose timestamp is the next one's).

        Raises:
            ChainError: there is no such block (yet)
        """
        found = self.rpc("eth_getBlockByNumber", _at(at), False)
        if found is None:
            raise ChainError(f"the chain has no block {at}")
        return Block(_int(found["number"]), found["hash"] or "", _int(found["timestamp"]))

    def nonce(self, address: str, at: str = "latest") -> int:
        """The sender's next nonce: after mined transactions, or at "pending" after sent ones."""
        return _int(self.rpc("eth_getTransactionCount", address, at))

    def balance(self, address: str) -> int:
        """Gas money, wei."""
        return _int(self.rpc("eth_getBalance", address, "latest"))

    def code(self, address: str) -> bytes:
        return _bytes(self.rpc("eth_getCode", address, "latest"))

    def fees(self) -> Fees:
        """What gets a transaction mined soon: the base fee may double meanwhile."""
        base_fee_wei = _int(self.rpc("eth_getBlockByNumber", "latest", False)["baseFeePerGas"])
        priority_fee_wei = _int(self.rpc("eth_maxPriorityFeePerGas"))
        return Fees(2 * base_fee_wei + priority_fee_wei, priority_fee_wei)

    def estimate_gas(self, call: Call, sender: str) -> int:
        """Gas the call needs now.

        Raises:
            Reverted: the contract would refuse it
        """
        return _int(self.rpc("eth_estimateGas", {"from": sender, **_request(call)}, "pending"))

    def call(self, call: Call, at: int | str = "latest") -> bytes:
        """What the call would return, without sending it.

        Raises:
            Reverted: the contract refuses
        """
        return _bytes(self.rpc("eth_call", _request(call), _at(at)))

    def send_raw(self, raw: bytes) -> str:
        """Sends signed bytes and returns the transaction's hash; again is the same as once.

        Raises:
            StaleNonce: another transaction was mined with this nonce
            Underpriced: another one with this nonce waits and doesn't pay less
            ChainError: the node refused it, e.g. for want of gas money
        """
        hash = "0x" + keccak(raw).hex()
        try:
            self.rpc("eth_sendRawTransaction", "0x" + raw.hex())
        except ChainUnavailable:
            raise
        except ChainError:
            # The node words "I have that one" in many ways: ask it instead.
            if self.rpc("eth_getTransactionByHash", hash) is None:
                raise
        return hash

    def receipt(self, hash: str) -> Receipt | None:
        """What became of a transaction; None while it is not mined, or unknown."""
        found = self.rpc("eth_getTransactionReceipt", hash)
        if found is None or found["blockNumber"] is None:
            return None
        return Receipt(
            hash=hash,
            block_number=_int(found["blockNumber"]),
            block_hash=found["blockHash"],
            ok=_int(found["status"]) == 1,
            gas_used=_int(found["gasUsed"]),
            logs=events_of(found),
        )

    def wait(self, hash: str, timeout_seconds: float = 30.0) -> Receipt:
        """The receipt of a transaction that was sent, as soon as it is mined.

        Raises:
            ChainError: it was not mined in time
        """
        moment, deadline = threading.Event(), time.monotonic() + timeout_seconds
        while time.monotonic() < deadline:
            if receipt := self.receipt(hash):
                return receipt
            moment.wait(0.01)
        raise ChainError(f"transaction {hash} was not mined within {timeout_seconds:g} s")

    def logs(
        self,
        addresses: Sequence[str],
        from_block: int,
        to_block: int,
        token: str = "",
        holders: Sequence[str] = (),
    ) -> list[Event]:
        """Events of these contracts in these blocks, both ends included, in chain order.

        Of a `token` only what moves from or to these holders.
        """
        wanted = {to_checksum_address(address) for address in [*addresses, token] if address}
        asked = logreading.queries(addresses, from_block, to_block, token, holders)
        found = [log for query in asked for log in self.rpc("eth_getLogs", query)]
        found.sort(key=logreading.place)
        hashes = dict.fromkeys(log["transactionHash"] for log in found)
        receipts = [self.rpc("eth_getTransactionReceipt", hash) for hash in hashes]
        events = [event for one in receipts if one for event in events_of(one, wanted)]
        return [one for one in events if one.address != token or moves(one, holders)]


def _request(call: Call) -> dict[str, str]:
    return {"to": call.to, "data": "0x" + call.data.hex()}


def _at(at: int | str) -> str:
    return hex(at) if isinstance(at, int) else at


def _int(value: str) -> int:
    return int(value, 16)


def _bytes(value: str) -> bytes:
    return bytes.fromhex(value.removeprefix("0x"))
