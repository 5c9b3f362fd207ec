"""A chain within the process, for fast tests: the real bytecode in a real EVM, no node.

`FakeChain` is a `Chain` whose node is a Python object, so what is tested against it is what
runs against a node; the local chain's controls in `contracts.node` work on it as well.
Needs the package `pyrevm`.
"""

from dataclasses import dataclass

from eth_utils.crypto import keccak

from contracts import calls
from contracts.client import Chain
from contracts.codec import artifact
from contracts.fakenode import FakeNode
from contracts.records import Deployment


class FakeChain(Chain):
    """A chain of one's own. While `offline` is set, the node does not answer."""

    def __init__(self, chain_id: int = 31337, timestamp: int = 1_700_000_000) -> None:
        self.node = FakeNode(chain_id, timestamp)
        self.url = "in process"
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
    """As `contracts.chain.deploy`, without keys and without Brownie."""
    node = chain.node
    token = node.create(roles.admin, artifact("TestToken")["bytecode"], [], ())
    vault = deploy_vault(chain, token, roles, delay_seconds)
    node.carry_out(roles.admin, calls.mint(token, roles.publisher, mint_micros))
    node.carry_out(roles.publisher, calls.approve(token, vault, 2**256 - 1))
    hashes = {
        name: "0x" + keccak(chain.code(place)).hex()
        for name, place in (("TestToken", token), ("Vault", vault))
    }
    return Deployment(chain.chain_id(), token, vault, chain.block().number, hashes)


def deploy_vault(chain: FakeChain, token: str, roles: FakeRoles, delay_seconds: int) -> str:
    """A vault for any payment token; its address."""
    parts = (token, roles.admin, roles.publisher, roles.guardian, roles.custody, delay_seconds)
    types = ["address"] * 5 + ["uint256"]
    return chain.node.create(roles.admin, artifact("Vault")["bytecode"], types, parts)
