"""The ASGI application as a server drives it: static files, pages, and in which thread."""

import asyncio
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from asgiref.testing import ApplicationCommunicator
from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse

pytestmark = pytest.mark.usefixtures("django_db_setup")  # which collects the static files


async def get(path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    from marketplace.asgi import application

    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "GET",
        "path": path,
        "query_string": b"",
        "headers": [(b"host", b"localhost")]
        + [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    caller: Any = ApplicationCommunicator(application, scope)  # type: ignore[no-untyped-call]
    await caller.send_input({"type": "http.request"})
    start = await caller.receive_output(timeout=30)
    body, more = b"", True
    while more:
        part = await caller.receive_output(timeout=30)
        body, more = body + part.get("body", b""), part.get("more_body", False)
    await caller.wait(timeout=30)
    found = {name.decode().lower(): value.decode() for name, value in start["headers"]}
    return start["status"], found, body


async def test_a_static_file_comes_compressed_and_may_be_kept_for_ever_under_its_hash() -> None:
    name = staticfiles_storage.url("css/base.css")
    status, headers, _ = await get(name, **{"accept-encoding": "gzip"})
    assert status == 200
    assert headers["content-encoding"] == "gzip"
    assert "immutable" in headers["cache-control"]
    assert headers["x-content-type-options"] == "nosniff"
    status, headers, _ = await get("/static/css/base.css")
    assert status == 200
    assert headers["cache-control"] == "max-age=60, public"


async def test_a_page_comes_with_its_policy() -> None:
    status, headers, _ = await get("/healthz")
    assert status == 200
    assert "default-src 'self'" in headers["content-security-policy"]
    status, headers, _ = await get("/no/such/page", **{"accept-encoding": "gzip"})
    assert (status, headers["content-encoding"]) == (404, "gzip")


async def test_sound_is_answered_without_a_session_and_as_safely() -> None:
    status, headers, body = await get(f"/api/v1/streams/{uuid4()}/audio", cookie="sessionid=x")
    assert (status, json.loads(body)["code"]) == (404, "not_found")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["content-length"] == str(len(body))
    assert "vary" not in headers


async def test_pages_asked_for_at_once_wait_for_one_of_few_threads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from marketplace import asgi

    at_once, most, lock, free = 0, 0, threading.Lock(), threading.Event()

    def busy(request: HttpRequest) -> HttpResponse:
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
            if at_once == asgi.PAGE_THREADS:
                free.set()
        assert free.wait(10), "the threads do not work side by side"
        with lock:
            at_once -= 1
        return HttpResponse(threading.current_thread().name)

    monkeypatch.setattr(asgi.pages, "_middleware_chain", busy)
    answers = await asyncio.gather(*(get("/") for _ in range(3 * asgi.PAGE_THREADS)))
    assert most == asgi.PAGE_THREADS
    assert all(body.startswith(b"page") for _, _, body in answers)


async def test_a_page_is_closed_in_its_thread_and_a_download_after_its_last_byte(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from marketplace import asgi

    closed: list[str] = []

    def answer_with(made: HttpResponseBase) -> None:
        made._resource_closers.append(lambda: closed.append(threading.current_thread().name))  # type: ignore[attr-defined]
        monkeypatch.setattr(asgi.pages, "_middleware_chain", lambda _: made)

    def lines() -> Iterator[str]:
        for _ in range(50_000):
            assert not closed
            yield "line\n"

    answer_with(HttpResponse("page"))
    assert (await get("/"))[2] == b"page"
    assert [name.partition("_")[0] for name in closed] == ["page"]
    closed.clear()
    answer_with(StreamingHttpResponse(lines()))
    assert (await get("/"))[2] == b"line\n" * 50_000
    assert len(closed) == 1


def test_the_first_page_waits_for_no_import() -> None:
    """In a process of its own: another test has loaded everything here."""
    seen = "'marketplace.catalog.views' in sys.modules, gc.get_freeze_count() > 100_000"
    code = f"import gc, sys; import marketplace.asgi; print({seen})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "True True\n"
