"""Running one analysis in a process of its own.

Invariant: this process never decodes; whatever the child does, `analyse` ends within the wall
clock limit with an Analysis or an AnalysisError, and leaves no process behind.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from marketplace.catalog.analysis.kinds import Kind
from marketplace.catalog.analysis.result import (
    Analysis,
    AnalysisError,
    Code,
    Limits,
    Rendition,
    read_landmarks,
    read_picture,
    read_rendition,
    read_result,
)
from recommender.triplets import Landmarks

CHILD = "marketplace.catalog.analysis.child"
PROJECT_ROOT = Path(__file__).resolve().parents[3]
ERRORS_FILE = "stderr.txt"
KEPT_VARIABLES = ("HOME", "NUMBA_CACHE_DIR", "LD_LIBRARY_PATH")
DEFAULT_LIMITS = Limits()
# 40 megapixels, several times over
PICTURE_LIMITS = Limits(
    cpu_seconds=20, wall_seconds=30.0, memory_bytes=1536 * 1024**2, written_bytes=4_000_000
)

# (request, folder of the result, longest wall clock time) to the exit status of the child.
Run = Callable[[dict[str, Any], Path, float], int]
Result = TypeVar("Result")


def analyse(
    path: Path,
    out: Path,
    limits: Limits = DEFAULT_LIMITS,
    name: str | None = None,
    run: Run | None = None,
) -> Analysis:
    """Decode and measure `path`; leave its rendition and cover in the folder `out`.

    `name` is the name the file was sent under, where `path` bears another one; title and artist
    are read from it when the file has no tags. Nothing appears in `out` unless all went well, so
    two analyses of one file may run at once. `run` starts the child, by default as a new program.

    Raises AnalysisError with one sentence for the person who sent the file.
    """
    with _workplace(out) as workplace:
        request = _request(path, workplace, limits) | {"name": name or path.name}
        status = (run or _run_child)(request, workplace, limits.wall_seconds)
        return _moved(_outcome(status, workplace, read_result), out)


def render(
    path: Path, out: Path, kind: Kind, gain_db: float, limits: Limits = DEFAULT_LIMITS
) -> Rendition:
    """Make the streaming copy `kind` of `path` in the folder `out`, `gain_db` louder; as `analyse`.

    Raises AnalysisError.
    """
    with _workplace(out) as workplace:
        request = _request(path, workplace, limits) | {"kind": kind, "gain_db": gain_db}
        status = _run_child(request, workplace, limits.wall_seconds)
        made = _outcome(status, workplace, read_rendition)
        return replace(made, path=_move(made.path, out))


def hear(path: Path, limits: Limits = DEFAULT_LIMITS) -> Landmarks:
    """The landmarks alone of `path`; as `analyse`.

    Raises AnalysisError.
    """
    with TemporaryDirectory(prefix="analysis-") as folder:
        workplace = Path(folder)
        request = _request(path, workplace, limits) | {"alone": True}
        status = _run_child(request, workplace, limits.wall_seconds)
        return _outcome(status, workplace, read_landmarks)


def square(path: Path, limits: Limits = PICTURE_LIMITS) -> bytes:
    """The picture in `path` as `picture.squared` makes it anew; as `analyse`.

    Raises AnalysisError.
    """
    with TemporaryDirectory(prefix="picture-") as folder:
        workplace = Path(folder)
        request = _request(path, workplace, limits) | {"picture": True}
        status = _run_child(request, workplace, limits.wall_seconds)
        return _outcome(status, workplace, read_picture)


@contextmanager
def _workplace(out: Path) -> Iterator[Path]:
    out.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".analysis-", dir=out) as folder:
        yield Path(folder)


def _request(path: Path, workplace: Path, limits: Limits) -> dict[str, Any]:
    where = {"path": str(path.resolve()), "out": str(workplace.resolve())}
    return where | {"limits": asdict(limits)}


def _moved(analysis: Analysis, out: Path) -> Analysis:
    """The analysis with its files brought from the workplace into `out`."""
    rendition = replace(analysis.rendition, path=_move(analysis.rendition.path, out))
    cover = analysis.tags.cover and _move(analysis.tags.cover, out)
    return replace(analysis, rendition=rendition, tags=replace(analysis.tags, cover=cover))


def _move(file: Path, out: Path) -> Path:
    return file.replace(out / file.name)


def _run_child(request: dict[str, Any], out: Path, wall_seconds: float) -> int:
    text = json.dumps(request | {"parent_pid": os.getpid()})
    with (out / ERRORS_FILE).open("wb") as errors:
        child = subprocess.Popen(
            [sys.executable, "-m", CHILD, text],
            cwd=PROJECT_ROOT,
            env=clean_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            start_new_session=True,
        )
        try:
            return child.wait(timeout=wall_seconds)
        except subprocess.TimeoutExpired:
            return -signal.SIGXCPU
        finally:
            kill_group(child.pid)
            child.wait()


def kill_group(pid: int) -> None:
    """End a child and whatever a hijacked one may have forked into its session."""
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)


def clean_environment() -> dict[str, str]:
    kept = {key: os.environ[key] for key in KEPT_VARIABLES if key in os.environ}
    single = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
    return {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", **single, **kept}


def _outcome(status: int, out: Path, read: Callable[[Path], Result]) -> Result:
    """The child's answer, or what its death means."""
    if status == 0:
        try:
            return read(out)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise _internal(f"unreadable result: {error!r}") from error
    detail = f"exit status {status}: {_last_words(out)}"
    if status in (-signal.SIGXCPU, -signal.SIGKILL):
        reason = "This file takes too long to decode; export it again as FLAC or WAV."
        raise AnalysisError(reason, Code.TOO_HEAVY, detail)
    if status in (-signal.SIGSEGV, -signal.SIGBUS, -signal.SIGABRT, -signal.SIGFPE):
        reason = "This file is damaged: decoding it fails; export it again and send the new copy."
        raise AnalysisError(reason, Code.DAMAGED, detail)
    raise _internal(detail)


def _internal(detail: str) -> AnalysisError:
    reason = "This file could not be analysed just now; nothing is wrong with it, try again."
    return AnalysisError(reason, Code.INTERNAL, detail)


def _last_words(out: Path) -> str:
    with (out / ERRORS_FILE).open("rb") as errors:
        errors.seek(max(0, (out / ERRORS_FILE).stat().st_size - 2000))
        return errors.read().decode("utf-8", "replace").strip()
