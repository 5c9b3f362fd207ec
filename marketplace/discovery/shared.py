"""Models and the index of fingerprints on every machine that serves or compares.

Each machine has them in a folder of its own. Where files lie in a bucket, that has them too: a
version's files, written once, and one small object that names the version which serves. Where they
lie in a folder, machines share all of it, and nothing here is done. Invariant: a machine's pointer
names no version that is not whole there, as its manifest's hash and those in it say.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
import shutil
import tempfile
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.files.base import ContentFile, File

from marketplace.media import files
from marketplace.media.away import StoreAway
from marketplace.media.folder import Folder
from recommender import artifacts
from recommender.artifacts import MANIFEST, POINTER, UNFINISHED
from recommender.errors import ArtifactError

if TYPE_CHECKING:
    from marketplace.media.bucket import Bucket

LOOK_SECONDS = 10.0  # how often a process asks which version serves
POINTER_BYTES = 200
DAMAGED = "damaged"  # beside the pointer: the version that proved damaged here
KILLED_SECONDS = 3_600  # that nothing was fetched into a folder
log = logging.getLogger(__name__)
_looked_at: dict[str, float] = {}


@dataclass(frozen=True)
class Shelf:
    """Versions of one thing: `name` in the bucket, the setting `root` for its folder here."""

    name: str
    root: str
    most: int  # versions that are kept

    @property
    def folder(self) -> Path:
        return Path(getattr(settings, self.root))

    def key(self, *parts: str) -> str:
        return "/".join((self.name, *parts))


MODELS = Shelf("models", "MODELS_ROOT", artifacts.KEPT_VERSIONS)
PRINTS = Shelf("fingerprints", "FINGERPRINTS_ROOT", 1)


def look(shelf: Shelf) -> Thread | None:
    """Have the version that serves brought here, now and then; no request waits for it."""
    now = time.monotonic()
    if isinstance(files.store(), Folder) or now - _looked_at.get(shelf.root, -1e9) < LOOK_SECONDS:
        return None
    _looked_at[shelf.root] = now
    thread = Thread(target=_refreshed, args=[shelf], name=f"shared-{shelf.name}", daemon=True)
    thread.start()
    return thread


def refresh(shelf: Shelf) -> None:
    """Bring the version here that serves by now.

    Raises:
        StoreAway, ArtifactError: what has served goes on
    """
    store = files.store()
    if isinstance(store, Folder):
        return
    try:
        version = store.read(shelf.key(POINTER), 0, POINTER_BYTES).decode()
    except FileNotFoundError:  # nothing was trained yet
        return
    if not re.fullmatch(r"[\w-]+", version):
        raise ArtifactError(f"The bucket names no version: {version!r}.")
    if version != artifacts.current_version(shelf.folder):
        activate(shelf, version)


def share(shelf: Shelf, version: str, store: Folder | Bucket | None = None) -> None:
    """Let a version that is here serve everywhere; by another store than ours, where one moves.

    Raises:
        StoreAway
    """
    store = store or files.store()
    if isinstance(store, Folder):
        return
    there = set(store.names(shelf.key(version)))
    for path in sorted((shelf.folder / version).iterdir()):
        if (key := shelf.key(version, path.name)) not in there:
            with path.open("rb") as file:
                store.save(key, File(file))
    store.save(shelf.key(POINTER), ContentFile(version.encode()))
    for key in _outlived(shelf, version, store.names(shelf.name)):
        store.delete(key)


def serve(shelf: Shelf, version: str) -> None:
    """Let a version that is kept anywhere serve everywhere. Raises StoreAway, ArtifactError."""
    activate(shelf, version)
    share(shelf, version)


def activate(shelf: Shelf, version: str) -> None:
    """Let a version serve here, fetched if it is not here. Raises StoreAway, ArtifactError."""
    if not (shelf.folder / version / MANIFEST).is_file() and not isinstance(files.store(), Folder):
        _fetch(shelf, version)
    artifacts.activate(shelf.folder, version)
    (shelf.folder / DAMAGED).unlink(missing_ok=True)
    for key in _outlived(shelf, version, (f"{shelf.name}/{path.name}/" for path in _here(shelf))):
        shutil.rmtree(shelf.folder / key.split("/")[1], ignore_errors=True)


def move(store: Folder | Bucket) -> None:
    """Share by that store what serves here; once machines share by a bucket, nothing in place of
    what that names. Raises StoreAway.
    """
    for shelf in (MODELS, PRINTS):
        version = artifacts.current_version(shelf.folder)
        is_served = not isinstance(files.store(), Folder) and store.exists(shelf.key(POINTER))
        if version and not is_served:
            share(shelf, version, store)


def kept(shelf: Shelf) -> set[str]:
    """Every version that can serve."""
    here = {path.name for path in _here(shelf)}
    store = files.store()
    if isinstance(store, Folder):
        return here
    try:
        return here | {name.split("/")[1] for name in store.names(shelf.name)} - {POINTER}
    except StoreAway:
        return here


def distrust(shelf: Shelf, version: str) -> None:
    """Have a version that proved damaged here fetched anew, the one before it serving until then.

    Of a shared folder there is no other copy: it stays, and each process looks for an older one.
    """
    with suppress(OSError):
        (shelf.folder / DAMAGED).write_text(version, encoding="utf-8")
    if isinstance(files.store(), Folder):
        return
    shutil.rmtree(shelf.folder / version, ignore_errors=True)
    older = _here(shelf)
    if older:
        artifacts.activate(shelf.folder, older[-1].name)
    else:
        (shelf.folder / POINTER).unlink(missing_ok=True)


def trust(shelf: Shelf, version: str) -> None:
    """Say of a version that it could be read, whatever somebody found before."""
    if damaged(shelf) == version:
        (shelf.folder / DAMAGED).unlink(missing_ok=True)


def damaged(shelf: Shelf) -> str | None:
    """The version that should serve here and proved damaged; None where all is well."""
    try:
        version = (shelf.folder / DAMAGED).read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    return version if (artifacts.current_version(shelf.folder) or "") <= version else None


def _refreshed(shelf: Shelf) -> None:
    try:
        refresh(shelf)
    except (StoreAway, ArtifactError) as error:
        log.warning("%s stay as they are: %s", shelf.name, error)


def _here(shelf: Shelf) -> list[Path]:
    """Whole versions in this machine's folder, oldest first; one still being written is none."""
    found = []
    for path in (manifest.parent for manifest in shelf.folder.glob(f"*-*/{MANIFEST}")):
        with suppress(FileNotFoundError):  # removed, or given its name, since it was listed
            found.append((path.stat().st_mtime_ns, path.name, path))
    return [path for _, name, path in sorted(found) if not name.startswith(UNFINISHED)]


