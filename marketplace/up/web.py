"""`python -m marketplace.up.web`: one of the processes that answer on one listening socket.

Invariant: a connection goes to the process that holds fewest. Left alone, the first to wake up
takes nearly all that come at once, and keeps them: the other core would stand idle.
"""

import argparse
import asyncio
import logging
import socket
import sys

import uvicorn

from marketplace.up.shares import NOBODY, Shares

LOOKS = 10  # for whoever holds fewer, before a connection is taken all the same
LOOK_SECONDS = 0.002
PAUSE_SECONDS = 0.5
log = logging.getLogger(__name__)


class Server(uvicorn.Server):
    """Accepts by itself, one connection at a time; the rest is uvicorn's."""

    def __init__(self, config: uvicorn.Config, listener: socket.socket, shares: Shares) -> None:
        super().__init__(config)
        self.listener, self.shares = listener, shares
        listener.setblocking(False)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=[])
        self.accepting = asyncio.create_task(self.accept())

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.accepting.cancel()
        self.shares.say(NOBODY)
        await super().shutdown()

    async def on_tick(self, counter: int) -> bool:
        """Ten times a second: connections end unseen."""
        self.say_share()
        return self.accepting.done() or await super().on_tick(counter)

    async def accept(self) -> None:
        while True:
            await readable(self.listener)
            await self.turn()
            try:
                connection, _ = self.listener.accept()
                await asyncio.get_running_loop().connect_accepted_socket(self.protocol, connection)
            except BlockingIOError:
                continue  # another has taken it
            except OSError as error:
                log.warning("a connection was not taken: %s", error)
                await asyncio.sleep(PAUSE_SECONDS)  # most likely no descriptor is left

    async def turn(self) -> None:
        """Until nobody holds fewer, or whoever does is too busy to come."""
        for _ in range(LOOKS):
            self.say_share()
            if not self.shares.somebody_holds_fewer():
                return
            await asyncio.sleep(LOOK_SECONDS)

    def say_share(self) -> None:
        self.shares.say(len(self.server_state.connections))

    def protocol(self) -> asyncio.Protocol:
        return self.config.http_protocol_class(  # type: ignore[call-arg]
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )


async def readable(listener: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    ready = loop.create_future()
    loop.add_reader(listener, ready.set_result, None)
    try:
        await ready
    finally:
        loop.remove_reader(listener)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--listener", type=int, required=True, help="descriptor of the socket")
    parser.add_argument("--shares", type=int, required=True, help="descriptor of their memory")
    parser.add_argument("--number", type=int, required=True, help="of this process, from 0")
    options = parser.parse_args()
    config = uvicorn.Config(
        "marketplace.asgi:application",
        access_log=False,
        server_header=False,
        log_level="warning",
        timeout_graceful_shutdown=3,
    )
    listener = socket.socket(fileno=options.listener)
    server = Server(config, listener, Shares(options.shares, options.number))
    server.run()
    return 0 if server.started else 1


if __name__ == "__main__":
    sys.exit(main())
