"""Bundles as files: in a folder of this machine, and in the store that all machines share.

The two are one where the store is that folder. A file is named by its period and its hash, written
once and never changed: a corrected bundle is another file. Invariant: none is handed out but the
one its hash names, every byte of it looked at once by each process.
"""

import logging
import os
import shutil
from contextlib import AbstractContextManager
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol, cast

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import storages

from royalties.asides import Aside
from royalties.verify.archive import BundleError, unpack

log = logging.getLogger(__name__)


class Store(Protocol):
    """What is asked of `STORAGES["bundles"]`. Its errors are OSErrors."""

    def at_hand(self, name: str, workplace: Path) -> AbstractContextManager[Path]: ...
    def exists(self, name: str) -> bool: ...
    def path(self, name: str) -> str: ...
    def save(self, name: str, content: File[Any]) -> str: ...


def path_of(number: int, digest: str) -> Path:
    """Where a bundle lies on this machine; `digest` as rows have it, with 0x."""
    return Path(settings.BUNDLES_ROOT) / f"period-{number:06d}-{digest[:18]}.zip"


def found(path: Path, digest: str) -> bool:
    """Whether it lies here whole, fetched from the store if it does not."""
    if is_whole(path, digest):
        return True
    try:
        with TemporaryDirectory() as folder, store().at_hand(path.name, Path(folder)) as copy:
            if not is_whole(copy, digest):
                log.error("%s is damaged in its store", path.name)
                return False
            _put_copy(copy, path)
    except OSError as error:
        log.info("%s is not fetched: %s", path.name, error)
        return False
    return True


def keep(path: Path) -> None:
    """Put it into the store, unless it is there. Raises OSError."""
    if not store().exists(path.name):
        keep_again(path)


def keep_again(path: Path) -> None:
    """Put it into the store, whatever lies there under its name. Raises OSError."""
    if not _lies_in_the_store(path):
        with path.open("rb") as file:
            store().save(path.name, File(file))


def stored(path: Path) -> bytes:
    """What the store has of it, unlooked at. Raises OSError."""
    with TemporaryDirectory() as folder, store().at_hand(path.name, Path(folder)) as copy:
        return copy.read_bytes()


def is_whole(path: Path, digest: str) -> bool:
    """Whether it is the file of that hash, byte for byte."""
    try:
        now = path.stat()
    except FileNotFoundError:
        return False
    return _looked_at(path, (now.st_ino, now.st_size, now.st_mtime_ns)) == digest


def store() -> Store:
    return cast(Store, storages["bundles"])


@lru_cache(maxsize=512)
def _looked_at(path: Path, state: tuple[int, int, int]) -> str:
    """The hash of the file as it was then; empty if it is no bundle."""
    try:
        return "0x" + unpack(path.read_bytes()).hash.hex()
    except BundleError as error:
        log.error("%s: %s", path.name, error)
        return ""


def _put_copy(copy: Path, path: Path) -> None:
    aside = Aside(path)
    try:
        with copy.open("rb") as file:
            shutil.copyfileobj(file, aside.file)
        aside.file.flush()
        os.fsync(aside.file.fileno())
    except BaseException:
        aside.drop()
        raise
    aside.put()


def _lies_in_the_store(path: Path) -> bool:
    try:
        return Path(store().path(path.name)) == path.absolute()
    except NotImplementedError:  # a bucket has no paths
        return False
