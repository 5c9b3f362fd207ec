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
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from royalties.verify import finder

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
LEFT = ("leaving.csv",)  # only where units left for wallets
FORFEITED = ("forfeited.csv", "forfeits.csv", "redistributed.csv")  # only where plays were
REVERSED = ("reversals.csv", "receivables.csv")  # only where plays were reversed, or still weigh
_TIME = (1980, 1, 1, 0, 0, 0)
_PERMISSIONS = 0o100644 << 16
_BLOCK_BYTES = 1 << 20
_HEADER_BYTES = 30  # of a member in a zip, before its name

Content = bytes | memoryview | Path  # of a member: in memory, or where it lies


class BundleError(Exception):
    """The file is not the bundle it says it is; the text says which part."""


@dataclass(frozen=True)
class Archive:
    """A bundle's members as views of its bytes, with the manifest parsed and its SHA-256."""

    manifest: Mapping[str, Any]
    hash: bytes
    members: Mapping[str, memoryview]

    def mistraced(self) -> Iterator[str]:
        """What is not as the manifest's traces have it, which whoever hashed it again forgot."""
        for name, content in self.members.items():
            said = self.manifest["members"][name].get("traces")
            if said is None:
                yield f"the manifest has no traces of {name}"
            elif said != finder.traces(content):
                yield f"{name} was changed{finder.changed(content, said)} after it was traced"


def pack(facts: Mapping[str, Any], members: Mapping[str, bytes]) -> tuple[bytes, bytes]:
    """The file's bytes and its hash; `facts` become the manifest, with each member's hashes."""
    buffer = io.BytesIO()
    digest = pack_into(buffer, facts, members)
    return buffer.getvalue(), digest


def pack_into(
    file: IO[bytes],
    facts: Mapping[str, Any],
    members: Mapping[str, bytes | Path],
    known: Mapping[str, Mapping[str, Any]] = {},
) -> bytes:
    """Write the file, each member from its bytes or from where it lies; its hash.

    However large members on disk are, a block of them is in memory. `known` is what `listed` said
    of some of them.
    """
    names = names_of(members)
    entries = {name: known.get(name) or listed(members[name]) for name in names}
    manifest = to_json({**facts, "members": entries})
    _write(file, manifest, members)
    return hashlib.sha256(manifest).digest()


def listed(content: Content) -> dict[str, Any]:
    """What the manifest says of a member: its size, its SHA-256, its traces."""
    size, digest, tracer = 0, hashlib.sha256(), finder.Tracer()
    for piece in _pieces(content):
        size += len(piece)
        digest.update(piece)
        tracer.add(bytes(piece))
    return {"bytes": size, "sha256": digest.hexdigest(), "traces": tracer.traces()}


def unpack(data: bytes) -> Archive:
    """The bundle in these bytes, every one of them checked; its members are views of them.

    Raises:
        BundleError: it is no zip, or a member, the manifest or the file itself was changed
    """
    members = _read(data)
    manifest_bytes = bytes(members.pop(MANIFEST))
    try:
        manifest = json.loads(manifest_bytes)
        listed = {name: manifest["members"][name]["sha256"] for name in members}
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        told = f"{MANIFEST} was changed, or never was a manifest: {_reason(error)}"
        raise BundleError(told) from error
    for name, expected in listed.items():
        found = _hex(members[name])
        if found != expected:
            raise BundleError(_changed(name, members[name], manifest["members"][name], found))
    _require_same(data, manifest_bytes, members)
    return Archive(manifest, hashlib.sha256(manifest_bytes).digest(), members)


def _changed(name: str, content: memoryview, said: Mapping[str, Any], found: str) -> str:
    """In which line a member is not as the manifest has it; or that the manifest is what changed,
    for the member is still as it was traced.
    """
    expected, traced = said["sha256"], said.get("traces")
    if traced == finder.traces(content):
        return f"{MANIFEST} was changed: {name} has the SHA-256 {found}, not {expected!r}"
    where = finder.changed(content, traced)
    return f"{name} was changed{where}: its SHA-256 is {found}, not {expected}"


