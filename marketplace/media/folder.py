"""A folder of this machine, or one that several share, as a store."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex
from typing import Any

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import FileSystemStorage
from django.utils._os import safe_join

from marketplace.media.away import NOT_KEPT, StoreAway
from marketplace.media.private import TRACKS, Listed, Private


class Folder(Private, FileSystemStorage):
    """Django's, written to in one step: a name holds a whole file or none, also after a crash.

    `root` is the setting that names it, asked each time.
    """

    def __init__(self, root: str = "MEDIA_ROOT") -> None:
        super().__init__()
        self._root = root

    @property
    def base_location(self) -> str:
        return str(getattr(settings, self._root))

    @property
    def location(self) -> str:
        return str(Path(self.base_location).absolute())

    def _save(self, name: str, content: File[Any]) -> str:
        final = Path(self.path(name))
        part = final.with_name(f".{final.name}.{token_hex(4)}")
        try:
            final.parent.mkdir(parents=True, exist_ok=True)
            with part.open("wb") as out:
                for chunk in content.chunks():
                    out.write(chunk)
                out.flush()
                os.fsync(out.fileno())
            part.replace(final)
        except OSError as error:  # a full disk, say
            with suppress(OSError):
                part.unlink(missing_ok=True)
            raise StoreAway(NOT_KEPT) from error
        return name

    def read(self, name: str, first: int, n_bytes: int) -> bytes:
        """So many bytes from `first`; fewer at the end. Raises StoreAway, FileNotFoundError."""
        with self._told(), Path(self.path(name)).open("rb") as file:
            file.seek(first)
            return file.read(n_bytes)

    @contextmanager
    def at_hand(self, name: str, workplace: Path) -> Iterator[Path]:
        """A path under which another program can read it."""
        path = Path(self.path(name))
        if not path.is_file():
            raise FileNotFoundError(name)
        yield path

    def names(self, within: str = TRACKS) -> Iterator[str]:
        """Everything that is kept in a folder of it."""
        return (one.name for one in self.listed(within))

    def listed(self, within: str) -> Iterator[Listed]:
        for path in self._paths(within):
            if not path.name.startswith("."):
                with suppress(FileNotFoundError):  # it goes just now
                    written_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
                    yield Listed(str(path.relative_to(self.location)), written_at)

    def drop_parts(self, within: str, before: datetime) -> None:
        """Remove what killed processes left of files that they were writing."""
        for path in self._paths(within):
            if path.name.startswith("."):
                with suppress(FileNotFoundError):  # it is whole just now, under its name
                    if path.stat().st_mtime < before.timestamp():
                        path.unlink()

    def _paths(self, within: str) -> list[Path]:
        root = Path(safe_join(self.location, within))
        return [path for path in sorted(root.rglob("*")) if path.is_file()]

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError:
            raise
        except OSError as error:
            raise StoreAway from error
