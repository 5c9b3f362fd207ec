"""`python supervise.py FOLDER`: a supervisor over two fake programs, as `marketplace.up` runs it.

The second has a child of its own and does not listen to a polite signal.
"""

import sys
from pathlib import Path

from marketplace.up.__main__ import guarded
from marketplace.up.children import Child
from marketplace.up.screen import Screen
from marketplace.up.supervisor import Supervisor

ONE = """
import os, pathlib, signal, sys
path = pathlib.Path(sys.argv[1])
fresh = path.with_suffix(".new")
fresh.write_text(str(os.getpid()))
fresh.replace(path)
signal.pause()
"""
TWO = (
    """
import signal, subprocess, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
subprocess.Popen([sys.executable, "-c", sys.argv[2], sys.argv[1].replace("two", "two-inner")])
"""
    + ONE
)


def main(folder: Path) -> int:
    def start(supervisor: Supervisor) -> None:
        one = (sys.executable, "-c", ONE, str(folder / "one.pid"))
        two = (sys.executable, "-c", TWO, str(folder / "two.pid"), ONE)
        for name, command in (("one", one), ("two", two)):
            log = folder / f"{name}.log"
            supervisor.start(Child(name, command, log, grace_seconds=0.5))

    return guarded(folder, Screen(sys.stdout), start)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
