"""Who takes a connection, of the processes that answer on one socket."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
import uvicorn

from marketplace.up.shares import NOBODY, Shares
from marketplace.up.web import Server, readable

ANSWER = b"HTTP/1.1 200"


async def app(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"page"})


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0), backlog=128) as made:
        yield made


@asynccontextmanager
async def serving(listener: socket.socket, shares: Shares) -> AsyncIterator[Server]:
    config = uvicorn.Config(app, log_level="error", lifespan="off")
    server = Server(config, listener.dup(), shares)  # a loop watches a descriptor for one
    running = asyncio.create_task(server._serve())
    try:
        yield server
    finally:
        server.should_exit = True
        await running
        server.listener.close()


async def asks(listener: socket.socket) -> asyncio.StreamWriter:
    """A client that is answered and keeps its connection."""
    reader, writer = await asyncio.open_connection(*listener.getsockname())
    writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert (await asyncio.wait_for(reader.readline(), 10)).startswith(ANSWER)
    return writer


async def leave(*clients: asyncio.StreamWriter) -> None:
    for client in clients:
        client.close()
        await client.wait_closed()


async def test_connections_that_come_at_once_are_shared(listener: socket.socket) -> None:
    memory = Shares.among(2)
    shares = [Shares(memory, number) for number in range(2)]
    async with serving(listener, shares[0]) as one, serving(listener, shares[1]) as other:
        clients = await asyncio.gather(*(asks(listener) for _ in range(10)))
        held = [len(server.server_state.connections) for server in (one, other)]
        assert sorted(held) in ([4, 6], [5, 5])
        await leave(*clients)


async def test_a_connection_is_left_to_who_holds_fewer(listener: socket.socket) -> None:
    memory = Shares.among(2)
    shares, others = Shares(memory, 0), Shares(memory, 1)
    async with serving(listener, shares) as server:
        first = await asks(listener)
        others.say(0)
        second = asyncio.create_task(asks(listener))
        await readable(listener)
        taken, _ = listener.accept()
        taken.send(ANSWER + b"\n")
        assert len(server.server_state.connections) == 1
        await leave(first, await second)
        taken.close()


async def test_a_connection_that_nobody_comes_for_is_taken(listener: socket.socket) -> None:
    memory = Shares.among(2)
    others = Shares(memory, 1)
    async with serving(listener, Shares(memory, 0)) as server:
        first = await asks(listener)
        others.say(0)
        second = await asks(listener)
        assert len(server.server_state.connections) == 2
        await leave(first, second)


async def test_a_process_that_has_ended_is_waited_for_no_longer(listener: socket.socket) -> None:
    memory = Shares.among(2)
    shares = Shares(memory, 0)
    async with serving(listener, shares):
        await leave(await asks(listener))
    assert list(shares.held) == [NOBODY, NOBODY]
    with suppress(BlockingIOError):
        listener.accept()
        raise AssertionError("a connection was left")
