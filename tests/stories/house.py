"""A whole Refrain for one story: the test's PostgreSQL, Valkey and anvil, web, workers and beat."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from time import monotonic
from typing import TypeVar

from marketplace.up import children, processes

T = TypeVar("T")
LONGEST_SECONDS = 300  # of what takes a few, on a machine with much else to do
STORY = {
    "ACCRUAL_WINDOW": "1",
    "HOLD_WINDOW": "0",
    "ACTIVATION_DELAY": "2",
    "SETTLEMENT_PERIOD": "86400",
    "TEST_MONEY": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
}


@dataclass
class House:
    """Started processes by name; `url` is where the web is."""

    url: str
    environment: Mapping[str, str]
    running: dict[str, children.Pair] = field(default_factory=dict)

    def start(self, child: children.Child) -> None:
        process = children.start(child)
        self.running[child.name] = (child, process)
        children.wait_ready(child, process)

    def stop(self, *names: str) -> None:
        children.stop(*(self.running.pop(name) for name in names))

    def kill(self, name: str) -> children.Child:
        """kill -9, as a power cut would; gives what to start again."""
        child, process = self.running.pop(name)
        process.kill()
        process.wait()
        return child

    def manage(self, *arguments: str) -> str:
        """A `manage.py` command's output; it must succeed."""
        done = subprocess.run(
            processes.manage(*arguments),
            env=dict(self.environment),
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@contextmanager
def opened(environment: Mapping[str, str], folder: Path) -> Iterator[House]:
    """Contracts deployed, web and workers up; everything stopped at the end."""
    variables = {**environment, **STORY}
    with socket.create_server(("127.0.0.1", 0)) as listener:
        house = House(f"http://127.0.0.1:{listener.getsockname()[1]}", variables)
        try:
            house.manage("deploy_contracts")
            for child in [
                *processes.web(listener, variables, folder)[:1],
                *processes.workers(variables, folder),
                processes.beat(variables, folder, folder),
            ]:
                house.start(child)
            yield house
        finally:
            children.stop(*house.running.values())


def until(what: str, ask: Callable[[], T | None]) -> T:
    """The first true answer, asked for again and again; the story fails if it takes too long."""
    pause, deadline = Event(), monotonic() + LONGEST_SECONDS
    while True:
        if answer := ask():
            return answer
        assert monotonic() < deadline, f"waited {LONGEST_SECONDS} s for: {what}"
        pause.wait(0.2)
