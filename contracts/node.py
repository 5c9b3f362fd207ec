"""The local chain: where its binary is, how to start it, and the few things only it can do.

Started without `block_time_seconds` it mines a block for each transaction and none
otherwise, so time stands still on an idle chain; with it, a block comes every so often.
"""

import contextlib
import platform
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event

from contracts.client import Chain
from contracts.errors import ChainUnavailable, NodeMissing

ETHER_WEI = 10**18

_PACKAGES = Path(__file__).parent / "node_modules" / "@foundry-rs"
_MACHINES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


def anvil_path() -> Path:
    """The node's binary; starting it directly leaves no orphan when it is stopped.

    Raises:
        NodeMissing: it is not installed for this machine
    """
    machine = _MACHINES.get(platform.machine().lower(), platform.machine())
    path = _PACKAGES / f"anvil-{platform.system().lower()}-{machine}" / "bin" / "anvil"
    if not path.exists():
        raise NodeMissing(
            f"The local chain's binary {path} is missing: run `npm ci` in {_PACKAGES.parents[1]}, "
            "or set CHAIN_RPC_URL to a chain of your own."
        )
    return path


def anvil_command(
    port: int,
    state_file: Path | None = None,
    chain_id: int = 31337,
    block_time_seconds: int | None = None,
    timestamp: int | None = None,
) -> list[str]:
    """The command line of a local chain on 127.0.0.1.

    With `state_file` everything mined survives, a kill included, but for the last second.
    `timestamp` (unix seconds) is that of the first block of a new chain; a chain that
    comes back from its state goes on from its last block.
    """
    command = [str(anvil_path()), "--host", "127.0.0.1", "--port", str(port), "--quiet"]
    command += ["--chain-id", str(chain_id), "--hardfork", "prague", "--accounts", "1"]
    if state_file is not None:
        command += ["--state", str(state_file), "--state-interval", "1"]
    if block_time_seconds is not None:
        command += ["--block-time", str(block_time_seconds)]
    if timestamp is not None:
        command += ["--timestamp", str(timestamp)]
    return command


@contextlib.contextmanager
def running_anvil(
    state_file: Path | None = None,
    chain_id: int = 31337,
    block_time_seconds: int | None = None,
    timestamp: int | None = None,
) -> Iterator[str]:
    """A local chain on a free port for as long as the block runs; yields its address.

    Raises:
        NodeMissing: the binary is not installed, or it did not come up
    """
    port = _free_port()
    command = anvil_command(port, state_file, chain_id, block_time_seconds, timestamp)
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_until_up(url, process)
            yield url
        finally:
            process.terminate()
            process.wait(timeout=20)


def fund(chain: Chain, address: str, amount_wei: int = 1_000 * ETHER_WEI) -> None:
    """Gives an account gas money out of nothing, on a local chain."""
    chain.rpc("anvil_setBalance", address, hex(amount_wei))


def mine(chain: Chain, blocks: int = 1) -> None:
    """Mines empty blocks on a local chain."""
    chain.rpc("anvil_mine", hex(blocks))


def advance(chain: Chain, seconds: int) -> None:
    """Moves a local chain's clock forward and mines a block there."""
    chain.rpc("evm_increaseTime", hex(seconds))
    mine(chain)


def set_clock(chain: Chain, timestamp: int) -> None:
    """Moves a local chain's clock forward to a time (unix seconds) and mines a block there."""
    if timestamp > chain.block().timestamp:
        chain.rpc("evm_setNextBlockTimestamp", hex(timestamp))
        mine(chain)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_up(url: str, process: subprocess.Popen[bytes]) -> None:
    chain, pause = Chain(url, timeout_seconds=2.0), Event()
    deadline = time.monotonic() + 20
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(ChainUnavailable):
            chain.chain_id()
            return
        pause.wait(0.02)
    raise NodeMissing(f"The local chain did not come up at {url}.")
