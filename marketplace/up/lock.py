"""One Refrain for one state folder.

Invariant: the kernel holds the lock and lets go of it when its process ends, however it ends: the
file that a dead process leaves behind locks nobody out.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from marketplace.up.errors import UpError


@contextmanager
def hold(path: Path) -> Iterator[None]:
    """Hold the lock for as long as the block runs; its file names our pid.

    Raises:
        UpError: a running process holds it
    """
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            raise UpError(
                f"Refrain is already running here as process {holder}: stop it with `kill {holder}`"
                ", or set REFRAIN_HOME and PORT for a second one."
            ) from error
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield
        file.truncate(0)
