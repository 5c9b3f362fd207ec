"""What the processes are told: the addresses of the parts and the secret key.

Invariant: what is written here is for the owner alone (0600), and what the caller's environment
says already wins. The supervisor writes `.run/environment`; `manage.py` reads it, so that a
second terminal finds the running parts.
"""

import os
import secrets
from collections.abc import Mapping, MutableMapping
from pathlib import Path

ENVIRONMENT_FILE = "environment"


def home(environment: Mapping[str, str] = os.environ) -> Path:
    """The state folder, `.run` beside `manage.py` unless REFRAIN_HOME names another."""
    project = Path(__file__).resolve().parents[2]
    return Path(environment.get("REFRAIN_HOME") or project / ".run").resolve()


def load(environment: MutableMapping[str, str] = os.environ) -> None:
    """Add what the running parts are called by to an environment; nothing when they were never
    started.
    """
    path = home(environment) / ENVIRONMENT_FILE
    if not path.exists():
        return
    for line in path.read_text().splitlines():
        name, _, value = line.partition("=")
        environment.setdefault(name, value)


def save(state: Path, values: Mapping[str, str]) -> None:
    text = "".join(f"{name}={value}\n" for name, value in values.items())
    write_private(state / ENVIRONMENT_FILE, text)


def secret_key(state: Path) -> str:
    """Django's secret key, made once."""
    path = state / "secret-key"
    if not path.exists():
        write_private(path, secrets.token_urlsafe(64))
    return path.read_text().strip()


def write_private(path: Path, text: str) -> None:
    """Write a whole file that only we can read, or leave the old one."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    fresh.replace(path)
