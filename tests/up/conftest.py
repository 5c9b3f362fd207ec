"""Fake programs for the supervisor, and a supervisor that tests may kill."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from time import monotonic

import psutil
import pytest

PROJECT = Path(__file__).resolve().parents[2]
PID_FILES = ("one.pid", "two.pid", "two-inner.pid")
SUPERVISE = Path(__file__).with_name("supervise.py")


def eventually(true: Callable[[], bool], seconds: float = 15) -> bool:
    """Whether it becomes true in time."""
    deadline, pause = monotonic() + seconds, Event()
    while monotonic() < deadline:
        if true():
            return True
        pause.wait(0.02)
    return False


class Supervised:
    """A running supervisor with two fake children, each of which writes its pid into a file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.output = folder / "output"
        command = [sys.executable, str(SUPERVISE), str(folder)]
        environment = os.environ | {"PYTHONPATH": str(PROJECT)}
        with self.output.open("a") as output:
            self.process = subprocess.Popen(
                command, env=environment, stdout=output, stderr=output, process_group=0
            )

    def pids(self) -> list[int]:
        """The children's pids, children of children included, once all have written theirs."""
        files = [self.folder / name for name in PID_FILES]
        assert eventually(lambda: all(file.exists() for file in files)), self.said()
        return [json.loads(file.read_text()) for file in files]

    def said(self) -> str:
        return self.output.read_text()


@pytest.fixture
def supervised(tmp_path: Path) -> Iterator[Supervised]:
    running = Supervised(tmp_path)
    yield running
    running.process.kill()
    running.process.wait()
    for name in PID_FILES:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            os.kill(json.loads((tmp_path / name).read_text()), signal.SIGKILL)


def gone(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True
