"""`python -m marketplace.up` where it can't start: one sentence, the way out, exit code 1."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from marketplace.up import __main__ as up
from marketplace.up import children
from marketplace.up.errors import UpError
from tests.up.conftest import PROJECT


def start(**variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "marketplace.up"],
        cwd=PROJECT,
        env=os.environ | variables,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_taken_port_is_refused_before_anything_starts(tmp_path: Path) -> None:
    state = tmp_path / "state"
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = start(PORT=str(port), REFRAIN_HOME=str(state))
    assert done.returncode == 1
    assert done.stderr == ""
    assert f"Port {port} is not free" in done.stdout
    assert len(done.stdout.strip().splitlines()) == 1
    assert not state.exists()


def test_a_port_that_is_no_number_is_refused(tmp_path: Path) -> None:
    done = start(PORT="eighty", REFRAIN_HOME=str(tmp_path))
    assert done.returncode == 1
    assert "PORT is 'eighty': give a number from 1 to 65535" in done.stdout


def test_a_full_disk_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(up, "FREE_BYTES", 1 << 60)
    with pytest.raises(UpError, match="MB left, Refrain needs .* set REFRAIN_HOME"):
        up.require_space(tmp_path)


def test_a_state_folder_that_can_not_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = start(PORT="28999", REFRAIN_HOME=str(tmp_path / "file" / "state"))
    assert done.returncode == 1
    assert "can't be written" in done.stdout
    assert done.stderr == ""


def test_a_wrong_setting_is_one_sentence_of_all_its_log_says(tmp_path: Path) -> None:
    log = tmp_path / "prepare.log"
    raised = f"{children.WRONG_SETTING}HOLD_WINDOW is a number, 0 or more, not x"
    log.write_text(f"  File settings.py, line 53\n    raise ImproperlyConfigured(\n{raised}\n")
    assert children.tail(log) == f"HOLD_WINDOW is a number, 0 or more, not x (log: {log})"
