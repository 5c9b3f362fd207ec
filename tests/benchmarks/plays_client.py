"""A listener's player, as little of one as the API needs: one play from press to count, over HTTP.

What it sends is what the player in a browser sends. It parses only what the server answers, since
it shares the cores with what it measures.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from time import perf_counter
from typing import Any, TypeVar

TOKEN = "0123456789abcdef0123456789abcdef"  # of the form's guard: one that client and cookie share
SPARE_SECONDS = 0.05  # waited beyond the counting point, for clocks that differ
IDLE_SECONDS = 3  # after which a connection is given up: sooner than the server does

Times = dict[str, list[float]]  # seconds of each stage's answers
T = TypeVar("T")


@dataclass(frozen=True)
class Counted:
    """What a listener was told of a paid play."""

    quote: str
    price_micros: int
    available_micros: int


class Refused(Exception):
    """An answer other than the one asked for."""

    def __init__(self, path: str, status: int, body: bytes) -> None:
        super().__init__(f"{path}: {status} {body[:200]!r}")
        self.status, self.body = status, body


class Http:
    """One connection that is kept; made anew by the next request when it is lost."""

    def __init__(self, url: str, cookie: str) -> None:
        self.host, self.port = url.removeprefix("http://").split(":")
        self.common = (
            f"Host: {self.host}:{self.port}\r\n"
            f"Cookie: sessionid={cookie}; csrftoken={TOKEN}\r\nX-CSRFToken: {TOKEN}\r\n"
        )
        self.ends: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self.used = 0.0

    async def post(self, path: str, **body: Any) -> Any:
        """The JSON that was answered at this address.

        Raises:
            Refused: anything from 300 on. OSError, asyncio.IncompleteReadError: no answer.
        """
        sent = json.dumps(body).encode()
        kind = f"Content-Type: application/json\r\nContent-Length: {len(sent)}\r\n"
        answer = await self.request(f"POST {path} HTTP/1.1\r\n{kind}", sent)
        return json.loads(answer) if answer else None

    async def get(self, path: str) -> bytes:
        return await self.request(f"GET {path} HTTP/1.1\r\n", b"")

    async def request(self, beginning: str, body: bytes) -> bytes:
        if perf_counter() - self.used > IDLE_SECONDS:
            self.close()
        if self.ends is None:
            self.ends = await asyncio.open_connection(self.host, int(self.port))
        reader, writer = self.ends
        try:
            writer.write(f"{beginning}{self.common}\r\n".encode() + body)
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            length = head.partition(b"content-length:")[2].partition(b"\r\n")[0]
            answer = await reader.readexactly(int(length or 0))
            self.used = perf_counter()
        except BaseException:
            self.close()
            raise
        if b"connection: close" in head:
            self.close()
        status = int(head.split(b" ", 2)[1])
        if status >= 300:
            raise Refused(beginning.split(" HTTP", 1)[0], status, answer)
        return answer

    async def leave(self) -> None:
        """Close the connection and wait until it is."""
        ends = self.ends
        self.close()
        if ends is not None:
            with suppress(OSError):
                await ends[1].wait_closed()

    def close(self) -> None:
        if self.ends is not None:
            self.ends[1].close()
            self.ends = None


class Player:
    """One listener; `times` takes how long each step of its plays took."""

    def __init__(self, url: str, cookie: str, times: Times) -> None:
        self.http, self.times = Http(url, cookie), times
        self.track = ""
        self.stream: dict[str, Any] = {}
        self.began = 0.0

    async def play(self, track: str) -> Counted:
        """Press play, take the sound, report until the play is paid, and stop."""
        self.track = track
        for step in (Player.press, Player.begin, Player.take_sound, Player.wait):
            await step(self)
        counted = await self.count()
        await self.stop()
        return counted

    async def press(self) -> None:
        asked = self.http.post("/api/v1/streams", track=self.track)
        self.stream = await self._timed("press", asked)

    async def begin(self) -> None:
        await self._timed("first heartbeat", self.beat(0.0))
        self.began = perf_counter()

    async def take_sound(self) -> None:
        await self._timed("sound", self.http.get(self.stream["audio_url"]))

    async def wait(self) -> None:
        """Until the sound has reached the counting point."""
        until = self.began + self.stream["counting_seconds"] + SPARE_SECONDS
        await asyncio.sleep(max(0.0, until - perf_counter()))

    async def count(self) -> Counted:
        said = await self._timed("counting heartbeat", self.beat(perf_counter() - self.began))
        if said["state"] != "counted":
            raise RuntimeError(f"heard {said['heard_seconds']} s and not counted")
        return self.counted(said)

    def counted(self, said: Mapping[str, Any]) -> Counted:
        return Counted(self.stream["quote"]["id"], said["price_micros"], said["available_micros"])

    async def stop(self) -> None:
        await self._timed("stop", self.http.post(self.stream["stop_url"]))

    def beat(self, seconds: float) -> Awaitable[Any]:
        return self.http.post(self.stream["heartbeat_url"], played_seconds=round(seconds, 3))

    async def _timed(self, step: str, answer: Awaitable[T]) -> T:
        asked = perf_counter()
        said = await answer
        self.times[step].append(perf_counter() - asked)
        return said
