"""The ASGI application: static files and sound asynchronously, pages in few threads beside them.

Invariant: a page's middleware, view and template run in one thread from beginning to end. Django's
own handler changes threads at each middleware, which takes longer than many a view; and with a
thread for each request, all pages asked for at once would be late together.
"""

import asyncio
import gc
import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import IO, Any, cast

import django
from asgiref.sync import ThreadSensitiveContext, sync_to_async
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.core.handlers.exception import convert_exception_to_response
from django.core.signals import request_started
from django.db import close_old_connections
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.middleware.security import SecurityMiddleware
from django.template.loader import get_template
from django.urls import get_resolver, set_script_prefix
from django.utils.module_loading import import_string
from servestatic import ServeStaticASGI

from marketplace.hashed import HashedStaticFiles

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings")

Message = Mapping[str, Any]
Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
PAGE_THREADS = 4
FIRST = ("discovery/landing.html", "discovery/home.html", "catalog/track.html")
FILE_THREADS = 8
SOUND = re.compile(r"/api/v1/streams/[^/]+/audio")
# what waits for a store of files, which may be another machine's: pages do not wait for it
FILES = re.compile(
    r"/tracks/[^/]+/cover|/api/v1/tracks/[^/]+/head|/upload|/api/v1/uploads"
    r"|/operations/disputes/[^/]+/[a-z]+\.mp3|/periods/[^/]+/[a-z]+\.zip|/operations/models.*"
)


class Pages(ASGIHandler):
    """Django's handler with all that lies between request and response in one of few threads."""

    def __init__(self, threads: int, name: str) -> None:
        self.load_middleware(is_async=False)
        self.threads = ThreadPoolExecutor(threads, thread_name_prefix=name)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            body = await self.read_body(receive)
        except RequestAborted:
            return
        loop = asyncio.get_running_loop()
        response = await loop.run_in_executor(self.threads, self.answer, scope, body)
        if not response.streaming:
            await self.send_response(response, send)
            return
        assert isinstance(response, StreamingHttpResponse)
        async with ThreadSensitiveContext():  # read and closed in one thread: its connection too
            response.streaming_content = blocks(iter(response))
            try:
                await self.send_response(response, send)
            finally:
                await sync_to_async(response.close)()

    def answer(self, scope: Scope, body: IO[bytes]) -> HttpResponseBase:
        """The whole response, closed unless it is read while it is sent."""
        set_script_prefix(get_script_prefix(scope))
        request_started.send(sender=type(self), scope=scope)
        try:
            request, refused = self.create_request(scope, body)
            response = refused if request is None else self.get_response(request)
            assert response is not None
            if not response.streaming:
                response.close()
            return response
        finally:
            close_old_connections()


class Sound(ASGIHandler):
    """Django's handler with what sound needs of the middleware, called where it is.

    The key in the address is the permission: no session is read, and no form's guard. Few requests
    come so far (`listening.sounds`).
    """

    def load_middleware(self, is_async: bool = False) -> None:
        super().load_middleware(is_async)
        self._view_middleware: list[Any] = []
        view: Any = convert_exception_to_response(self._get_response_async)  # type: ignore[attr-defined]
        security: Any = SecurityMiddleware(lambda request: HttpResponse())  # its two halves alone

        async def secured(request: HttpRequest) -> Any:
            response = security.process_request(request) or await view(request)
            if not response.streaming:
                response.headers.setdefault("Content-Length", str(len(response.content)))
            return security.process_response(request, response)

        self._middleware_chain = secured


async def blocks(parts: Iterator[bytes]) -> AsyncIterator[bytes]:
    """A download as it is read; many of its parts are a line."""
    while block := await sync_to_async(next_block)(parts):
        yield block


def next_block(parts: Iterator[bytes]) -> bytes:
    block = bytearray()
    while len(block) < Pages.chunk_size and (part := next(parts, None)) is not None:
        block += part
    return bytes(block)


def is_hashed(path: str, url: str) -> bool:
    """Whether the file's name carries its hash, so that a browser may keep it for ever."""
    return url.removeprefix(settings.STATIC_URL) in HASHED


def harden(headers: dict[str, str], path: str, url: str) -> None:
    headers["X-Content-Type-Options"] = "nosniff"


async def dynamic(scope: Scope, receive: Receive, send: Send) -> None:
    path = scope.get("path", "")
    if SOUND.fullmatch(path):
        await sound(scope, receive, send)
        return
    await (files if FILES.fullmatch(path) else reports)(scope, receive, send)


def load() -> None:
    """What the first page would wait for; a collection of garbage looks at none of it again."""
    assert get_resolver().url_patterns  # imports the views
    for template in FIRST:
        get_template(template)
    gc.collect()
    gc.freeze()


django.setup(set_prefix=False)
pages, files = Pages(PAGE_THREADS, "page"), Pages(FILE_THREADS, "file")
sound: Any = import_string("marketplace.listening.sounds.Sounds")(Sound())
reports: Any = import_string("marketplace.listening.reports.Reports")(pages)
load()
HASHED = frozenset(cast(HashedStaticFiles, staticfiles_storage).hashed_files.values())
application = ServeStaticASGI(
    dynamic,
    root=settings.STATIC_ROOT,
    prefix=settings.STATIC_URL,
    max_age=60,
    immutable_file_test=is_hashed,
    add_headers_function=harden,
)
