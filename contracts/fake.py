"""A chain within the process, for fast tests: the real bytecode in a real EVM, no node.

`FakeChain` is a `Chain` whose node is a Python object, so what is tested against it is what
runs against a node. It mines one block for each transaction; its clock moves a second a
block, or as told by `contracts.node`'s `mine`, `advance`, `set_clock` and `fund`.
Needs the package `pyrevm`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pyrevm
from eth_abi.abi import encode
from eth_account import Account
from eth_account.typed_transactions import TypedTransaction
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak
from hexbytes import HexBytes

from contracts.client import Chain
from contracts.codec import artifact, revert_reason
from contracts.errors import ChainError, ChainUnavailable, Reverted, StaleNonce
from contracts.records import Deployment

GAS_LIMIT = 30_000_000


class FakeChain(Chain):
    """A chain of one's own. While `offline` is set, the node does not answer."""

    def __init__(self, chain_id: int = 31337, timestamp: int = 1_700_000_000) -> None:
        self.node = FakeNode(chain_id, timestamp)
        self.rpc = self.node

    @property
    def offline(self) -> bool:
        return self.node.offline

    @offline.setter
    def offline(self, value: bool) -> None:
        self.node.offline = value


@dataclass(frozen=True)
class FakeRoles:
    """Addresses that hold the roles; the admin owns the test token."""

    admin: str
    publisher: str
    guardian: str
    custody: str


def deploy(chain: FakeChain, roles: FakeRoles, delay_seconds: int, mint_micros: int) -> Deployment:
    """As `contracts.chain.deploy`, without keys, and without a minute of Brownie."""
    node = chain.node
    token = node.create(roles.admin, "TestToken", [], ())
    parts = (token, roles.admin, roles.publisher, roles.guardian, roles.custody, delay_seconds)
    vault = node.create(roles.admin, "Vault", ["address"] * 5 + ["uint256"], parts)
    for sender, function, args in (
        (roles.admin, "mint", (roles.publisher, mint_micros)),
        (roles.publisher, "approve", (vault, 2**256 - 1)),
    ):
        selector = keccak(text=f"{function}(address,uint256)")[:4]
        node.mine_call(sender, token, selector + encode(["address", "uint256"], args))
    hashes = {
        name: "0x" + keccak(chain.code(place)).hex()
        for name, place in (("TestToken", token), ("Vault", vault))
    }
    return Deployment(chain.chain_id(), token, vault, chain.block().number, hashes)


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

    def create(self, sender: str, contract: str, types: list[str], args: tuple[Any, ...]) -> str:
        """Deploys a contract by its name and mines a block."""
        code = bytes.fromhex(artifact(contract)["bytecode"].removeprefix("0x"))
        self._set_block(self._mine())
        return to_checksum_address(self._evm.deploy(sender, code + encode(types, args)))

    def mine_call(self, sender: str, to: str, data: bytes) -> None:
        """Carries out a call of any sender, unsigned, in a block of its own."""
        self._set_block(self._mine())
        self._execute(sender, to, data)

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

    def _send(self, raw_hex: str) -> str:
        raw = HexBytes(raw_hex)
        transaction = TypedTransaction.from_bytes(raw).as_dict()
        sender = str(Account.recover_transaction(raw))
        self._admit(sender, transaction)
        block = self._mine()
        self._set_block(block)
        ok = True
        try:
            self._execute(sender, transaction["to"], bytes(transaction["data"]))
        except ChainError:
            ok = False
        result = self._evm.result
        receipt = {
            "transactionHash": "0x" + keccak(raw).hex(),
            "blockNumber": hex(block.number),
            "blockHash": block.hash,
            "status": hex(ok),
            "gasUsed": hex(result.gas_used),
            "logs": [_log(log) for log in result.logs] if ok else [],
        }
        block.receipts.append(receipt)
        self._receipts[receipt["transactionHash"]] = receipt
        return str(receipt["transactionHash"])

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
            return hex(min(GAS_LIMIT, self._evm.result.gas_used * 3 // 2))
        finally:
            self._evm.revert(checkpoint)

    def _call(self, request: dict[str, str], at: str) -> str:
        self._set_block(self._next() if at == "pending" else self.blocks[-1])
        data = bytes.fromhex(request["data"][2:])
        return "0x" + self._execute("0x" + "00" * 20, request["to"], data, static=True).hex()

    def _logs(self, query: dict[str, Any]) -> list[dict[str, Any]]:
        wanted = {address.lower() for address in query["address"]}
        blocks = self.blocks[int(query["fromBlock"], 16) : int(query["toBlock"], 16) + 1]
        receipts = [receipt for block in blocks for receipt in block.receipts]
        return [
            {"transactionHash": receipt["transactionHash"]}
            for receipt in receipts
            if any(log["address"].lower() in wanted for log in receipt["logs"])
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
