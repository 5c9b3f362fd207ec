"""The installer on a project of its own: a silent index, a browser that is not there."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.up.conftest import PROJECT

NO_INDEX = {
    "PIP_INDEX_URL": "http://127.0.0.1:1/simple",
    "PIP_RETRIES": "0",
    "PIP_CONFIG_FILE": os.devnull,
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "marketplace" / "up").mkdir(parents=True)
    shutil.copy(PROJECT / "marketplace" / "up" / "install.py", tmp_path / "marketplace" / "up")
    for folder in ("contracts", "tests", ".venv/bin"):
        (tmp_path / folder).mkdir(parents=True)
    # An environment that is made already, with this one's pip: making one takes seconds.
    python = tmp_path / ".venv" / "bin" / "python"
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    made = hashlib.sha256((PROJECT / "marketplace" / "up" / "install.py").read_bytes())
    (tmp_path / ".venv" / "done-venv").write_text(made.hexdigest())
    (tmp_path / "requirements.txt").write_text("nothing-we-have==1.0\n")
    (tmp_path / "tests" / "requirements.txt").write_text("")
    return tmp_path


def install(project: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if "PIP_" not in name}
    return subprocess.run(
        [sys.executable, "marketplace/up/install.py", *arguments],
        cwd=project,
        env=environment | variables,
        capture_output=True,
        text=True,
        check=False,
    )


def test_an_index_that_does_not_answer_is_one_sentence(project: Path) -> None:
    done = install(project, **NO_INDEX)
    assert done.returncode == 1
    assert "the package index did not answer or does not have it: check the network" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_what_is_installed_is_not_installed_again(project: Path) -> None:
    (project / "requirements.txt").write_text("")
    lock = '{"name": "x", "version": "1.0.0", "lockfileVersion": 3, "packages": {}}'
    (project / "contracts" / "package-lock.json").write_text(lock)
    (project / "contracts" / "package.json").write_text('{"name": "x", "version": "1.0.0"}')
    first = install(project, **NO_INDEX)
    second = install(project, **NO_INDEX)
    assert (first.returncode, first.stderr) == (0, "")
    assert "Python packages" in first.stdout
    assert (second.returncode, second.stdout) == (0, "")


def test_a_browser_that_is_not_there_is_one_sentence(project: Path) -> None:
    stamps = "from pathlib import Path; import install\ninstall.step = lambda *_: None\n"
    code = f"{stamps}raise SystemExit(install.main(['tests']))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=project / "marketplace" / "up",
        env=os.environ | {"BROWSER": "/nowhere/chromium"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "BROWSER names /nowhere/chromium, which can't be run: name one, as in" in done.stderr


@pytest.mark.parametrize("target", ["test", "lint", "bench", "soak", "screenshots", "licences"])
def test_nothing_runs_where_installing_failed(target: str) -> None:
    """An installer that fails at once: what would come after it would speak."""
    arguments = ("make", target, "PYTHON=false", "BIN=/nowhere")
    done = subprocess.run(arguments, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "/nowhere" not in done.stdout + done.stderr
