"""Web processes and PostgreSQL killed under load; `make soak` does it for longer."""

import subprocess
import sys

import pytest

from tests.faults.storm import KILLED


@pytest.mark.slow
def test_killed_under_load_no_play_that_was_told_is_lost_and_none_is_paid_twice() -> None:
    """In a process of its own: its database is durable, and Django knows one database."""
    command = [sys.executable, "-m", "tests.faults.storm", "--listeners", "8", "--kills", "3"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert all(f"{name} 1" in done.stdout for name in KILLED), done.stdout
