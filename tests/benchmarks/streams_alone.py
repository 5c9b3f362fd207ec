"""What a song's first bytes cost inside a web process, without a server: CPU, not waiting.

One request after the other goes through the application as the server hands it on.
"""

from __future__ import annotations

import asyncio
from time import process_time
from typing import Any

ROUNDS, EACH, WARM = 6, 100, 60
N_BYTES = 4_096  # taken by each


def alone(tracks: list[str]) -> None:
    """Print CPU milliseconds of a request, in each round."""
    from django.utils import timezone

    from marketplace.catalog.models import Track
    from marketplace.listening.audio import audio_url
    from tests.builders import a_listener, a_stream

    at = timezone.now()
    track = Track.objects.select_related("terms", "artist").get(pk=tracks[0])
    url = audio_url(a_stream(a_listener(at=at), track, at).pk)
    costs = sorted(asyncio.run(rounds(url)))
    told = " ".join(f"{cost:.2f}" for cost in costs)
    print(f"CPU ms of a first byte inside a web process, {ROUNDS} rounds of {EACH}: {told}")


async def rounds(url: str) -> list[float]:
    await many(url, WARM)
    costs = []
    for _ in range(ROUNDS):
        begun = process_time()
        await many(url, EACH)
        costs.append(1_000 * (process_time() - begun) / EACH)
    return costs


async def many(url: str, n: int) -> None:
    for _ in range(n):
        await one(url)


async def one(url: str) -> None:
    from marketplace.asgi import dynamic

    path, _, query = url.partition("?")
    scope: dict[str, Any] = {
        "type": "http",
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(b"host", b"localhost"), (b"range", f"bytes=0-{N_BYTES - 1}".encode())],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    sent: list[Any] = []
    ended = asyncio.Event()
    coming = iter([{"type": "http.request", "body": b"", "more_body": False}])

    async def receive() -> Any:
        if (message := next(coming, None)) is not None:
            return message
        await ended.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)
        if message["type"] == "http.response.body" and not message.get("more_body"):
            ended.set()

    await dynamic(scope, receive, send)
    assert sent[0]["status"] == 206, sent[0]
    assert sum(len(message.get("body", b"")) for message in sent) == N_BYTES
