"""Many analyses from one warm start: a process that has imported everything forks a child for each.

Two thirds of a short song's analysis are imports. For recordings of strangers a fresh program is
worth them: forks of one process share the layout of its memory, which helps whoever attacks a
decoder again and again. So this serves files of our own, such as the demo's.

Invariant: the template itself reads no recording, and each child is confined as any other is.
"""

import json
import os
import select
import signal
import subprocess
import sys
import traceback
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn, Self

from marketplace.catalog.analysis import child
from marketplace.catalog.analysis.result import Analysis, Limits
from marketplace.catalog.analysis.run import (
    DEFAULT_LIMITS,
    ERRORS_FILE,
    PROJECT_ROOT,
    analyse,
    clean_environment,
    kill_group,
)

TEMPLATE = "marketplace.catalog.analysis.warm"


class Template:
    """`with Template() as template: template.analyse(...)`; one analysis at a time."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop()

    def analyse(
        self, path: Path, out: Path, limits: Limits = DEFAULT_LIMITS, name: str | None = None
    ) -> Analysis:
        """As `analysis.analyse`."""
        return analyse(path, out, limits, name, self._run)

    def _run(self, request: dict[str, Any], out: Path, wall_seconds: float) -> int:
        process = self._process = self._process or _start()
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(request) + "\n")
        process.stdin.flush()
        if not select.select([process.stdout], [], [], wall_seconds)[0]:
            self._stop()  # the child dies with its parent
            return -signal.SIGXCPU
        return int(process.stdout.readline() or self._stop())

    def _stop(self) -> int:
        """End the template, if there is one; the next analysis starts another."""
        process, self._process = self._process, None
        if process is None:
            return 0
        with process:
            kill_group(process.pid)
        return process.returncode


def _start() -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", TEMPLATE],
        cwd=PROJECT_ROOT,
        env=clean_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def main() -> None:
    """The template: a request in, a child, its exit status out; until there are no more."""
    ready()
    for line in sys.stdin:
        print(fork(json.loads(line)), flush=True)


def ready() -> None:
    """Describe a little noise: what is worked out once, at the first use, is then at hand."""
    import numpy as np

    import marketplace.catalog.analysis.listen
    import marketplace.catalog.analysis.mp3
    import marketplace.catalog.analysis.render
    import marketplace.catalog.analysis.tags  # noqa: F401
    from recommender.features import SAMPLE_RATE_HZ, describe

    noise = np.random.default_rng(0).uniform(-0.1, 0.1, 2 * SAMPLE_RATE_HZ)
    describe(noise.astype(np.float32), SAMPLE_RATE_HZ)


def fork(request: dict[str, Any]) -> int:
    """Analyse in a child of this process; its exit status."""
    template = os.getpid()
    pid = os.fork()
    if pid == 0:
        _become_child(request | {"parent_pid": template})
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    kill_group(pid)
    return status


def _become_child(request: dict[str, Any]) -> NoReturn:
    """Keep nothing of the template but its memory: a session and files of one's own."""
    status = 1
    try:
        os.setsid()
        nothing = os.open(os.devnull, os.O_RDWR)
        errors = os.open(Path(request["out"]) / ERRORS_FILE, os.O_WRONLY | os.O_CREAT, 0o600)
        for kept, file in enumerate((nothing, nothing, errors)):
            os.dup2(file, kept)
        os.closerange(3, os.sysconf("SC_OPEN_MAX"))
        child.main(request)
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    main()
