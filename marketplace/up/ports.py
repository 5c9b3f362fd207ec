"""Loopback ports: which are free, and who answers."""

import random
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from marketplace.up.errors import UpError

# Below the ports the kernel hands to outgoing connections, so that a port which was free stays
# free until it is bound.
RANGE = range(20_000, 32_000)
LOOPBACK = "127.0.0.1"


def free_port() -> int:
    """A port out of `RANGE` that nobody listens on."""
    chooser = random.SystemRandom()
    while True:
        port = chooser.choice(RANGE)
        if is_free(port):
            return port


def is_free(port: int, host: str = LOOPBACK) -> bool:
    """Whether a server could listen on the port now."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError:
            return False
    return True


def remembered(path: Path) -> int:
    """The port written in a file while it is free, so that addresses outlive a restart."""
    if path.exists() and is_free(port := int(path.read_text())):
        return port
    port = free_port()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{port}\n")
    return port


@contextmanager
def listen(port: int, host: str = LOOPBACK) -> Iterator[socket.socket]:
    """A socket that listens on the port for as long as the block runs.

    Raises:
        UpError: somebody else listens there, or we may not
    """
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError as error:
            raise UpError(
                f"Port {port} is not free ({error.strerror}): stop the program that uses it, or "
                f"choose another, as in `make up PORT={port + 1}`."
            ) from error
        listener.listen(512)
        yield listener