def _outlived(shelf: Shelf, serving: str, keys: Iterable[str]) -> list[str]:
    """Of files in versions' folders, those of versions that are not kept any more."""
    listed = [key for key in keys if key.count("/") > 1]
    others = sorted({key.split("/")[1] for key in listed} - {serving})  # models by their age
    old = set(others[: max(0, len(others) + 1 - shelf.most)])
    return [key for key in listed if key.split("/")[1] in old]


def _fetch(shelf: Shelf, version: str) -> None:
    """Copy a version into this machine's folder, whole or not at all."""
    shelf.folder.mkdir(parents=True, exist_ok=True)
    for old in shelf.folder.glob("fetching-*"):
        with suppress(FileNotFoundError):
            if old.stat().st_mtime < time.time() - KILLED_SECONDS:
                shutil.rmtree(old, ignore_errors=True)
    work = Path(tempfile.mkdtemp(prefix="fetching-", dir=shelf.folder))
    try:
        work.chmod(0o755)
        hashes = _manifest(shelf, version, work)
        for name, expected in hashes.items():
            if _fetched(shelf.key(version, f"{name}.npy"), work) != expected:
                raise ArtifactError(f"{name} of {version} is not what its manifest says.")
        with suppress(OSError):  # another process was sooner
            work.rename(shelf.folder / version)
    except FileNotFoundError as error:
        raise ArtifactError(f"There is no whole {version} in the bucket.") from error
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _manifest(shelf: Shelf, version: str, work: Path) -> dict[str, str]:
    """The hashes of a version's arrays; its name carries that of its manifest."""
    digest = version.rpartition("-")[2]
    if not digest or not _fetched(shelf.key(version, MANIFEST), work).startswith(digest):
        raise ArtifactError(f"The manifest of {version} is not the one it was made with.")
    hashes: dict[str, str] = json.loads((work / MANIFEST).read_bytes())["sha256"]
    return hashes


def _fetched(key: str, work: Path) -> str:
    """Fetch a file of the bucket into the folder; its SHA-256."""
    path = work / key.rpartition("/")[2]
    with files.store().at_hand(key, work) as copy:
        shutil.copyfile(copy, path)
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
