"""Sound as the server asks for it: the same answers as the view's, and none for who has left."""

from __future__ import annotations

import asyncio
import errno
import json
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator
from django.db import OperationalError
from django.utils import timezone

from marketplace.listening import sounds
from marketplace.listening.audio import audio_url
from marketplace.listening.gate import GATE
from marketplace.listening.models import Stream
from tests.builders import BYTE_RATE, a_listener, a_stream, a_track

pytestmark = pytest.mark.django_db(transaction=True)
HEAD_BYTES = 40 * BYTE_RATE


def opened() -> tuple[Stream, str]:
    at = timezone.now()
    stream = a_stream(a_listener(at=at), a_track(at=at), at)
    return stream, audio_url(stream.pk)


def asked(url: str, method: str = "GET", **headers: str) -> Any:
    """A request under way."""
    from marketplace.asgi import dynamic

    path, _, query = url.partition("?")
    scope = {"type": "http", "method": method, "path": path, "query_string": query.encode()}
    scope |= {"scheme": "http", "http_version": "1.1", "root_path": ""}
    given = {"host": "testserver"} | headers
    scope["headers"] = [(name.encode(), value.encode()) for name, value in given.items()]
    communicator: Any = ApplicationCommunicator
    return communicator(dynamic, scope)


async def answer(request: Any) -> tuple[int, dict[str, str], bytes]:
    await request.send_input({"type": "http.request"})
    start, body, more = await request.receive_output(10), b"", True
    while more:
        part = await request.receive_output(10)
        body, more = body + part.get("body", b""), part.get("more_body", False)
    await request.wait(10)
    headers = {name.decode().lower(): value.decode() for name, value in start["headers"]}
    return start["status"], headers, body


@pytest.mark.parametrize(
    ("method", "key", "headers", "status", "code"),
    [
        ("GET", "", {"range": "bytes=0-99"}, 206, ""),
        ("HEAD", "", {}, 200, ""),
        ("GET", "", {"range": "bytes=9000000-"}, 416, "range"),
        ("GET", "", {"range": f"bytes={HEAD_BYTES}-"}, 403, "not_counted"),
        ("GET", 43 * "A", {}, 404, "not_found"),
        ("GET", "short", {}, 404, "not_found"),
        ("POST", "", {}, 405, ""),
    ],
)
async def test_it_is_answered_as_by_the_view(
    method: str, key: str, headers: dict[str, str], status: int, code: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    _, url = await sync_to_async(opened)()
    url = f"{url.partition('=')[0]}={key}" if key else url
    quick = await answer(asked(url, method, **headers))
    monkeypatch.setattr(sounds, "METHODS", {})
    viewed = await answer(asked(url, method, **headers))
    assert (quick[0], quick[2]) == (viewed[0], viewed[2])
    assert viewed[1].items() <= quick[1].items()
    assert quick[0] == status
    assert quick[1]["x-content-type-options"] == "nosniff"
    assert (json.loads(quick[2])["code"] if code else "") == code
    if status == 206:
        assert (len(quick[2]), quick[1]["content-range"][:12]) == (100, "bytes 0-99/1")


async def test_who_leaves_while_the_gate_is_shut_is_waited_for_no_more() -> None:
    stream, url = await sync_to_async(opened)()
    request = asked(url)
    await request.send_input({"type": "http.request"})
    taken = -1
    while taken < HEAD_BYTES:
        taken += len((await request.receive_output(10)).get("body", b"x"))
    while stream.pk not in GATE._waiting:
        await asyncio.sleep(0.01)
    await request.send_input({"type": "http.disconnect"})
    await asyncio.wait_for(asyncio.shield(request.future), 10)
    stream = await Stream.objects.aget(pk=stream.pk)
    assert stream.served_bytes == HEAD_BYTES
    await Stream.objects.filter(pk=stream.pk).aupdate(ended_at=timezone.now())


async def test_a_file_that_cannot_be_read_is_told_as_a_store_that_is_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Bad(BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise OSError(errno.EIO, "Input/output error")

    _, url = await sync_to_async(opened)()
    monkeypatch.setattr(Path, "open", lambda *_: Bad())
    status, headers, body = await answer(asked(url, range="bytes=0-9"))
    assert (status, headers["retry-after"], json.loads(body)["code"]) == (503, "30", "store_away")


@pytest.mark.parametrize("error", [OperationalError, ZeroDivisionError])
async def test_what_fails_is_asked_for_again(
    error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: Any) -> None:
        raise error("the database does not answer")

    _, url = await sync_to_async(opened)()
    monkeypatch.setattr(sounds, "reply", away)
    assert (await answer(asked(url, range="bytes=0-9")))[0] == 206
