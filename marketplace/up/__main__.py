"""`python -m marketplace.up`: start Refrain on this machine, stay, and stop it all at Ctrl-C."""

import errno
import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from marketplace.up import environment, steps
from marketplace.up.errors import UpError
from marketplace.up.lock import hold
from marketplace.up.ports import listen
from marketplace.up.screen import Screen
from marketplace.up.supervisor import Supervisor, end_left_over

FREE_BYTES = 1 << 30
DEFAULT_PORT = 8000
UNWRITABLE = {
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EROFS,
    errno.EACCES,
    errno.EPERM,
    errno.ENOTDIR,
}
WAY_OUT = "free some space, or set REFRAIN_HOME to a folder on another disk"


def main() -> int:
    screen = Screen(sys.stdout)
    state = environment.home()

    def start(supervisor: Supervisor) -> None:
        steps.start(supervisor, screen, state, listener)

    try:
        with listen(port()) as listener:
            return guarded(state, screen, start)
    except UpError as error:
        screen.fail(str(error))
        return 1


def guarded(state: Path, screen: Screen, start: Callable[[Supervisor], None]) -> int:
    """Start and watch until a signal ends it; whatever goes wrong is one sentence and a 1."""
    # SIGINT too: a shell that starts us in the background would have it ignored
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)
    try:
        run(state, screen, start)
    except UpError as error:
        screen.fail(str(error))
        return 1
    except OSError as error:
        if error.errno not in UNWRITABLE:
            raise
        screen.fail(f"{error.filename or state} can't be written ({error.strerror}): {WAY_OUT}.")
        return 1
    except KeyboardInterrupt:
        screen.say("stopped")
    return 0


def run(state: Path, screen: Screen, start: Callable[[Supervisor], None]) -> None:
    """From the lock to the end; returns or raises only when all children are gone."""
    state.mkdir(parents=True, exist_ok=True)
    require_space(state)
    with hold(state / "lock"):
        register = state / "children"
        end_left_over(register)
        supervisor = Supervisor(register, screen.say)
        try:
            start(supervisor)
            supervisor.watch()
        finally:
            ignore_interrupts()
            screen.say("stopping")
            supervisor.stop()


def port() -> int:
    said = os.environ.get("PORT") or str(DEFAULT_PORT)
    if not said.isdecimal() or not 0 < int(said) < 65_536:
        raise UpError(
            f"PORT is {said!r}: give a number from 1 to 65535, as in `make up PORT=8001`."
        )
    return int(said)


def require_space(state: Path) -> None:
    free = shutil.disk_usage(state).free
    if free < FREE_BYTES:
        raise UpError(
            f"{state} has {free >> 20} MB left, Refrain needs {FREE_BYTES >> 20} MB: {WAY_OUT}."
        )


def interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def ignore_interrupts() -> None:
    """From here on the children are being stopped, which an impatient second Ctrl-C would break."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


if __name__ == "__main__":
    sys.exit(main())
