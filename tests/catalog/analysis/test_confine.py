"""The confined process tries to break out, in a fresh interpreter."""

import subprocess
import sys
from pathlib import Path

import pytest

from marketplace.catalog.analysis.run import PROJECT_ROOT

PROLOGUE = """
import os, socket
from marketplace.catalog.analysis.confine import ConfinementError, confine
from marketplace.catalog.analysis.result import Limits
limits = Limits(memory_bytes=1_000_000_000, written_bytes=10_000)
"""


def run_confined(attempt: str, parent_pid: str = "os.getppid()") -> str:
    script = f"{PROLOGUE}\nconfine(limits, {parent_pid})\n{attempt}"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=PROJECT_ROOT, capture_output=True, text=True
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize(
    ("attempt", "error"),
    [
        ("socket.socket()", "PermissionError"),
        ("socket.socket(socket.AF_UNIX)", "PermissionError"),
        ("socket.socketpair()", "PermissionError"),
        ("os.execv('/bin/true', ['true'])", "PermissionError"),
        ("bytearray(1_500_000_000)", "MemoryError"),
    ],
)
def test_no_network_no_program_no_memory(attempt: str, error: str) -> None:
    assert error in run_confined(attempt)


def test_ordinary_work_goes_on() -> None:
    assert run_confined("print(sum(range(10)), os.getpid() > 0)") == "45 True\n"


def test_a_file_stops_growing_at_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "grows"
    answer = run_confined(f"open({str(path)!r}, 'wb').write(bytes(50_000))")
    assert "File too large" in answer
    assert path.stat().st_size <= 10_000


def test_an_orphan_refuses_to_start() -> None:
    assert "is gone" in run_confined("print('started')", parent_pid="1 << 30")
