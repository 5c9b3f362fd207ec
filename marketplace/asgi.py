"""The ASGI application: static files and sound asynchronously, pages in few threads beside them.

Invariant: a page's middleware, view and template run in one thread from beginning to end. Django's
own handler changes threads at each middleware, which takes longer than many a view; and with a
thread for each request, all pages asked for at once would be late together.
"""

import gc
import os
import re
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.asgi import get_asgi_application
from django.core.handlers.asgi import ASGIHandler
from django.db import close_old_connections
from django.http import HttpRequest, HttpResponseBase
from django.template.loader import get_template
from django.urls import get_resolver
from servestatic import ServeStaticASGI

from marketplace.hashed import HashedStaticFiles

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings")

Message = Mapping[str, Any]
PAGE_THREADS = 4
FIRST = ("discovery/landing.html", "discovery/home.html", "catalog/track.html")
SOUND = re.compile(r"/api/v1/streams/[^/]+/audio")


class Pages(ASGIHandler):
    """Django's handler with all that lies between request and response in one of few threads."""

    def __init__(self) -> None:
        self.load_middleware(is_async=False)
        self.threads = ThreadPoolExecutor(PAGE_THREADS, thread_name_prefix="page")

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        answer = sync_to_async(self.answer, thread_sensitive=False, executor=self.threads)
        return await answer(request)

    def answer(self, request: HttpRequest) -> HttpResponseBase:
        try:
            return self.get_response(request)
        finally:
            close_old_connections()


def is_hashed(path: str, url: str) -> bool:
    """Whether the file's name carries its hash, so that a browser may keep it for ever."""
    return url.removeprefix(settings.STATIC_URL) in HASHED


def harden(headers: dict[str, str], path: str, url: str) -> None:
    headers["X-Content-Type-Options"] = "nosniff"


async def dynamic(
    scope: dict[str, Any],
    receive: Callable[[], Awaitable[Message]],
    send: Callable[[Message], Awaitable[None]],
) -> None:
    handler = sound if SOUND.fullmatch(scope.get("path", "")) else pages
    await handler(scope, receive, send)


def load() -> None:
    """What the first page would wait for; a collection of garbage looks at none of it again."""
    assert get_resolver().url_patterns  # imports the views
    for template in FIRST:
        get_template(template)
    gc.collect()
    gc.freeze()


sound, pages = get_asgi_application(), Pages()
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
