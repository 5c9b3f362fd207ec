"""The local chain: where its binary is, how to start it, and the few things only it can do.

Started without `block_time_seconds` it mines a block for each transaction and none
otherwise, so time stands still on an idle chain; with it, a block comes every so often.
"""

import contextlib
import gzip
import json
import os
import platform
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any

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

    With `state_file` the chain comes back after a kill as it was a second before. The node
    writes that file in place, so a kill can tear it: a torn one is replaced here by the last
    `save_state`. `timestamp` (unix seconds) is that of a new chain's first block; one that
    comes back follows the machine's clock, or its own where that is ahead.

    `block_time_seconds` is for short runs: every empty block stays in memory and in the state
    file, which is written each second (5 MB after 3,000 blocks).

    Raises:
        NodeMissing: the binary is not installed, or the state is torn and was never saved
    """
    command = [str(anvil_path()), "--host", "127.0.0.1", "--port", str(port), "--quiet"]
    command += ["--chain-id", str(chain_id), "--hardfork", "prague", "--accounts", "1"]
    if state_file is not None:
        command += ["--state", str(state_file), "--state-interval", "1"]
        if state_file.exists():
            timestamp = _timestamp_after(_whole_state(state_file))
    if block_time_seconds is not None:
        command += ["--block-time", str(block_time_seconds)]
    if timestamp is not None:
        command += ["--timestamp", str(timestamp)]
    return command


def save_state(chain: Chain, state_file: Path) -> None:
    """Puts a whole copy of a local chain's state beside its state file, in one step.

    Call it when a block was mined, at most once a second, so that `anvil_command` has
    something to go back to.
    """
    state = gzip.decompress(bytes.fromhex(chain.rpc("anvil_dumpState").removeprefix("0x")))
    _write_whole(saved_state(state_file), state)


@contextlib.contextmanager
def running_anvil(
    state_file: Path | None = None,
    chain_id: int = 31337,
    block_time_seconds: int | None = None,
    timestamp: int | None = None,
    stop_signal: signal.Signals = signal.SIGTERM,
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
            process.send_signal(stop_signal)
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


def saved_state(state_file: Path) -> Path:
    """Where `save_state` puts its copy."""
    return state_file.with_name(state_file.name + ".saved")


def _whole_state(state_file: Path) -> dict[str, Any]:
    """The state to go on from; where the file is torn it is put right from its saved copy."""
    for path in (state_file, saved_state(state_file)):
        with contextlib.suppress(FileNotFoundError, ValueError):
            text = path.read_bytes()
            state: dict[str, Any] = json.loads(text)
            for other in {state_file, saved_state(state_file)} - {path}:
                _write_whole(other, text)
            return state
    raise NodeMissing(
        f"The local chain's state {state_file} is damaged and there is no saved copy of it: "
        "move it away to start a new chain."
    )


def _timestamp_after(state: dict[str, Any]) -> int | None:
    """The node's clock must be set, once, where the chain's last block lies in the future."""
    last = int(state["block"]["timestamp"], 16)
    return last + 1 if last >= time.time() else None


def _write_whole(path: Path, content: bytes) -> None:
    part = path.with_name(path.name + ".part")
    with part.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, path)


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
