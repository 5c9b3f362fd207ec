"""The chain's keys: one a role, and the custody's HD seed that parties' addresses come from.

They live in one JSON file for its owner alone (0600): `seed` (64 bytes as hex) or `mnemonic`, and
a private key as hex under each role's name. Invariant: a file that exists is never rewritten.
"""

import json
import os
import secrets
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings

from contracts.client import address_of, derive_key
from royalties.errors import KeysMissing

ROLES = ("admin", "publisher", "guardian", "keeper", "custody")
# A role that the file does not name is derived: parties' indexes start at 1000.
ROLE_INDEX = {role: index for index, role in enumerate(ROLES)}


@dataclass(frozen=True)
class Key:
    """One role's private key and the address it signs for."""

    role: str
    private: bytes
    address: str


def role(name: str) -> Key:
    """The key of admin, publisher, guardian, keeper or custody.

    Raises:
        KeysMissing: the keys' file is not there or does not hold it
    """
    return _role(settings.CHAIN_KEYS_FILE, name)


def custody_seed() -> bytes | str:
    """What parties' addresses are derived from: the 64-byte seed, or its mnemonic."""
    return _seed(_read(settings.CHAIN_KEYS_FILE))


def ensure(path: Path) -> Path:
    """Generate the file where there is none; of two processes at once, one file wins."""
    if path.exists():
        return path
    keys = {"seed": secrets.token_hex(64)} | {role: "0x" + secrets.token_hex(32) for role in ROLES}
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(keys, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(fresh, path)  # unlike a rename, refuses to replace another process's keys
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
    return path


@cache
def _role(path: Path, name: str) -> Key:
    keys = _read(path)
    if name in keys:
        private = bytes.fromhex(keys[name].removeprefix("0x"))
        return Key(name, private, address_of(private))
    private, address = derive_key(_seed(keys), ROLE_INDEX[name])
    return Key(name, private, address)


@cache
def _read(path: Path) -> dict[str, str]:
    try:
        found: dict[str, str] = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise KeysMissing(
            f"{path} is not a readable file of chain keys: run `manage.py deploy_contracts`"
        ) from error
    return found


def _seed(keys: dict[str, str]) -> bytes | str:
    if "seed" in keys:
        return bytes.fromhex(keys["seed"].removeprefix("0x"))
    if "mnemonic" in keys:
        return keys["mnemonic"]
    raise KeysMissing("the file of chain keys holds neither a seed nor a mnemonic")
