"""Files in the making: under hidden names, locked while their process lives, swept once it died.

`flock` ends with the process, however that ends: who gets the lock of such a file knows that nobody
writes it any more.
"""

import fcntl
import os
import shutil
from contextlib import suppress
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO

LOCK_IF_FREE = fcntl.LOCK_EX | fcntl.LOCK_NB


class Aside:
    """A new version of a file, beside it; what dead processes left in the folder is swept."""

    path: Path
    file: BinaryIO

    def __init__(self, final: Path) -> None:
        self.final = final
        final.parent.mkdir(parents=True, exist_ok=True)
        sweep(final.parent)
        while not self._opened():
            pass

    def put(self) -> None:
        """Give it the name that is read."""
        self.path.replace(self.final)
        self.file.close()

    def drop(self) -> None:
        self.path.unlink(missing_ok=True)
        self.file.close()

    def __del__(self) -> None:
        self.file.close()  # a transaction that came to nothing leaves it to the next sweep

    def _opened(self) -> bool:
        """No, where a sweep came between the file and its lock."""
        self.path = self.final.with_name(f".{self.final.name}.{token_hex(4)}")
        self.file = self.path.open("xb")
        fcntl.flock(self.file, fcntl.LOCK_EX)
        return bool(os.fstat(self.file.fileno()).st_nlink)


def sweep(folder: Path) -> None:
    """Remove files that nobody writes any more, and folders named after a file that is gone."""
    found = list(folder.glob(".*.*.????????*"))
    for path in found:
        if path.is_file():
            _sweep_file(path)
    for path in found:
        if path.is_dir() and not _owner(path).exists():
            shutil.rmtree(path, ignore_errors=True)


def _sweep_file(path: Path) -> None:
    with suppress(FileNotFoundError, BlockingIOError), path.open("rb") as file:
        fcntl.flock(file, LOCK_IF_FREE)
        path.unlink()


def _owner(folder: Path) -> Path:
    """The file whose members lie in a folder, which is named after it."""
    return folder.with_name(folder.name.rpartition(".")[0])
