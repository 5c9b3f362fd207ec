"""The sound itself, gated: the head flows at once, the rest when the play is counted.

A request from inside the head is answered in full; at the end of the head the body waits until the
play is counted, and ends there if the stream ends first. The address carries a signed key, so that
nothing here touches the session: a thousand slow listeners cost no thread and no connection each.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, ParamSpec, Self, TypeVar
from uuid import UUID

from django.core import signing
from django.db import Error, connection
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    StreamingHttpResponse,
)
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe

from marketplace.catalog.models import path_of
from marketplace.catalog.renditions import Copy, copy_of, first_copy
from marketplace.database.base import is_lost
from marketplace.listening.gate import GATE
from marketplace.listening.models import Stream
from marketplace.media.away import StoreAway
from marketplace.media.reading import BLOCK_BYTES, Reader, open_reader

P = ParamSpec("P")
R = TypeVar("R")
PAID_FOR = timedelta(hours=1)  # a paused, paid play can go on this long
SENT_AT_MOST = 4  # times the recording: room to seek about, not to share one paid play
SERVED = """
UPDATE listening_stream SET served_bytes = greatest(served_bytes, %s),
    served_seconds = greatest(served_seconds, %s)
WHERE id = %s AND served_bytes >= %s
"""
SERVED_ON = """
UPDATE listening_stream SET served_bytes = served_bytes + %s,
    served_seconds = greatest(served_seconds, %s)
WHERE id = %s AND served_bytes <= %s
"""
REPORT_BYTES = 4 * BLOCK_BYTES  # how often what was sent is written down
log = logging.getLogger(__name__)
_signer = signing.Signer(salt="refrain.stream")
_database = ThreadPoolExecutor(max_workers=4, thread_name_prefix="audio-db")


@dataclass(frozen=True)
class Sounding:
    """One stream's file and gate, as plain values."""

    stream: UUID
    copy: Copy
    head: int
    counted: bool
    over: bool  # ended without a count, or sounded so long that it would be another play

    @property
    def size(self) -> int:
        return self.copy.total_bytes


def audio_url(stream: UUID) -> str:
    """Where the stream's sound is; the key in it is the permission."""
    return f"{path_of('api:stream-audio', stream)}?key={_signer.signature(str(stream))}"


