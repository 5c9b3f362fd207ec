"""The node of `contracts.fake`: the JSON-RPC methods that the client uses, on an EVM in memory.

It mines one block for each transaction, at once; its clock moves a second a block, or as told.
There is no queue: a transaction whose nonce is not the next one is refused.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyrevm
from eth_abi.abi import encode
from eth_account import Account
from eth_account.typed_transactions.typed_transaction import TypedTransaction
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak
from hexbytes import HexBytes

from contracts.codec import revert_reason
from contracts.errors import ChainError, ChainUnavailable, Reverted, StaleNonce
from contracts.records import Call

GAS_LIMIT = 30_000_000


@dataclass
class _Mined:
    number: int
    timestamp: int
    receipts: list[dict[str, Any]] = field(default_factory=list)

    @property
    def hash(self) -> str:
        return "0x" + keccak(text=f"{self.number} {self.timestamp}").hex()


class FakeNode:
    """Answers the JSON-RPC methods that the client uses, and the local chain's own."""

    def __init__(self, chain_id: int, timestamp: int) -> None:
        self.chain_id = chain_id
        self.offline = False
        self.blocks = [_Mined(0, timestamp)]
        self._evm = pyrevm.EVM(
            env=pyrevm.Env(cfg=pyrevm.CfgEnv(chain_id=chain_id)), spec_id="PRAGUE"
        )
        self._nonces: dict[str, int] = {}
        self._receipts: dict[str, dict[str, Any]] = {}
        self._skip_seconds = 1
        self._methods: dict[str, Callable[..., Any]] = {
            "eth_chainId": lambda: hex(self.chain_id),
            "eth_getBlockByNumber": self._block,
            "eth_getTransactionCount": lambda who, at: hex(self._nonces.get(who.lower(), 0)),
            "eth_getBalance": lambda who, at: hex(self._evm.get_balance(who)),
            "eth_getCode": lambda who, at: "0x" + (self._evm.get_code(who) or b"").hex(),
            "eth_maxPriorityFeePerGas": lambda: hex(10**9),
            "eth_estimateGas": self._estimate,
            "eth_call": self._call,
            "eth_sendRawTransaction": self._send,
            "eth_getTransactionByHash": self._receipts.get,
            "eth_getTransactionReceipt": self._receipts.get,
            "eth_getLogs": self._logs,
            "anvil_setBalance": lambda who, wei: self._evm.set_balance(who, int(wei, 16)),
            "anvil_mine": self._mine_empty,
            "evm_increaseTime": self._skip,
            "evm_setNextBlockTimestamp": self._skip_to,
        }

    def __call__(self, method: str, *params: Any) -> Any:
        if self.offline:
            raise ChainUnavailable("the chain is switched off")
        return self._methods[method](*params)

    def create(self, sender: str, code: str, types: list[str], args: tuple[Any, ...]) -> str:
        """Deploys a contract by its creation bytecode, 0x text, and mines a block."""
        self._set_block(self._mine())
        return to_checksum_address(
            self._evm.deploy(sender, bytes(HexBytes(code)) + encode(types, args))
        )

    def carry_out(self, sender: str, call: Call) -> str:
        """Carries out a call of any sender, unsigned, in a block of its own; the hash for it.

        Raises:
            Reverted: the contract refused; the block was mined all the same
        """
        block = self._mine()
        self._set_block(block)
        self._execute(sender, call.to, call.data)
        hash = "0x" + keccak(text=f"{block.number} {sender} {call.to} {call.data.hex()}").hex()
        self._keep_receipt(hash, block, ok=True)
        return hash

    def _execute(self, sender: str, to: str, data: bytes, static: bool = False) -> bytes:
        try:
            output = self._evm.message_call(sender, to, calldata=data, is_static=static)
        except RuntimeError as error:
            text = str(error)
            if "output: 0x" not in text:
                raise ChainError(text) from error
            raw = text.partition("output: 0x")[2].partition(" ")[0]
            raise Reverted(revert_reason(bytes.fromhex(raw))) from error
        finally:
            self._evm.reset_transient_storage()
        return bytes(output)

    def _outcome(self) -> pyrevm.ExecutionResult:
        if self._evm.result is None:
            raise ChainError("nothing was carried out yet")
        return self._evm.result

    def _send(self, raw_hex: str) -> str:
        raw = HexBytes(raw_hex)
        transaction = TypedTransaction.from_bytes(raw).as_dict()
        sender = str(Account.recover_transaction(raw))
        self._admit(sender, transaction)
        block = self._mine()
        self._set_block(block)
        ok = True
        try:
            self._execute(
                sender, to_checksum_address(transaction["to"]), bytes(transaction["data"])
            )
        except ChainError:
            ok = False
        hash = "0x" + keccak(raw).hex()
        self._keep_receipt(hash, block, ok)
        return hash

    def _keep_receipt(self, hash: str, block: _Mined, ok: bool) -> None:
        result = self._outcome()
        self._receipts[hash] = {
            "transactionHash": hash,
            "blockNumber": hex(block.number),
            "blockHash": block.hash,
            "status": hex(ok),
            "gasUsed": hex(result.gas_used),
            "logs": [_log(log) for log in result.logs] if ok else [],
        }
        block.receipts.append(self._receipts[hash])

    def _admit(self, sender: str, transaction: dict[str, Any]) -> None:
        expected = self._nonces.get(sender.lower(), 0)
        if transaction["nonce"] < expected:
            raise StaleNonce(f"nonce too low: {transaction['nonce']}, next is {expected}")
        if transaction["nonce"] > expected:
            raise ChainError(f"nonce too high: this chain keeps no queue, next is {expected}")
        if self._evm.get_balance(sender) < transaction["gas"] * transaction["maxFeePerGas"]:
            raise ChainError(f"insufficient funds of {sender} for gas")
        self._nonces[sender.lower()] = expected + 1

    def _estimate(self, request: dict[str, str], at: str) -> str:
        self._set_block(self._next())
        checkpoint = self._evm.snapshot()
        try:
            self._execute(request["from"], request["to"], bytes.fromhex(request["data"][2:]))
            return hex(min(GAS_LIMIT, self._outcome().gas_used * 3 // 2))
        finally:
            self._evm.revert(checkpoint)

    def _call(self, request: dict[str, str], at: str) -> str:
        self._set_block(self._next() if at == "pending" else self.blocks[-1])
        data = bytes.fromhex(request["data"][2:])
        return "0x" + self._execute("0x" + "00" * 20, request["to"], data, static=True).hex()

    def _logs(self, query: dict[str, Any]) -> list[dict[str, Any]]:
        wanted = {address.lower() for address in query["address"]}
        blocks = self.blocks[int(query["fromBlock"], 16) : int(query["toBlock"], 16) + 1]
        return [
            {
                "transactionHash": receipt["transactionHash"],
                "blockNumber": receipt["blockNumber"],
                "transactionIndex": hex(index),
            }
            for block in blocks
            for index, receipt in enumerate(block.receipts)
            for log in receipt["logs"]
            if log["address"].lower() in wanted and _fits(log["topics"], query.get("topics", []))
        ]

    def _block(self, at: str, full: bool) -> dict[str, Any] | None:
        if at == "pending":
            block = self._next()
        else:
            number = len(self.blocks) - 1 if at == "latest" else int(at, 16)
            if number >= len(self.blocks):
                return None
            block = self.blocks[number]
        return {
            "number": hex(block.number),
            "hash": block.hash,
            "timestamp": hex(block.timestamp),
            "baseFeePerGas": hex(10**9),
        }

    def _next(self) -> _Mined:
        return _Mined(len(self.blocks), self.blocks[-1].timestamp + self._skip_seconds)

    def _mine(self) -> _Mined:
        self.blocks.append(self._next())
        self._skip_seconds = 1
        return self.blocks[-1]

    def _mine_empty(self, count: str) -> None:
        for _ in range(int(count, 16)):
            self._mine()

    def _skip(self, seconds: str) -> None:
        self._skip_seconds = int(seconds, 16)

    def _skip_to(self, timestamp: str) -> None:
        self._skip_seconds = int(timestamp, 16) - self.blocks[-1].timestamp

    def _set_block(self, block: _Mined) -> None:
        self._evm.set_block_env(pyrevm.BlockEnv(number=block.number, timestamp=block.timestamp))


def _log(log: Any) -> dict[str, Any]:
    return {
        "address": log.address,
        "topics": list(log.topics),
        "data": "0x" + bytes(log.data[1]).hex(),
    }


def _fits(topics: Sequence[str], asked: Sequence[str | list[str] | None]) -> bool:
    """Whether each topic is one of those asked for in its place; none is asked for by None."""
    wanted = [[one] if isinstance(one, str) else one for one in asked]
    return len(topics) >= len(wanted) and all(
        some is None or topic in some for topic, some in zip(topics, wanted, strict=False)
    )
