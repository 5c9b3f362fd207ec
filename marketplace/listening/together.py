"""What many requests of a process ask for at once is done at once: one batch after the other.

While one is written to the disk the next gathers, so that batches grow with the load and a lone
request waits for nobody. Invariant: no request fails by what another one asked for. A batch that
fails, or that waits for a lock, changes nothing, and each of its requests is done apart.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

from django.db import close_old_connections, connection, transaction

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")
MOST = 64
PATIENCE = "SET lock_timeout = '500ms'"

log = logging.getLogger(__name__)


class Together(Generic[Asked, Answer]):
    """`work` answers many; it runs in a thread of its own, which keeps its connection."""

    def __init__(self, work: Callable[[Sequence[Asked]], Sequence[Answer]]) -> None:
        self.work = work
        self.waiting: list[tuple[Asked, asyncio.Future[Answer | None]]] = []
        self.running: asyncio.Task[None] | None = None
        self.thread = ThreadPoolExecutor(1, thread_name_prefix="together")
        self.apart = ThreadPoolExecutor(4, thread_name_prefix="apart")

    async def ask(self, one: Asked) -> Answer:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Answer | None] = loop.create_future()
        self.waiting.append((one, future))
        if self.running is None or self.running.done():
            self.running = loop.create_task(self._run())
        answer = await future
        if answer is None:
            answer = await loop.run_in_executor(self.apart, self._alone, one)
        return answer

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while self.waiting:
            batch, self.waiting = self.waiting[:MOST], self.waiting[MOST:]
            asked = [one for one, _ in batch]
            try:
                answers = await loop.run_in_executor(self.thread, self._batch, asked)
            except Exception as error:  # the outermost line of what they share: nobody waits on
                for _, future in batch:
                    if not future.done():
                        future.set_exception(error)
                continue
            for (_, future), answer in zip(batch, answers, strict=True):
                if not future.done():  # its client may have gone
                    future.set_result(answer)

    def _batch(self, asked: list[Asked]) -> Sequence[Answer | None]:
        """Answers to all; None to each if it was not to be."""
        try:
            if connection.connection is None:
                with connection.cursor() as cursor:
                    cursor.execute(PATIENCE)
            with transaction.atomic(savepoint=False):  # all of it, or each is done apart
                answers = self.work(asked)
                if len(answers) != len(asked):
                    raise ValueError(f"{len(asked)} were asked, {len(answers)} answered")
                return answers
        except Exception as error:  # the outermost line of what they share
            log.warning("%s requests are answered apart: %s", len(asked), error)
            if connection.connection is not None:
                connection.connection.close()  # nobody else is to have its patience
            connection.close()
            return [None] * len(asked)

    def _alone(self, one: Asked) -> Answer:
        close_old_connections()
        try:
            (answer,) = self.work([one])
        finally:
            close_old_connections()
        return answer
