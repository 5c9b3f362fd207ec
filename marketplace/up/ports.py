"""Loopback ports: which are free, and who answers."""

import random
import socket

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
