"""Refrain's own processes: web servers on one listening socket, Celery workers and beat.

Invariant: web processes accept from a socket that the supervisor holds, so the port is ours from
the first moment on and a web process that starts again loses no connection that was not its own.
"""

import socket
import sys
import urllib.request
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from marketplace.up.children import Child
from marketplace.up.shares import Shares

WEB_PROCESSES = 2
PREPARE_LOG, DEMO_LOG = "prepare.log", "demo.log"
PROJECT = Path(__file__).resolve().parents[2]
WORKERS = {
    "default": ("--pool", "prefork", "--concurrency", "2"),
    # The work itself is done in processes of its own, limited and without a network.
    "audio": ("--pool", "threads", "--concurrency", "2"),
    # One signer for each key: transactions go out in the order of their nonces.
    "chain": ("--pool", "solo", "--concurrency", "1"),
}


def web(listener: socket.socket, environment: Mapping[str, str], logs: Path) -> list[Child]:
    """The web processes; each is ready when it answers."""
    port = listener.getsockname()[1]
    socket_of_all, shares = listener.fileno(), Shares.among(WEB_PROCESSES)
    command = (sys.executable, "-m", "marketplace.up.web", "--listener", str(socket_of_all))
    return [
        Child(
            name=f"web {number}",
            command=(*command, "--shares", str(shares), "--number", str(number - 1)),
            log=logs / f"web-{number}.log",
            environment=environment,
            folder=PROJECT,
            descriptors=(socket_of_all, shares),
            ready=partial(answers, f"http://127.0.0.1:{port}/healthz"),
        )
        for number in range(1, WEB_PROCESSES + 1)
    ]


def workers(environment: Mapping[str, str], logs: Path) -> list[Child]:
    """One Celery worker a queue."""
    quiet = ("--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "INFO")
    return [
        Child(
            name=f"worker {queue}",
            command=(*celery("worker"), "-Q", queue, "-n", f"{queue}@%h", *options, *quiet),
            log=logs / f"worker-{queue}.log",
            environment=environment,
            folder=PROJECT,
            grace_seconds=15,
        )
        for queue, options in WORKERS.items()
    ]


def beat(environment: Mapping[str, str], logs: Path, state: Path) -> Child:
    """The clock of the periodic tasks."""
    schedule = ("--schedule", str(state / "beat-schedule"), "--pidfile", "", "--loglevel", "INFO")
    command = (*celery("beat"), *schedule)
    return Child("beat", command, logs / "beat.log", environment, PROJECT)


def celery(command: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "celery", "-A", "marketplace.celery", command)


def manage(*arguments: str) -> tuple[str, ...]:
    """A command line of `manage.py`."""
    return (sys.executable, str(PROJECT / "manage.py"), *arguments)


def answers(url: str) -> bool:
    """Whether a page is served there."""
    try:
        with urllib.request.urlopen(url, timeout=3) as response:
            return bool(response.status == 200)
    except OSError:
        return False


def once(name: str, command: tuple[str, ...], environment: Mapping[str, str]) -> Child:
    """A command that runs to its end and writes to the screen."""
    return Child(name, command, None, environment, PROJECT, once=True)