async def in_database(call: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run a query on one of few threads that keep their connections."""

    def kept() -> R:
        if connection.connection is not None and is_lost(connection.connection):
            connection.close()
        try:
            return call(*args, **kwargs)
        except Error:
            connection.close()
            raise

    return await asyncio.get_running_loop().run_in_executor(_database, kept)


@dataclass(frozen=True)
class Reply:
    """What a request for sound is answered, before it is Django's or the server's."""

    status: int
    headers: dict[str, str]
    body: bytes | Body

    def response(self) -> HttpResponseBase:
        told: dict[str, Any] = {"status": self.status, "headers": self.headers}
        if isinstance(self.body, Body):
            return StreamingHttpResponse(self.body, **told)
        return HttpResponse(self.body, **told)


@require_safe
async def audio(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """GET or HEAD, with Range. 200, 206; 403 beyond the head before the count, 404, 410, 416, 503
    (the store is away).
    """
    is_head = request.method == "HEAD"
    key, asked = request.GET.get("key", ""), request.headers.get("Range")
    return (await reply(pk, key, asked, is_head)).response()


async def reply(pk: UUID, key: str, asked: str | None, is_head: bool) -> Reply:
    """The answer to who has the key; `asked` is the request's Range."""
    sounding = None
    if constant_time_compare(key, _signer.signature(str(pk))):
        sounding = await in_database(partial(sounding_of, pk, timezone.now()))
    if sounding is None:
        return refused(404, "not_found", "There is no such stream.")
    if sounding.over:
        return refused(410, "ended", "This stream has ended; press play for a new quote.")
    wanted = byte_range(asked, sounding.size)
    if wanted is None:
        all_of_it = {"Content-Range": f"bytes */{sounding.size}"}
        return refused(416, "range", f"The recording has {sounding.size} bytes.", all_of_it)
    first, last = wanted
    if first >= sounding.head and not sounding.counted:
        return refused(403, "not_counted", "The rest opens when the play has counted.")
    headers = {
        "Content-Type": sounding.copy.media_type,
        "Content-Length": str(last - first + 1),
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, no-store",
    }
    if asked is not None:
        headers["Content-Range"] = f"bytes {first}-{last}/{sounding.size}"
    try:  # with the first block in hand: a store that is away is told by the status
        body = b"" if is_head else await Body.begun(sounding, first, last)
    except StoreAway as error:
        return refused(error.status, error.code, error.detail, error.headers())
    return Reply(200 if asked is None else 206, headers, body)


def refused(status: int, code: str, detail: str, more: dict[str, str] | None = None) -> Reply:
    said = json.dumps({"code": code, "detail": detail}).encode()
    headers = {"Content-Type": "application/json", "Content-Length": str(len(said)), **(more or {})}
    return Reply(status, headers, said)


@dataclass
class Body:
    """The bytes from `first` to `last`, of which the first block has been read."""

    sounding: Sounding
    first: int
    last: int
    reader: Reader
    block: bytes

    @classmethod
    async def begun(cls, sounding: Sounding, first: int, last: int) -> Self:
        """Raises StoreAway."""
        reader = await open_reader(sounding.copy.name)
        try:
            block = await reader.read(first, _end(sounding, last))
        except BaseException:
            reader.close()
            raise
        return cls(sounding, first, last, reader, block)

    def __aiter__(self) -> AsyncGenerator[bytes, None]:
        return _blocks(self)

    def close(self) -> None:
        """Also of a body that nobody has read: Django asks every response."""
        self.reader.close()


def _end(sounding: Sounding, last: int) -> int:
    """Where what may be sent ends: at the head's end until the play is counted."""
    return last + 1 if sounding.counted else min(last + 1, sounding.head)


async def _blocks(body: Body) -> AsyncGenerator[bytes, None]:
    sounding, first, last, block = body.sounding, body.first, body.last, body.block
    counted, position, reported = sounding.counted, first, first
    try:
        while position <= last:
            if not counted and position >= sounding.head:
                await in_database(partial(note_served, sounding, counted, reported, position))
                reported = position
                counted = await GATE.wait(sounding.stream)
                if not counted:
                    return
                sounding = replace(sounding, counted=True)
            block = block or await body.reader.read(position, _end(sounding, last))
            if not block:
                return
            yield block
            position, block = position + len(block), b""
            if position - reported >= REPORT_BYTES:
                first, reported = reported, position
                if not await in_database(partial(note_served, sounding, counted, first, position)):
                    return
    except StoreAway:
        log.warning("stream %s ends at byte %s: its store is away", sounding.stream, position)
    finally:
        body.close()
        if position > reported:
            # shielded: the client is gone and this task is being cancelled
            await asyncio.shield(
                in_database(partial(note_served, sounding, counted, reported, position))
            )


def sounding_of(pk: UUID, at: datetime) -> Sounding | None:
    """A stream as its sound's gate sees it at `at`; None if there is none."""
    stream = Stream.sounding(pk)
    if stream is None:
        return None
    track, rendition = stream.quote.track, stream.rendition
    copy = first_copy(track) if rendition is None else copy_of(rendition)
    return Sounding(
        stream=stream.pk,
        copy=copy,
        head=copy.bytes_for(track.head_seconds),
        counted=stream.counted_at is not None,
        over=_over(stream, copy, at),
    )


def _over(stream: Stream, copy: Copy, at: datetime) -> bool:
    if stream.counted_at is None:
        return stream.ended_at is not None or not stream.quote.track.is_on_sale
    seconds = stream.quote.track.duration_seconds or 0.0
    until = stream.counted_at + PAID_FOR + timedelta(seconds=2 * seconds)
    return at > until or stream.served_bytes > SENT_AT_MOST * copy.total_bytes


def note_served(sounding: Sounding, counted: bool, first: int, end: int) -> bool:
    """Write down what was sent; False when a paid play has had all its bytes.

    Before the count only what continues from the beginning without a gap is served.
    """
    seconds = sounding.copy.seconds_in(end)
    with connection.cursor() as cursor:
        if not counted:
            cursor.execute(SERVED, [end, seconds, sounding.stream, first])
            return True
        most = SENT_AT_MOST * sounding.size
        cursor.execute(SERVED_ON, [end - first, seconds, sounding.stream, most])
        return bool(cursor.rowcount)


def byte_range(header: str | None, size: int) -> tuple[int, int] | None:
    """First and last byte of RFC 9110's single byte range; None when it can't be satisfied."""
    if header is None:
        return 0, size - 1
    match = re.fullmatch(r"bytes=([0-9]{0,18})-([0-9]{0,18})", header.strip())
    if match is None or match.groups() == ("", ""):
        return None
    start, stop = match.groups()
    if start == "":
        return (max(0, size - int(stop)), size - 1) if int(stop) else None
    first, last = int(start), min(int(stop), size - 1) if stop else size - 1
    return (first, last) if first <= last else None
