"""Processes we start: in a group of their own, with a log, stopped by name, never left behind.

Invariant: a child dies with us. A kind end goes through `stop`; if we are killed instead, the kernel sends the child
its `orphan_signal` (PR_SET_PDEATHSIG), which holds for the thread that started it: start children from the main thread.
"""

import ctypes
import os
import pwd
import random
import signal
import socket
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

import psutil

from marketplace.up.errors import UpError

PR_SET_PDEATHSIG = 1
LAST_LINES = 3
# Below the ports the kernel hands to outgoing connections, so that a chosen port stays free until it is bound.
PORTS = range(20_000, 32_000)
libc = ctypes.CDLL(None, use_errno=True)


def always() -> bool:
    """Readiness of a child that has no better sign of it."""
    return True


@dataclass(frozen=True)
class Child:
    """How to start one process, how to know that it is ready, and how to stop it."""

    name: str
    command: tuple[str, ...]
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: Path | None = None
    user: str | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    orphan_signal: signal.Signals = signal.SIGKILL
    ready: Callable[[], bool] = always
    ready_seconds: float = 60
    grace_seconds: float = 10


def start(child: Child) -> subprocess.Popen[bytes]:
    """Start the child in its own process group, its output appended to its log.

    Raises:
        UpError: the program is not there or can't be run.
    """
    parent = os.getpid()

    def die_with_parent() -> None:
        libc.prctl(PR_SET_PDEATHSIG, int(child.orphan_signal))
        if os.getppid() != parent:  # it died before the line above took effect
            os.kill(os.getpid(), signal.SIGKILL)

    account = pwd.getpwnam(child.user) if child.user else None
    child.log.parent.mkdir(parents=True, exist_ok=True)
    with child.log.open("ab") as log:
        try:
            return subprocess.Popen(
                child.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=child.folder,
                env={**os.environ, **child.environment},
                user=account.pw_uid if account else None,
                group=account.pw_gid if account else None,
                extra_groups=[] if account else None,
                process_group=0,
                preexec_fn=die_with_parent,  # after the change of user, which would clear the setting
            )
        except OSError as error:
            raise UpError(f"{child.name} can't be started ({error}); run `make setup`.") from error


def wait_ready(child: Child, process: subprocess.Popen[bytes]) -> None:
    """Wait until the child says it is ready.

    Raises:
        UpError: it ended, or took longer than its `ready_seconds`; with the last lines of its log.
    """
    deadline = monotonic() + child.ready_seconds
    while not child.ready():
        try:
            code = process.wait(0.05)
        except subprocess.TimeoutExpired:
            code = None
        if code is not None:
            raise UpError(f"{child.name} ended with {code}: {tail(child.log)} (log: {child.log})")
        if monotonic() > deadline:
            raise UpError(
                f"{child.name} was not ready in {child.ready_seconds:.0f} s: {tail(child.log)} (log: {child.log})"
            )


def stop(child: Child, process: subprocess.Popen[bytes]) -> None:
    """Ask the child to end, wait, then kill what is left of its group."""
    if process.poll() is None:
        process.send_signal(child.stop_signal)
        try:
            process.wait(child.grace_seconds)
        except subprocess.TimeoutExpired:
            pass
    kill_group(process.pid)
    process.wait()


def kill_group(group: int) -> None:
    """Kill every process of a group; that there is none is fine."""
    try:
        os.killpg(group, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def tail(log: Path) -> str:
    """The last lines of a log in one line."""
    try:
        lines = log.read_text(errors="replace").strip().splitlines()
    except OSError:
        return "no log"
    return " | ".join(line.strip() for line in lines[-LAST_LINES:]) or "no output"


def free_port() -> int:
    """A loopback port that nobody listens on, out of `PORTS`."""
    chooser = random.SystemRandom()
    while True:
        port = chooser.choice(PORTS)
        if port_is_free(port):
            return port


def port_is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a server could listen on the port now."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError:
            return False
    return True


def answers(port: int, host: str = "127.0.0.1") -> bool:
    """Whether somebody accepts connections on the port."""
    try:
        with socket.create_connection((host, port), timeout=1):
            return True
    except OSError:
        return False


def identity(pid: int) -> str | None:
    """A process's pid and start time, or None if it is gone: pids are used again, this pair is not."""
    try:
        return f"{pid} {psutil.Process(pid).create_time():.2f}"
    except psutil.NoSuchProcess:
        return None
