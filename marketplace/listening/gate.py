"""Waiting for the count: one query every 250 ms for all the waiting streams of a process."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

from asgiref.sync import sync_to_async
from django.db import DatabaseError, close_old_connections

from marketplace.listening.models import Stream

POLL_SECONDS = 0.25

log = logging.getLogger(__name__)


class Gate:
    """Streams whose listeners have heard the head and may hear the rest when the play counts."""

    def __init__(self) -> None:
        self._waiting: dict[UUID, asyncio.Future[bool]] = {}
        self._poller: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="audio-gate")

    async def wait(self, stream: UUID) -> bool:
        """True when the play is counted, False when the stream has ended without."""
        loop = asyncio.get_running_loop()
        future = self._waiting.setdefault(stream, loop.create_future())
        if self._poller is None or self._poller.done():
            self._poller = loop.create_task(self._poll())
        return await asyncio.shield(future)

    async def _poll(self) -> None:
        decide = sync_to_async(_decided, thread_sensitive=False, executor=self._thread)
        while self._waiting:
            await asyncio.sleep(POLL_SECONDS)
            try:
                decided = await decide(list(self._waiting))
            except DatabaseError:  # a restart, say: the listeners wait for the next answer
                log.warning("%s streams wait for the database", len(self._waiting))
                continue
            for stream, counted in decided.items():
                future = self._waiting.pop(stream)
                if not future.done():
                    future.set_result(counted)


def _decided(streams: list[UUID]) -> dict[UUID, bool]:
    close_old_connections()
    rows = Stream.objects.filter(pk__in=streams).values_list("pk", "counted_at", "ended_at")
    return {pk: counted is not None for pk, counted, ended in rows if counted or ended}


GATE = Gate()
