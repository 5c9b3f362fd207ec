"""Sound as the server asks for it: round Django's handler, whose turns of threads take most of the
time until a song begins.

Invariant: it refuses no request. What is not plain (another method, a query of another form, a
range twice, no HTTPS where that is asked for) or fails goes on to the view, which answers all.
"""

from __future__ import annotations

import asyncio
import logging
import re
from contextlib import aclosing
from typing import Any
from uuid import UUID

from marketplace.listening.audio import Body, reply
from marketplace.listening.reports import App, Receive, Scope, Send, hardened, is_secure

log = logging.getLogger(__name__)
ADDRESS = re.compile(r"/api/v1/streams/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/audio")
QUERY = re.compile(rb"key=([\w-]{43})")
METHODS = {"GET": False, "HEAD": True}


class Sounds:
    """The application for such addresses; `pages` answers all else."""

    def __init__(self, pages: App) -> None:
        self.pages = pages
        self.headers = [one for one in hardened() if one[0] != b"content-type"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = asked_of(scope)
        if asked is None:
            return await self.pages(scope, receive, send)
        try:
            answer = await reply(*asked)
        except Exception as error:  # the outermost line: the view tells and logs what it is
            log.warning("sound is asked for again by the pages: %s", error)
            return await self.pages(scope, receive, send)
        told = [(name.lower().encode(), value.encode()) for name, value in answer.headers.items()]
        start: dict[str, Any] = {"type": "http.response.start", "status": answer.status}
        start |= {"headers": [*self.headers, *told]}
        if isinstance(answer.body, Body):
            return await self.flow(start, answer.body, receive, send)
        await send(start)
        await send({"type": "http.response.body", "body": answer.body})

    async def flow(self, start: Any, body: Body, receive: Receive, send: Send) -> None:
        """Until its end, or until the client has left."""
        sending = asyncio.create_task(sent(start, body, send))
        leaving = asyncio.create_task(left(receive))
        try:
            await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (sending, leaving):
                task.cancel()
            ended, _ = await asyncio.gather(sending, leaving, return_exceptions=True)
        if isinstance(ended, Exception):
            raise ended


def asked_of(scope: Scope) -> tuple[UUID, str, str | None, bool] | None:
    """Stream, key, range, and whether it is HEAD; None where that needs a closer look."""
    found, query = ADDRESS.fullmatch(scope["path"]), QUERY.fullmatch(scope["query_string"])
    if found is None or query is None or scope["method"] not in METHODS:
        return None
    ranges = [value for name, value in scope["headers"] if name == b"range"]
    if len(ranges) > 1 or not is_secure(scope, dict(scope["headers"])):
        return None
    asked = ranges[0].decode("latin-1") if ranges else None
    return UUID(found[1]), query[1].decode(), asked, METHODS[scope["method"]]


async def sent(start: Any, body: Body, send: Send) -> None:
    try:
        await send(start)
        async with aclosing(aiter(body)) as blocks:
            async for block in blocks:
                await send({"type": "http.response.body", "body": block, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    finally:
        body.close()


async def left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
