"""The file a closed period is published as: one zip, of which every byte is determined.

Members are stored uncompressed, in a fixed order, with one fixed time; `manifest.json` holds the
SHA-256 of each other member, the zip's comment that of the manifest. That last hash is the
bundle's name on the chain (`data_hash`) and in the next period's manifest. Invariant: two files
with one hash are the same file, so a changed byte anywhere is found.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MANIFEST = "manifest.json"
MEMBERS = (
    "terms.json",
    "windows.csv",
    "opening.csv",
    "plays.csv",
    "units.csv",
    "leaves.csv",
    "entitlements.csv",
)
_TIME = (1980, 1, 1, 0, 0, 0)
_PERMISSIONS = 0o100644 << 16


class BundleError(Exception):
    """The file is not the bundle it says it is; the text says which part."""


@dataclass(frozen=True)
class Archive:
    """A bundle's members as bytes, with the manifest parsed and its SHA-256."""

    manifest: Mapping[str, Any]
    hash: bytes
    members: Mapping[str, bytes]


def pack(facts: Mapping[str, Any], members: Mapping[str, bytes]) -> tuple[bytes, bytes]:
    """The file's bytes and its hash; `facts` become the manifest, with each member's SHA-256."""
    listed = {
        name: {"bytes": len(members[name]), "sha256": _hex(members[name])} for name in MEMBERS
    }
    manifest = to_json({**facts, "members": listed})
    return _zip(manifest, members), hashlib.sha256(manifest).digest()


def unpack(data: bytes) -> Archive:
    """The bundle in these bytes, every one of them checked.

    Raises:
        BundleError: it is no zip, or a member, the manifest or the file itself was changed
    """
    members = _read(data)
    manifest_bytes = members.pop(MANIFEST)
    try:
        manifest = json.loads(manifest_bytes)
        listed = {name: manifest["members"][name]["sha256"] for name in MEMBERS}
    except (ValueError, KeyError, TypeError) as error:
        raise BundleError(f"{MANIFEST} is not a manifest: {error!r}") from error
    for name, expected in listed.items():
        found = _hex(members[name])
        if found != expected:
            raise BundleError(f"{name} was changed: its SHA-256 is {found}, not {expected}")
    _require_same(data, _zip(manifest_bytes, members))
    return Archive(manifest, hashlib.sha256(manifest_bytes).digest(), members)


def to_json(value: object) -> bytes:
    """JSON in the one form that bundles use."""
    return (json.dumps(value, indent=1, ensure_ascii=True, sort_keys=False) + "\n").encode()


def _read(data: bytes) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as file:
            names = file.namelist()
            if names != [MANIFEST, *MEMBERS]:
                raise BundleError(f"the file holds {names}, not {[MANIFEST, *MEMBERS]}")
            return {name: file.read(name) for name in names}
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError) as error:
        raise BundleError(f"the file is damaged: {error}") from error


def _zip(manifest: bytes, members: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name, content in [(MANIFEST, manifest), *((name, members[name]) for name in MEMBERS)]:
            info = zipfile.ZipInfo(name, _TIME)
            info.create_system, info.external_attr = 3, _PERMISSIONS
            file.writestr(info, content)
        file.comment = _hex(manifest).encode()
    return buffer.getvalue()


def _require_same(found: bytes, expected: bytes) -> None:
    if found == expected:
        return
    place = next(
        (i for i, (a, b) in enumerate(zip(found, expected, strict=False)) if a != b),
        min(len(found), len(expected)),
    )
    if place >= len(expected) - 64 and len(found) == len(expected):
        raise BundleError(f"{MANIFEST} was changed: its SHA-256 is not the one the file ends with")
    raise BundleError(f"the file was changed at byte {place}, between its members")


def _hex(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
