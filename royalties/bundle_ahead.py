"""The long files of a bundle, written by another connection while the close works out who is owed.

Invariant: ahead are only files whose every line is committed before the close's own transaction
writes any: plays and moves of windows. Who is read in one without a pseudonym yet gets it by the
close, and the file is written when all else is, as it is where nothing was written ahead.
"""

from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from django.db import connection

from royalties import bundle_lines
from royalties.models import Period
from royalties.verify import archive, records

KINDS: tuple[type[records.Line], ...] = (records.Play, records.Move)


@dataclass(frozen=True)
class Written:
    """A file, and what the manifest says of it."""

    path: Path
    listed: dict[str, Any]

    @classmethod
    def of(cls, path: Path) -> Self:
        return cls(path, archive.listed(path))


@dataclass(frozen=True)
class Ahead:
    """Files being written, by the kind of their lines."""

    files: Mapping[type[records.Line], Future[Written | None]]

    def of(self, kind: type[records.Line]) -> Written | None:
        """Wait for that file; None if it is still to be written.

        Raises:
            Exception: what writing it raised
        """
        return self.files[kind].result() if kind in self.files else None


NOTHING = Ahead({})


@contextmanager
def writing(period: Period, folder: Path) -> Iterator[Ahead]:
    """While the block runs, write these files of a period into the folder."""

    def written(kind: type[records.Line]) -> Written | None:
        try:
            return Written.of(bundle_lines.copied(kind, period, folder))
        except bundle_lines.LineIncomplete:
            return None
        finally:
            connection.close()  # this thread's

    with ThreadPoolExecutor(max_workers=1) as writer:
        yield Ahead({kind: writer.submit(written, kind) for kind in KINDS})