def names_of(members: Collection[str]) -> tuple[str, ...]:
    """The members of a bundle in their order, without its manifest."""
    rare = [group for group in (REVERSED, LEFT, FORFEITED) if set(group) & set(members)]
    return (*MEMBERS, *(name for group in rare for name in group))


def format_of(members: Collection[str]) -> int:
    """1; one more where plays were reversed, two where units left, four where any are forfeited."""
    names = names_of(members)
    groups = (REVERSED, LEFT, FORFEITED)
    return 1 + sum(1 << place for place, group in enumerate(groups) if group[0] in names)


def to_json(value: object) -> bytes:
    """JSON in the one form that bundles use."""
    return (json.dumps(value, indent=1, ensure_ascii=True, sort_keys=False) + "\n").encode()


def _read(data: bytes) -> dict[str, memoryview]:
    """The members as the zip's directory places them; nothing about them is believed yet."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as file:
            listed = file.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise BundleError(f"the file is damaged: {error}") from error
    names = [info.filename for info in listed]
    expected = [MANIFEST, *names_of(names)]
    if names != expected:
        raise BundleError(f"the file holds {names}, not {expected}")
    view, members, end = memoryview(data), {}, 0
    for info in listed:
        if info.header_offset != end:
            raise BundleError(f"the file's directory was changed, at or before {info.filename}")
        start = end + _HEADER_BYTES + len(info.filename)
        end = start + info.file_size
        members[info.filename] = view[start:end]
    return members


def _write(file: IO[bytes], manifest: bytes, members: Mapping[str, Content]) -> None:
    with zipfile.ZipFile(file, "w") as packed:
        listed = [(name, members[name]) for name in names_of(members)]
        for name, content in [(MANIFEST, manifest), *listed]:
            info = zipfile.ZipInfo(name, _TIME)
            info.create_system, info.external_attr = 3, _PERMISSIONS
            info.file_size = content.stat().st_size if isinstance(content, Path) else len(content)
            with packed.open(info, "w") as member:
                for piece in _pieces(content):
                    member.write(piece)
        packed.comment = _hex(manifest).encode()


def _pieces(content: Content) -> Iterator[bytes | memoryview]:
    """A member in order: what is in memory whole, what lies on disk by blocks."""
    if not isinstance(content, Path):
        yield content
        return
    with content.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            yield block


class _Pieces(io.BytesIO):
    """A file that remembers what was written where, without a copy of what is large."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: dict[int, bytes | memoryview] = {}
        self.place = self.end = 0

    def write(self, data: Any) -> int:
        self.pieces[self.place] = data
        self.place += len(data)
        self.end = max(self.end, self.place)
        return len(data)

    def seek(self, offset: int, whence: int = 0) -> int:
        self.place = offset + (0, self.place, self.end)[whence]
        return self.place

    def tell(self) -> int:
        return self.place


def _require_same(data: bytes, manifest: bytes, members: Mapping[str, memoryview]) -> None:
    """Compare the file with one made anew of its members, byte for byte."""
    made = _Pieces()
    _write(made, manifest, members)
    view = memoryview(data)
    for place, piece in sorted(made.pieces.items()):
        found = view[place : place + len(piece)]
        if found == piece:
            continue
        pairs = zip(found, memoryview(piece), strict=False)
        offset = next((i for i, (a, b) in enumerate(pairs) if a != b), len(found))
        if len(data) == made.end and place + offset >= made.end - 64:
            wrong = f"{MANIFEST} was changed: its SHA-256 is not the one the file ends with"
            raise BundleError(wrong)
        raise BundleError(f"the file was changed at byte {place + offset}, between its members")
    if len(data) != made.end:
        raise BundleError(f"the file was changed at byte {made.end}, after its members")


def _reason(error: Exception) -> str:
    return f"it lacks {error}" if isinstance(error, KeyError) else str(error)


def _hex(data: bytes | memoryview) -> str:
    return hashlib.sha256(data).hexdigest()
