"""Copying a catalogue's files from a folder of this machine to another store, each compared by its
hash.

Names stay what they are, so that it may be done while songs are played from the folder, be stopped
at any time, and be done again for what has come since.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import file_digest
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from django.core.files.base import File

from marketplace.catalog.models import Artist, Rendition, Track
from marketplace.media import files
from marketplace.media.away import StoreAway
from marketplace.media.folder import Folder

if TYPE_CHECKING:
    from marketplace.media.bucket import Bucket


class Moved(NamedTuple):
    """One file: moved, there before, or why not."""

    name: str
    n_bytes: int
    was_there: bool
    error: str


def named() -> Iterator[str]:
    """Every file that a row names, a track's together; artists' pictures last."""
    tracks = Track.objects.order_by("pk").values_list("original", "sound", "cover")
    copies = Rendition.objects.order_by("pk").values_list("file", flat=True)
    pictures = Artist.objects.order_by("pk").values_list("picture", flat=True)
    of_tracks = chain.from_iterable(tracks.iterator())
    names = chain(of_tracks, copies.iterator(), pictures.iterator())
    return (name for name in names if name)


def move(source: Folder, target: Folder | Bucket, names: Iterator[str]) -> Iterator[Moved]:
    """Copy each file that the target does not hold the same; the folder keeps its own."""
    for name in names:
        try:
            yield _moved(source, target, name)
        except (StoreAway, OSError) as error:
            yield Moved(name, 0, False, str(error))


def _moved(source: Folder, target: Folder | Bucket, name: str) -> Moved:
    path = Path(source.path(name))
    if not path.is_file():
        there = target.exists(name)
        return Moved(name, 0, there, "" if there else "is in neither store")
    digest, n_bytes = _digest(path), path.stat().st_size
    if digest != (files.digest_in(name) or digest):
        return Moved(name, n_bytes, False, "is damaged: it is not what its name says")
    if _holds(target, name, digest, n_bytes):
        return Moved(name, n_bytes, True, "")
    with path.open("rb") as file:
        target.save(name, File(file))
    if _holds(target, name, digest, n_bytes):
        return Moved(name, n_bytes, False, "")
    target.delete(name)
    return Moved(name, n_bytes, False, "arrived as something else, and was removed there")


def _holds(store: Folder | Bucket, name: str, digest: str, n_bytes: int) -> bool:
    """Whether the store has the very same bytes; they are read back."""
    try:
        if store.size(name) != n_bytes:
            return False
        with files.workplace() as folder, store.at_hand(name, folder) as path:
            return _digest(path) == digest
    except FileNotFoundError:
        return False


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
