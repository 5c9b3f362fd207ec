"""Recordings, streaming copies and covers: written once under names that carry their hash.

Invariant: a name, once given, stands for the same bytes until it is gone; a row that names a file
is written after the file, and a file goes after its row let go of it (`catalog.leftovers`). So
whoever reads a row finds its file, wherever a process died.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import file_digest, sha256
from pathlib import Path
from secrets import token_hex
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, cast
from uuid import UUID

from django.conf import settings
from django.core.files.base import ContentFile, File
from django.core.files.storage import storages

from marketplace.media.away import StoreAway
from marketplace.media.private import TRACKS

if TYPE_CHECKING:
    from marketplace.media.bucket import Bucket
    from marketplace.media.folder import Folder

NAME_LENGTH = 160
log = logging.getLogger(__name__)


def store() -> Folder | Bucket:
    """Where recordings and pictures lie."""
    return cast("Folder | Bucket", storages["default"])


def keep(path: Path, owner: UUID) -> str:
    """Store a file of this machine for a track; its name there. Raises StoreAway."""
    with path.open("rb") as file:
        name = _name(owner, file_digest(file, "sha256").hexdigest())
        file.seek(0)
        return store().save(name, File(file))


def keep_bytes(content: bytes, owner: UUID) -> str:
    """As `keep`, of bytes in memory."""
    return store().save(_name(owner, sha256(content).hexdigest()), ContentFile(content))


def _name(owner: UUID, digest: str) -> str:
    """New each time: of two of the same bytes one may go while the other stays."""
    return f"{TRACKS}/{owner.hex[:2]}/{owner.hex}/{token_hex(4)}-{digest}"


def digest_in(name: str) -> str | None:
    """The SHA-256 of what the name stands for; None of a name from before names carried it."""
    last = name.rpartition("/")[2].rpartition("-")[2]
    return last if len(last) == 64 else None


def read(name: str, first: int, n_bytes: int) -> bytes:
    """So many bytes of a file. Raises StoreAway, also where there is no such file."""
    try:
        return store().read(name, first, n_bytes)
    except FileNotFoundError as error:
        raise _lost(name) from error


def drop(name: str) -> None:
    """Remove what no row has named yet; if the store is away just then, it stays, unknown."""
    with suppress(StoreAway, OSError):
        store().delete(name)


@contextmanager
def at_hand(name: str) -> Iterator[Path]:
    """The file as a path of this machine, for as long as it is needed. Raises StoreAway."""
    with workplace() as folder:
        try:
            with store().at_hand(name, folder) as path:
                yield path
        except FileNotFoundError as error:
            raise _lost(name) from error


@contextmanager
def workplace() -> Iterator[Path]:
    """A folder of this machine's disk for work under way."""
    above = settings.MEDIA_ROOT / "incoming"
    above.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=above) as folder:
        yield Path(folder)


def _lost(name: str) -> StoreAway:
    log.error("%s is not in its store", name)
    return StoreAway("This recording can’t be read just now; try again in a minute.")
