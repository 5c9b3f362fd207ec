"""Files that commands write: whole, or not at all."""

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from recommender.errors import DataError


def check_out(path: Path) -> None:
    """Refuse, before any work, an output file that can't be written: its folder is missing or not
    ours, or it is a folder itself.
    """
    folder = path.absolute().parent
    if not folder.is_dir():
        raise DataError(f"The folder of --out does not exist: {folder}.")
    try:
        there, is_folder = path.exists(), path.is_dir()
    except OSError as error:  # a name too long
        raise DataError(f"{path} can't be written: {error.strerror}.") from error
    if is_folder:
        raise DataError(f"--out is a folder, not a file: {path}.")
    if not os.access(path if there else folder, os.W_OK):
        raise DataError(f"{path} can't be written: {os.strerror(errno.EACCES)}.")


@contextmanager
def written(path: Path) -> Iterator[IO[bytes]]:
    """A file that appears at `path` only when it is complete. What is no file (a pipe, a terminal)
    is written to as it is; a link stays, and leads to the new file.

    Raises `DataError` where the disk refuses it.
    """
    try:
        if path.exists() and not path.is_file():
            with path.open("wb") as file:
                yield file
        else:
            with _replacing(path.resolve()) as file:
                yield file
    except OSError as error:
        raise DataError(f"{path} can't be written: {error.strerror}.") from error


@contextmanager
def _replacing(path: Path) -> Iterator[IO[bytes]]:
    handle, work = tempfile.mkstemp(prefix=".writing-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
        os.chmod(work, 0o644)
        os.replace(work, path)
    except BaseException:
        os.unlink(work)
        raise
