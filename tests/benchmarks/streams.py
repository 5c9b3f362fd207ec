"""`python -m tests.benchmarks.streams`: how soon songs begin, and what slow listeners do to pages.

Two hundred listeners play, each taking sound no faster than it sounds and sending heartbeats, while
pages are asked for as without them. Then fifty choose songs, each the next one after up to four
seconds; and then the same fifty ask for the beginning of a song without a pause. Web processes,
PostgreSQL and Valkey are the ones `make up` starts; the clients share the cores with them.
`--alone` tells what a first byte costs one web process, by its CPU.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from time import perf_counter, sleep
from typing import Any

import aiohttp

from marketplace.up.ports import free_port
from tests.benchmarks.streams_alone import alone
from tests.benchmarks.web_served import World, add_world_options, served, world

SIZE = "streams"
BUCKET = "bench"
LISTENERS = 200
STARTS = 50
THINK_SECONDS = 4
PAGES = ("/healthz", "/login", "/songs")
TOKEN = "0123456789abcdef0123456789abcdef"  # of the form's guard: one that client and cookie share
BYTES_A_SECOND = 16_000
HEARTBEAT_SECONDS = 5


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20, help="that the slow listeners play")
    parser.add_argument("--starts", type=int, default=1_000)
    parser.add_argument("--pages", type=int, default=300, help="how often each page is asked for")
    parser.add_argument("--store", choices=["folder", "s3"], default="folder")
    parser.add_argument("--alone", action="store_true", help="CPU of a first byte, no server")
    add_world_options(parser)
    options = parser.parse_args(arguments)
    if options.store == "s3" and options.keep:
        parser.error("--keep goes with the folder: a bucket of a run goes with it")
    with store(options.store), world(SIZE, options.seed, options.keep) as inside:
        tracks = write_sound()
        if options.alone:
            alone(tracks)
            return 0
        with served(inside) as url:
            return asyncio.run(measure(inside, url, tracks, options))


@contextmanager
def store(kind: str) -> Iterator[None]:
    """Where sound lies; a bucket is a process of this machine, and its own pace is told."""
    if kind == "folder":
        yield
        return
    port = free_port()
    command = [sys.executable, "-m", "tests.benchmarks.bucket", str(port)]
    nowhere = subprocess.DEVNULL
    with subprocess.Popen(command, stdout=nowhere, stderr=nowhere) as server:
        try:
            os.environ |= {"AWS_ACCESS_KEY_ID": "bench", "AWS_SECRET_ACCESS_KEY": "bench"}
            url = f"http://127.0.0.1:{port}"
            os.environ["MEDIA_STORAGE"] = f"s3://{BUCKET}?endpoint={url}&region=us-east-1"
            say_pace(reached(url))
            yield
        finally:
            server.terminate()


def reached(url: str) -> Any:
    """A client of the bucket, once it answers."""
    import boto3
    from botocore.exceptions import EndpointConnectionError

    client = boto3.client("s3", endpoint_url=url, region_name="us-east-1")
    for _ in range(100):
        try:
            client.put_object(Bucket=BUCKET, Key="pace", Body=bytes(4_000_000))
            return client
        except EndpointConnectionError:
            sleep(0.2)
    raise SystemExit("The bucket does not start.")


def say_pace(client: Any) -> None:
    """What one range takes by itself, asked for by one after the other."""
    times = []
    for i in range(100):
        asked, first = perf_counter(), 32_768 * i
        span = f"bytes={first}-{first + 32_767}"
        client.get_object(Bucket=BUCKET, Key="pace", Range=span)["Body"].read()
        times.append(1000 * (perf_counter() - asked))
    say("a range of the bucket alone", times)


def write_sound() -> list[str]:
    """A file for each song of the world, as long as its row says; the songs' ids."""
    from marketplace.catalog.models import Track
    from marketplace.media import files

    tracks = list(Track.objects.published())
    for track in tracks:
        noise = random.Random(track.title).randbytes(track.stream_bytes or 0)
        sound = files.keep_bytes(noise, track.pk)
        Track.objects.filter(pk=track.pk).update(sound=sound)
    return [str(track.pk) for track in tracks]


async def measure(
    inside: World, url: str, tracks: Sequence[str], options: argparse.Namespace
) -> int:
    draw = random.Random(options.seed)
    listeners = inside.cookies[:LISTENERS]
    others = inside.cookies[LISTENERS : LISTENERS + STARTS]
    await pages(url, options.pages)  # whatever is slow once
    alone = await pages(url, options.pages)
    begun = asyncio.Semaphore(0)
    playing = [
        asyncio.create_task(slow_listener(url, cookie, draw.choice(tracks), options.seconds, begun))
        for cookie in listeners
    ]
    await all_begun(playing, begun)
    cpu = inside.cpu_seconds()
    beside = await pages(url, options.pages)
    cpu = inside.cpu_seconds() - cpu
    heard = await asyncio.gather(*playing)
    print(f"{len(heard)} slow listeners, {sum(heard) / 1e6:.0f} MB in {options.seconds:g} s each")
    for path in PAGES:
        say(f"{path} alone", alone[path])
        say(f"{path} beside them", beside[path], alone[path])
    print(f"CPU of web, database and store while pages were asked for beside them: {cpu:.1f} s")
    presses, starts = Starts(options.starts), Starts(options.starts)
    await asyncio.gather(*(presser(url, cookie, tracks, presses, draw) for cookie in others))
    say(f"press to sound, {STARTS} choose", presses.whole)
    say("first byte of it", presses.first_byte)
    await asyncio.gather(*(starter(url, cookie, draw.choice(tracks), starts) for cookie in others))
    say(f"first byte, {STARTS} never pause", starts.first_byte)
    return 0 if min(heard) > 0 else 1


