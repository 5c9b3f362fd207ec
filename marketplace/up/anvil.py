"""The embedded chain: anvil on a loopback port, its state kept in a file each second.

Invariant: the clock only moves forward, and the genesis lies before the simulated days (`GENESIS_AGE`).
"""

import json
import signal
import urllib.request
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from marketplace.up.children import Child

CHAIN_ID = 31337
GENESIS_AGE = timedelta(days=120)


@dataclass(frozen=True)
class Anvil:
    """A node to start: its folder and its port."""

    folder: Path
    port: int
    block_seconds: int = 1

    @property
    def url(self) -> str:
        """Its address, as `CHAIN_RPC_URL` takes it."""
        return f"http://127.0.0.1:{self.port}"

    def is_ready(self) -> bool:
        return chain_id(self.url) == CHAIN_ID

    def child(self, log: Path) -> Child:
        from contracts.node import anvil_command

        self.folder.mkdir(parents=True, exist_ok=True)
        genesis = datetime.now(UTC) - GENESIS_AGE
        command = anvil_command(
            port=self.port,
            state_file=self.folder / "state.json",
            chain_id=CHAIN_ID,
            block_time=self.block_seconds,
            timestamp=int(genesis.timestamp()),
        )
        return Child(
            name="anvil",
            command=tuple(command),
            log=log,
            stop_signal=signal.SIGINT,
            orphan_signal=signal.SIGTERM,
            ready=self.is_ready,
        )


def chain_id(url: str) -> int | None:
    """The chain that answers at an address, or None."""
    question = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "eth_chainId", "params": []}).encode()
    request = urllib.request.Request(url, question, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=2) as response:
            return int(json.load(response)["result"], 16)
    except (OSError, ValueError, KeyError):
        return None
