"""Heartbeats and stops that carry their stream's key: no session is read, and many are taken at
once.

Invariant: it refuses no request. What is not plain (no key that holds, another form, a field that
is wrong, a request that may be sent again) or fails goes on to the pages, where the API's views
answer.
"""

from __future__ import annotations

import json
import logging
import math
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.security import SecurityMiddleware
from django.utils import timezone

from marketplace.listening import streams
from marketplace.listening.api import replaced, told
from marketplace.listening.hearing import Answer, Report
from marketplace.listening.heartbeats import take
from marketplace.listening.keys import login_of
from marketplace.listening.together import Together
from marketplace.policy import policy
from marketplace.problems import NotFound, Problem
from royalties.errors import RoyaltiesError

log = logging.getLogger(__name__)
Message = Mapping[str, Any]
Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Said = tuple[int, bytes]  # status and body
ADDRESS = re.compile(
    r"/api/v1/streams/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/(heartbeat|stop)"
)
MOST_BYTES = 1_024
LONGEST_SECONDS = 3_600
NOT_HERE = {b"idempotency-key", b"transfer-encoding", b"content-encoding", b"expect"}


@dataclass(frozen=True)
class Stop:
    stream: UUID
    listener: int
    at: datetime


class Reports:
    """The application for such addresses; `pages` answers all else."""

    def __init__(self, pages: App) -> None:
        self.pages = pages
        self.beats, self.stops = Together(heard), Together(stopped)
        self.headers = hardened()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = asked_of(scope, timezone.now())
        if asked is None:
            return await self.pages(scope, receive, send)
        body = await read(receive)
        if body is None:
            return None  # the client has gone
        try:
            said = await self.said(asked, body)
        except (Error, RoyaltiesError) as error:
            log.warning("a report goes on to the pages: %s", error)
            said = None
        if said is None:
            return await self.pages(scope, again(body), send)
        return await self.answer(said, send)

    async def said(self, asked: Report | Stop, body: bytes) -> Said | None:
        """The answer; None where the seconds are none."""
        if isinstance(asked, Stop):
            return await self.stops.ask(asked)
        report = with_seconds(asked, body)
        return await self.beats.ask(report) if report else None

    async def answer(self, said: Said, send: Send) -> None:
        status, body = said
        headers = [*self.headers, (b"content-length", b"%d" % len(body))]
        if status == 204:
            headers = [one for one in self.headers if one[0] != b"content-type"]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def asked_of(scope: Scope, at: datetime) -> Report | Stop | None:
    """What is asked for by whom, seconds yet unread; None where that needs a closer look."""
    found = ADDRESS.fullmatch(scope["path"])
    query = scope["query_string"]
    if found is None or scope["method"] != "POST" or not query.startswith(b"key="):
        return None
    headers = dict(scope["headers"])
    if not NOT_HERE.isdisjoint(headers) or not is_secure(scope, headers):
        return None
    length = headers.get(b"content-length", b"0")
    if not length.isdigit() or int(length) > MOST_BYTES:
        return None
    stream = UUID(found[1])
    login = login_of(query[4:].decode("latin-1"), stream, at)
    if login is None:
        return None
    if found[2] == "stop":
        return Stop(stream, login, at)
    is_json = headers.get(b"content-type", b"").partition(b";")[0].strip() == b"application/json"
    return Report(stream, login, math.nan, at) if is_json else None


def is_secure(scope: Scope, headers: Mapping[bytes, bytes]) -> bool:
    """Whether it came as it has to: by HTTPS, where that is asked for."""
    by_proxy = headers.get(b"x-forwarded-proto") == b"https"
    return not settings.SECURE_SSL_REDIRECT or by_proxy


def with_seconds(asked: Report, body: bytes) -> Report | None:
    """The report with the seconds that its body tells; None where they are none."""
    try:
        seconds = json.loads(body)["played_seconds"]
    except (KeyError, TypeError, ValueError, RecursionError):
        return None
    if type(seconds) not in (int, float) or not 0 <= seconds <= LONGEST_SECONDS:
        return None
    return Report(asked.stream, asked.listener, float(seconds), asked.at)


def heard(reports: Sequence[Report]) -> list[Said]:
    taken = zip(take(reports), reports, strict=True)
    return [_said(answer, report.at) for answer, report in taken]


def _said(answer: Answer, at: datetime) -> Said:
    try:
        return 200, json.dumps(told(streams.progress(answer, at))).encode()
    except streams.QuoteExpired as error:
        return error.status, json.dumps(replaced(error).data).encode()
    except Problem as error:
        return problem(error)


def stopped(stops: Sequence[Stop]) -> list[Said]:
    there = streams.stop_many([(one.stream, one.listener, one.at) for one in stops])
    missing = problem(NotFound("There is no such stream of yours."))
    return [(204, b"") if one else missing for one in there]


def problem(error: Problem) -> Said:
    return error.status, json.dumps(error.body()).encode()


async def read(receive: Receive) -> bytes | None:
    """The request's body; None if its client has left."""
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        block: bytes = message.get("body", b"")
        body += block
        if not message.get("more_body", False):
            return body


def again(body: bytes) -> Receive:
    """What has been read, to be read once more."""

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


def hardened() -> list[tuple[bytes, bytes]]:
    """The headers that the middleware adds to every answer."""

    def answer(request: HttpRequest) -> HttpResponse:
        return HttpResponse(content_type="application/json")

    request = HttpRequest()
    if settings.SECURE_SSL_REDIRECT:
        name, value = settings.SECURE_PROXY_SSL_HEADER or ("HTTPS", "on")
        request.META[name] = value
    chain: Any = SecurityMiddleware(policy(XFrameOptionsMiddleware(answer)))  # type: ignore[arg-type]
    response = chain(request)
    return [(name.lower().encode(), value.encode()) for name, value in response.items()]
