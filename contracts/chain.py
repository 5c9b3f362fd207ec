"""Compiles and deploys the contracts through Brownie; the only file that imports it.

Brownie keeps one connection, one set of accounts and its networks in module state and in
the home folder, so it is imported late, given a home of its own inside `build/` (stale
entries there make it crash on connect) and used under one lock.
"""

import contextlib
import fcntl
import hashlib
import io
import json
import os
import shutil
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eth_utils.crypto import keccak

from contracts import codec
from contracts.client import Chain
from contracts.errors import ChainError
from contracts.records import Deployment

ROOT = Path(__file__).parent
BUILD = ROOT / "build"
DEPLOY_GAS = 6_000_000


@dataclass(frozen=True)
class Founders:
    """Who deploys and who holds the roles at first.

    The deployer owns the test token; its key and the publisher's sign here and need gas
    money. The others are addresses only, so that their keys can stay elsewhere.
    """

    deployer_key: bytes
    publisher_key: bytes
    admin: str
    guardian: str
    custody: str


def deploy(rpc_url: str, founders: Founders, delay_seconds: int, mint_micros: int) -> Deployment:
    """Deploys token and vault, mints to the publisher and lets the vault pull from it.

    Every call deploys anew: whether a deployment still stands is asked with `is_deployed`.

    Raises:
        ChainUnavailable: the node does not answer
        ChainError: a transaction was refused
    """
    chain = Chain(rpc_url)
    chain_id, fees = chain.chain_id(), chain.fees()
    offer = {
        "max_fee": fees.max_fee_wei,
        "priority_fee": fees.priority_fee_wei,
        "gas_limit": DEPLOY_GAS,
    }
    with _connected(rpc_url) as (project, accounts):
        deployer = accounts.add(founders.deployer_key)
        publisher = accounts.add(founders.publisher_key)
        token = deployer.deploy(project["TestToken"], **offer)
        roles = (founders.admin, publisher.address, founders.guardian, founders.custody)
        vault = deployer.deploy(project["Vault"], token.address, *roles, delay_seconds, **offer)
        token.mint(publisher, mint_micros, {"from": deployer, **offer})
        last = token.approve(vault.address, 2**256 - 1, {"from": publisher, **offer})
        places = {"TestToken": str(token.address), "Vault": str(vault.address)}
    return Deployment(
        chain_id=chain_id,
        token=places["TestToken"],
        vault=places["Vault"],
        block_number=int(last.block_number),
        code_hashes={name: code_hash(chain, place) for name, place in places.items()},
    )


def is_deployed(deployment: Deployment, chain: Chain) -> bool:
    """Whether that very code stands at those very addresses of that very chain."""
    if chain.chain_id() != deployment.chain_id:
        return False
    places = {"TestToken": deployment.token, "Vault": deployment.vault}
    return all(code_hash(chain, places[name]) == deployment.code_hashes[name] for name in places)


def code_hash(chain: Chain, address: str) -> str:
    """keccak256 of the code at an address, which includes the immutables."""
    return "0x" + keccak(chain.code(address)).hex()


def compile_contracts() -> dict[str, dict[str, Any]]:
    """ABI and creation bytecode of each contract, from a Brownie build of the sources."""
    with _project() as project:
        return {
            name: {
                "abi": json.loads(json.dumps(project[name].abi)),
                "bytecode": "0x" + str(project[name].bytecode).removeprefix("0x"),
            }
            for name in codec.CONTRACTS
        }


def write_interfaces() -> None:
    """Regenerates the interfaces that the client ships with; run it after editing sources."""
    for name, artifact in compile_contracts().items():
        text = json.dumps(artifact, indent=1, sort_keys=True) + "\n"
        (codec.INTERFACES / f"{name}.json").write_text(text)


@contextlib.contextmanager
def _connected(rpc_url: str) -> Iterator[tuple[Mapping[str, Any], Any]]:
    with _project() as project, _quietly():
        from brownie import accounts, network
        from brownie._config import CONFIG

        CONFIG.networks["refrain"] = {
            "id": "refrain",
            "name": "refrain",
            "host": rpc_url,
            "cmd": "anvil",
            "cmd_settings": {},
            "timeout": 60,
        }
        network.connect("refrain", launch_rpc=False)  # type: ignore[attr-defined]
        try:
            yield project, accounts
        except ValueError as error:
            raise ChainError(f"the deployment was refused: {error}") from error
        finally:
            accounts.clear()
            network.disconnect(kill_rpc=False)  # type: ignore[attr-defined]


@contextlib.contextmanager
def _project() -> Iterator[Mapping[str, Any]]:
    """The loaded project; a build of other sources is thrown away first.

    Brownie recompiles only what changed itself, and hands the compiler only that, so a
    module that another imports would be missing; and it takes a module for changed for ever,
    because no build is of a module alone. So all or nothing is compiled here.
    """
    BUILD.mkdir(exist_ok=True)
    with (BUILD / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _discard_stale_build()
        built = all((BUILD / "contracts" / f"{name}.json").exists() for name in codec.CONTRACTS)
        with _quietly():
            project = _brownie_project().load(ROOT, name="RefrainProject", compile=not built)
        try:
            yield project
        finally:
            project.close()


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    """Brownie prints its progress, and what it imports warns of being out of fashion."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        yield


def _discard_stale_build() -> None:
    sources = sorted((ROOT / "sources").glob("*.vy"))
    digest = hashlib.sha256(b"".join(path.name.encode() + path.read_bytes() for path in sources))
    stamp = BUILD / "sources.sha256"
    if stamp.exists() and stamp.read_text() == digest.hexdigest():
        return
    shutil.rmtree(BUILD / "contracts", ignore_errors=True)
    stamp.write_text(digest.hexdigest())


def _brownie_project() -> Any:
    home, os.environ["HOME"] = os.environ.get("HOME"), str(BUILD)
    try:
        from brownie import project
    finally:
        if home is None:
            del os.environ["HOME"]
        else:
            os.environ["HOME"] = home
    _adapt_compiler()
    return project


def _adapt_compiler() -> None:
    """Gives Brownie the source map of Vyper 0.4, an object, as the string it was before.

    Of the sources only the contracts are compiled by themselves: a module that uses another's
    state makes no contract alone.
    """
    from vyper.cli import vyper_json

    compile_json = vyper_json.compile_json
    if getattr(compile_json, "adapted", False):
        return

    def adapted(source: dict[str, Any]) -> dict[str, Any]:
        wanted = source["settings"]["outputSelection"]["*"]
        source["settings"]["outputSelection"] = {
            path: wanted for path in source["sources"] if Path(path).stem in codec.CONTRACTS
        }
        output: dict[str, Any] = compile_json(source)
        for contracts in output["contracts"].values():
            for contract in contracts.values():
                for code in ("bytecode", "deployedBytecode"):
                    part = contract["evm"][code]
                    part["sourceMap"] = part["sourceMap"]["pc_pos_map_compressed"]
        return output

    adapted.adapted = True  # type: ignore[attr-defined]
    vyper_json.compile_json = adapted


if __name__ == "__main__":
    write_interfaces()
