"""Watches the children: starts them in order, starts again what ended, stops them all.

Invariant: every child is written down before anything else happens, so that a next start can end
what a killed supervisor left behind.
"""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from threading import Event
from time import monotonic

from marketplace.up import children
from marketplace.up.children import Child

LONGEST_PAUSE_SECONDS = 30.0
HEALTHY_AFTER_SECONDS = 60.0
LOOK_EVERY_SECONDS = 0.5


class Watched:
    """A running child, and when it may be started again should it end."""

    def __init__(self, child: Child, process: subprocess.Popen[bytes]) -> None:
        self.child, self.process = child, process
        self.started, self.pause, self.due = monotonic(), 0.5, 0.0

    def ended(self) -> float:
        """Note that it ended; the seconds until its next start, doubling while it keeps ending."""
        healthy = monotonic() - self.started > HEALTHY_AFTER_SECONDS
        self.pause = 1.0 if healthy else min(self.pause * 2, LONGEST_PAUSE_SECONDS)
        self.due = monotonic() + self.pause
        return self.pause


class Supervisor:
    """Children in the order they were started; `say` takes one line for the person at the screen.

    `register` is the file in which children are written down.
    """

    def __init__(self, register: Path, say: Callable[[str], None]) -> None:
        self.register, self.say = register, say
        self.watched: list[Watched] = []

    def start(self, child: Child) -> None:
        """Start a child and wait until it is ready.

        Raises:
            UpError: it did not become ready
        """
        process = children.start(child)
        self.watched.append(Watched(child, process))
        self.write_down()
        children.wait_ready(child, process)

    def watch(self) -> None:
        """Start again what ends, until a signal's exception ends the watch."""
        pause = Event()
        while not pause.wait(LOOK_EVERY_SECONDS):
            for watched in self.watched:
                self.look_after(watched)

    def look_after(self, watched: Watched) -> None:
        code = watched.process.poll()
        if code is None or (watched.due and watched.child.once):
            return
        if not watched.due:
            children.kill_group(watched.process.pid)
            pause = watched.ended()
            next_start = "" if watched.child.once else f", starts again in {pause:.0f} s"
            said = children.tail(watched.child.log)
            self.say(f"{watched.child.name} ended with code {code}{next_start}: {said}")
        elif monotonic() >= watched.due:
            watched.process = children.start(watched.child)
            watched.started, watched.due = monotonic(), 0.0
            self.write_down()

    def stop(self) -> None:
        """Stop every child: first those that use the services, then the services."""
        for services in (False, True):
            chosen = [each for each in self.watched if each.child.service is services]
            children.stop(*((each.child, each.process) for each in chosen))
        self.watched.clear()
        self.register.unlink(missing_ok=True)

    def write_down(self) -> None:
        identities = [children.identity(each.process.pid) for each in self.watched]
        self.register.write_text(json.dumps([known for known in identities if known]))


def end_left_over(register: Path, seconds: float = 30) -> None:
    """End what a killed supervisor wrote down and wait until it is gone."""
    if not register.exists():
        return
    left = [said for said in json.loads(register.read_text() or "[]") if is_alive(said)]
    deadline, pause = monotonic() + seconds, Event()
    while left and monotonic() < deadline:  # they were told to end when their parent died
        pause.wait(0.05)
        left = [said for said in left if is_alive(said)]
    for said in left:
        children.kill_group(int(said.split()[0]))
    register.unlink()


def is_alive(identity: str) -> bool:
    return children.identity(int(identity.split()[0])) == identity