async def all_begun(playing: Sequence[asyncio.Task[int]], begun: asyncio.Semaphore) -> None:
    """Once all of them hear sound; whoever is refused ends the run with what was said."""
    waiting = asyncio.gather(*(begun.acquire() for _ in playing))
    either: list[asyncio.Future[Any]] = [waiting, *playing]
    done, _ = await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
    for one in done:
        one.result()
    await waiting


async def pages(url: str, n: int) -> dict[str, list[float]]:
    """Milliseconds of each page's answers, asked for by five at once."""
    times: dict[str, list[float]] = {path: [] for path in PAGES}

    async def ask(session: aiohttp.ClientSession, path: str) -> None:
        for _ in range(n // 5):
            started = perf_counter()
            async with session.get(url + path) as answer:
                await answer.read()
                assert answer.status == 200, (path, answer.status)
            times[path].append(1000 * (perf_counter() - started))

    async with aiohttp.ClientSession() as session:
        for path in PAGES:
            await asyncio.gather(*(ask(session, path) for _ in range(5)))
    return times


@asynccontextmanager
async def signed_in(url: str, cookie: str) -> AsyncIterator[Callable[..., Awaitable[Any]]]:
    """Calls of the API with this session."""
    cookies = {"sessionid": cookie, "csrftoken": TOKEN}
    headers = {"X-CSRFToken": TOKEN}
    session = aiohttp.ClientSession(
        cookies=cookies,
        headers=headers,
        cookie_jar=aiohttp.CookieJar(unsafe=True),
        connector=aiohttp.TCPConnector(keepalive_timeout=2),  # sooner than the server's
    )
    async with session:

        async def post(path: str, **body: Any) -> Any:
            async with session.post(f"{url}/api/v1/{path}", json=body) as answer:
                assert answer.status in (200, 201, 204), (path, answer.status, await answer.text())
                return await answer.json() if answer.status != 204 else None

        yield post


async def slow_listener(
    url: str, cookie: str, track: str, seconds: float, begun: asyncio.Semaphore
) -> int:
    """Play for so long, taking the sound as it sounds; bytes taken."""
    async with signed_in(url, cookie) as post:
        quote = await post("quotes", track=track)
        stream = await post("streams", quote=quote["id"])
        beats = asyncio.create_task(heartbeats(post, stream["id"], seconds))
        reader, writer = await sound(url, stream["audio_url"], receive_bytes=BYTES_A_SECOND)
        begun.release()
        taken, until = 0, perf_counter() + seconds
        while perf_counter() < until and (block := await reader.read(BYTES_A_SECOND // 4)):
            taken += len(block)
            await asyncio.sleep(0.25)
        writer.close()
        await beats
        return taken


async def heartbeats(post: Callable[..., Awaitable[Any]], stream: str, seconds: float) -> None:
    await post(f"streams/{stream}/heartbeat", played_seconds=0)
    for _ in range(int(seconds / HEARTBEAT_SECONDS)):
        await asyncio.sleep(HEARTBEAT_SECONDS)
        await post(f"streams/{stream}/heartbeat", played_seconds=HEARTBEAT_SECONDS)


class Starts:
    """So many starts of a song by whoever comes next, and what they took in milliseconds."""

    def __init__(self, n: int) -> None:
        self.left = iter(range(n))
        self.whole: list[float] = []
        self.first_byte: list[float] = []


async def presser(
    url: str, cookie: str, tracks: Sequence[str], starts: Starts, draw: random.Random
) -> None:
    """Press play and wait for sound; think, and press the next song."""
    async with signed_in(url, cookie) as post:
        for _ in starts.left:
            await asyncio.sleep(draw.uniform(0, THINK_SECONDS))
            pressed = perf_counter()
            path = await opened(post, draw.choice(tracks))
            starts.first_byte.append(await first_byte(url, path))
            starts.whole.append(1000 * (perf_counter() - pressed))


async def starter(url: str, cookie: str, track: str, starts: Starts) -> None:
    """Ask for the beginning of one stream again and again."""
    async with signed_in(url, cookie) as post:
        path = await opened(post, track)
        for _ in starts.left:
            starts.first_byte.append(await first_byte(url, path))


async def opened(post: Callable[..., Awaitable[Any]], track: str) -> str:
    """The address of a new stream's sound."""
    quote = await post("quotes", track=track)
    return str((await post("streams", quote=quote["id"]))["audio_url"])


async def first_byte(url: str, path: str) -> float:
    """Milliseconds from asking for sound to having some."""
    asked = perf_counter()
    reader, writer = await sound(url, path)
    await reader.readexactly(1)
    taken = 1000 * (perf_counter() - asked)
    writer.close()
    return taken


async def sound(
    url: str, path: str, receive_bytes: int = 1 << 20
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Ask for a stream on a connection of its own; read up to the first byte of its body.

    `receive_bytes` are what the client's side takes in before it is read: the rest waits.
    """
    host, port = url.removeprefix("http://").split(":")
    end = socket.socket()
    end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
    end.setblocking(False)
    await asyncio.get_running_loop().sock_connect(end, (host, int(port)))
    reader, writer = await asyncio.open_connection(sock=end, limit=receive_bytes)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200"), head
    return reader, writer


def say(what: str, times: list[float], alone: list[float] | None = None) -> None:
    ordered = sorted(times)

    def part(share: float) -> float:
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    ratio = f"  p95 {part(0.95) / sorted(alone)[int(0.95 * len(alone))]:.2f} x" if alone else ""
    print(
        f"{what:32} n {len(times):6,}  p50 {part(0.5):6.1f}  p95 {part(0.95):6.1f}"
        f"  p99 {part(0.99):6.1f} ms{ratio}  load {os.getloadavg()[0]:.1f}",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
