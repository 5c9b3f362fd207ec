"""Processes we start: in a group of their own, with a log, stopped by name, never left behind.

Invariant: a child dies with us. A kind end goes through `stop`; if we are killed instead, the
kernel sends the child its `orphan_signal` (PR_SET_PDEATHSIG), which holds for the thread that
started it: start children from the main thread.
"""

import contextlib
import ctypes
import os
import pwd
import signal
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from time import monotonic

import psutil

from marketplace.up.errors import UpError

PR_SET_PDEATHSIG = 1
LAST_LINES = 3
WRONG_SETTING = "django.core.exceptions.ImproperlyConfigured: "
libc = ctypes.CDLL(None, use_errno=True)


def always() -> bool:
    """Readiness of a child that has no better sign of it."""
    return True


@dataclass(frozen=True)
class Child:
    """How to start one process, how to know that it is ready, and how to stop it.

    Without a log it writes where we do. A child that runs `once` is not started again.
    """

    name: str
    command: tuple[str, ...]
    log: Path | None
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: Path | None = None
    user: str | None = None
    service: bool = False  # others need it: it ends after them
    descriptors: tuple[int, ...] = ()
    stop_signal: signal.Signals = signal.SIGTERM
    orphan_signal: signal.Signals = signal.SIGKILL
    ready: Callable[[], bool] = always
    once: bool = False
    ready_seconds: float = 60
    grace_seconds: float = 10


Pair = tuple[Child, subprocess.Popen[bytes]]


def start(child: Child) -> subprocess.Popen[bytes]:
    """Start the child in its own process group, its output appended to its log.

    Raises:
        UpError: the program is not there or can't be run
    """
    account = pwd.getpwnam(child.user) if child.user else None
    with contextlib.ExitStack() as open_files:
        log = open_files.enter_context(child.log.open("ab")) if child.log else None
        try:
            return subprocess.Popen(
                child.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT if log else None,
                cwd=child.folder,
                env={**os.environ, **child.environment},
                user=account.pw_uid if account else None,
                group=account.pw_gid if account else None,
                extra_groups=[] if account else None,
                process_group=0,
                pass_fds=child.descriptors,
                # It runs after the change of user, which would clear the setting.
                preexec_fn=partial(die_with_parent, os.getpid(), child.orphan_signal),
            )
        except OSError as error:
            raise UpError(f"{child.name} can't be started ({error}); run `make setup`.") from error


def die_with_parent(parent: int, number: signal.Signals) -> None:
    """Ask the kernel for a signal at the parent's death; runs in the child before its program."""
    libc.prctl(PR_SET_PDEATHSIG, int(number))
    if os.getppid() != parent:  # it died before the line above took effect
        os.kill(os.getpid(), signal.SIGKILL)


def wait_ready(child: Child, process: subprocess.Popen[bytes]) -> None:
    """Wait until the child says it is ready.

    Raises:
        UpError: it ended, or took longer than its `ready_seconds`; with the last lines of its log
    """
    deadline = monotonic() + child.ready_seconds
    while not child.ready():
        with contextlib.suppress(subprocess.TimeoutExpired):
            code = process.wait(0.05)
            raise UpError(f"{child.name} ended with code {code}: {tail(child.log)}")
        if monotonic() > deadline:
            late = f"{child.name} was not ready within {child.ready_seconds:.0f} s"
            raise UpError(f"{late}: {tail(child.log)}")


def stop(*pairs: Pair) -> None:
    """Ask children to end, all at once; then kill what is left of their groups."""
    for child, process in pairs:
        if process.poll() is None:
            process.send_signal(child.stop_signal)
    for child, process in pairs:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(child.grace_seconds)
        kill_group(process.pid)
        process.wait()


def kill_group(group: int) -> None:
    """Kill every process of a group; that there is none is fine."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


def tail(log: Path | None) -> str:
    """The last lines of a log in one line, and where the rest is."""
    if log is None:
        return "see above"
    lines = log.read_text(errors="replace").strip().splitlines()
    last = [line.strip() for line in lines if line.strip()][-LAST_LINES:]
    if last and last[-1].startswith(WRONG_SETTING):
        last = [last[-1].removeprefix(WRONG_SETTING)]  # a sentence; where it was raised is not
    said = " | ".join(last)
    return f"{said or 'it said nothing'} (log: {log})"


def identity(pid: int) -> str | None:
    """A process's pid and start time, None if it is gone: pids come back, this pair does not."""
    try:
        process = psutil.Process(pid)
        gone = process.status() == psutil.STATUS_ZOMBIE
        return None if gone else f"{pid} {process.create_time():.2f}"
    except psutil.NoSuchProcess:
        return None
