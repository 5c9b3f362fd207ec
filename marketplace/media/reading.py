"""Reading a file block by block where nothing may wait: the loop that serves all who listen.

Invariant: never a byte beyond the end the caller names is asked for, and never more than two blocks
of a file are held.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO, Protocol

from marketplace.media import files
from marketplace.media.away import StoreAway
from marketplace.media.folder import Folder

BLOCK_BYTES = 32 * 1024  # what is sent at once
FETCH_BYTES = 4 * BLOCK_BYTES  # of a bucket, with one request: 8 s of the usual copy
READERS = 16  # requests of a process at once
PATIENCE_SECONDS = 12
OPENINGS = 256  # first blocks that a process remembers: 8 MiB
_openings: OrderedDict[str, bytes] = OrderedDict()  # by names, which stand for their bytes
_readers = ThreadPoolExecutor(max_workers=READERS, thread_name_prefix="media")


class Reader(Protocol):
    """A file being read from one end on."""

    async def read(self, first: int, end: int) -> bytes:
        """Some bytes from `first`, none of them from `end` on. Raises StoreAway."""

    def close(self) -> None: ...


async def open_reader(name: str) -> Reader:
    """Raises StoreAway."""
    store = files.store()
    if not isinstance(store, Folder):
        return Fetching(name)
    try:
        return Reading(Path(store.path(name)).open("rb"))
    except OSError as error:
        raise StoreAway from error


class Reading:
    """Of a folder: from the page cache in practice, so a thread for each step would cost more."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file

    async def read(self, first: int, end: int) -> bytes:
        try:
            if self.file.tell() != first:
                self.file.seek(first)
            return self.file.read(min(BLOCK_BYTES, end - first))
        except OSError as error:  # of a bad disk, or another machine's
            raise StoreAway from error

    def close(self) -> None:
        self.file.close()


class Fetching:
    """Of a bucket: ranges by its pooled connections, the next one asked for while one is sent.

    The first is short, so that sound begins soon; of songs that are often begun it is remembered.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.block = memoryview(b"")
        self.at = 0  # where the block begins
        self.size = BLOCK_BYTES
        self.ahead: tuple[int, asyncio.Future[bytes]] | None = None

    async def read(self, first: int, end: int) -> bytes:
        if not self.at <= first < self.at + len(self.block):
            self.block, self.at = memoryview(await self._fetched(first, end)), first
            self._look_ahead(first + len(self.block), end)
        begin = first - self.at
        return bytes(self.block[begin : begin + min(BLOCK_BYTES, end - first)])

    async def _fetched(self, first: int, end: int) -> bytes:
        opening = _openings.get(self.name, b"") if first == 0 else b""
        if len(opening) >= min(BLOCK_BYTES, end):
            _openings.move_to_end(self.name)
            self.size = FETCH_BYTES
            return opening[:end]
        block = await self._asked(first, end)
        if first == 0:
            _openings[self.name] = block[:BLOCK_BYTES]
            if len(_openings) > OPENINGS:
                _openings.popitem(last=False)
        return block

    async def _asked(self, first: int, end: int) -> bytes:
        if self.ahead is None or self.ahead[0] != first:
            self._forget()
            self._look_ahead(first, end)
            return await self._awaited()
        try:
            return await self._awaited()
        except StoreAway:  # perhaps a minute ago: ask once more
            self._look_ahead(first, end)
            return await self._awaited()

    async def _awaited(self) -> bytes:
        assert self.ahead is not None
        coming, self.ahead = self.ahead[1], None
        try:
            return await asyncio.wait_for(coming, PATIENCE_SECONDS)
        except TimeoutError:
            raise StoreAway from None

    def _look_ahead(self, first: int, end: int) -> None:
        n_bytes = min(self.size, end - first)
        if n_bytes > 0:
            loop = asyncio.get_running_loop()
            coming = loop.run_in_executor(_readers, files.read, self.name, first, n_bytes)
            coming.add_done_callback(_seen)
            self.ahead, self.size = (first, coming), FETCH_BYTES

    def _forget(self) -> None:
        if self.ahead is not None:
            self.ahead[1].cancel()
            self.ahead = None

    def close(self) -> None:
        self._forget()


def _seen(coming: asyncio.Future[bytes]) -> None:
    """A failure that nobody asks about, as the listener has left, is none."""
    if not coming.cancelled():
        coming.exception()
