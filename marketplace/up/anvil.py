"""The embedded chain: anvil on a loopback port, its state kept in a file each second.

Invariant: the clock only moves forward. The genesis lies `GENESIS_AGE` before the first start, so
that simulated days can be settled on the chain; anvil takes that time only once (given again, it
would set the clock back), and after a restart follows the machine's clock.
"""

import signal
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from contracts.client import Chain
from contracts.errors import ChainError
from contracts.node import anvil_command, set_clock
from marketplace.up.children import Child
from marketplace.up.errors import UpError

CHAIN_ID = 31337
GENESIS_AGE = timedelta(days=120)


@dataclass(frozen=True)
class Anvil:
    """A node to start: its folder and its port."""

    folder: Path
    port: int

    @property
    def url(self) -> str:
        """Its address, as `CHAIN_RPC_URL` takes it."""
        return f"http://127.0.0.1:{self.port}"

    def is_ready(self) -> bool:
        try:
            return Chain(self.url, timeout_seconds=2).chain_id() == CHAIN_ID
        except ChainError:
            return False

    def child(self, log: Path) -> Child:
        """How to start it: it mines a block for each transaction, so an idle chain costs nothing.

        Raises:
            UpError: the program is not installed
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        state = self.folder / "state.json"
        genesis = None if state.exists() else int((datetime.now(UTC) - GENESIS_AGE).timestamp())
        try:
            command = anvil_command(self.port, state, CHAIN_ID, timestamp=genesis)
        except ChainError as error:
            raise UpError(str(error)) from error
        return Child(
            name="anvil",
            service=True,
            command=tuple(command),
            log=log,
            stop_signal=signal.SIGINT,
            orphan_signal=signal.SIGTERM,
            ready=self.is_ready,
        )

    def move_clock_to_now(self) -> None:
        """Bring the chain's clock from its simulated past to the present; never backwards."""
        set_clock(Chain(self.url, timeout_seconds=30), int(datetime.now(UTC).timestamp()))
