"""`features`: describe audio files, in processes of one thread each, and store the vectors."""

import argparse
import json
import multiprocessing
import os
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

from recommender.audio import SUFFIXES, decode
from recommender.errors import AudioError, DataError
from recommender.outputs import check_out, written
from recommender.sound import FEATURE_COUNT, FEATURE_NAMES, FEATURES_VERSION, Floats
from recommender.tables import fits

ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


class Task(NamedTuple):
    item_id: str
    path: Path


class Done(NamedTuple):
    """One file's outcome: a vector, or the sentence that says why there is none."""

    task: Task
    vector: Floats | None
    seconds: float
    cpu_seconds: float
    error: str


def run(options: argparse.Namespace) -> int:
    """Describe every file; those that fail are listed in the summary. Raises `DataError` on bad
    input.
    """
    if options.workers < 1:
        raise DataError(f"--workers must be at least 1, not {options.workers}.")
    check_out(options.out)
    tasks = find(options.paths)
    with threadpool_limits(1, "blas"):  # as in worker processes: sums are the same to the bit
        done = list(_describe_all(tasks, options.workers))
    _store(options.out, [one for one in done if one.vector is not None])
    print(json.dumps(_summary(done)))
    return 0


def find(paths: Sequence[Path]) -> list[Task]:
    """Audio files under `paths`, sorted within each; an id is the path below its folder."""
    tasks: dict[str, Task] = {}
    for path in paths:
        if not (path.is_file() or path.is_dir()):
            raise DataError(f"No such file or folder: {path}.")
        for file, item_id in _files(path):
            if item_id in tasks and tasks[item_id].path != file:
                raise DataError(
                    f"Two files have the id {item_id!r}: {tasks[item_id].path} and {file}."
                )
            tasks[item_id] = Task(item_id, file)
    return list(tasks.values())


def _files(path: Path) -> Iterator[tuple[Path, str]]:
    if path.is_file():
        yield path, path.stem
        return
    for file in sorted(path.rglob("*")):
        if file.is_file() and file.suffix.lower() in SUFFIXES:
            yield file, file.relative_to(path).with_suffix("").as_posix()


def _describe_all(tasks: Sequence[Task], workers: int) -> Iterable[Done]:
    if workers == 1 or len(tasks) < 2:
        return map(describe_file, tasks)
    for name in ONE_THREAD:  # inherited by the processes, read when their libraries load
        os.environ[name] = "1"
    context = multiprocessing.get_context("spawn")
    try:
        with ProcessPoolExecutor(min(workers, len(tasks)), mp_context=context) as pool:
            return list(pool.map(describe_file, tasks, chunksize=1))
    except BrokenProcessPool as error:
        raise DataError("A worker process died; try fewer --workers.") from error


def describe_file(task: Task) -> Done:
    """Decode and describe one file, in this process."""
    # Imported here: a refused path need not pay for transforms.
    from recommender.features import describe

    started = time.process_time()
    try:
        if not fits(task.item_id):
            raise AudioError("Its name is no UTF-8 text, or has a tab or a line end.")
        signal = decode(task.path)
        described = describe(signal.samples, signal.sample_rate_hz)
    except AudioError as error:
        return Done(task, None, 0.0, time.process_time() - started, str(error))
    return Done(task, described.vector, described.seconds, time.process_time() - started, "")


def _store(path: Path, done: Sequence[Done]) -> None:
    x = np.array([one.vector for one in done], dtype=np.float32).reshape(len(done), FEATURE_COUNT)
    with written(path) as file:
        np.savez(
            file,
            ids=np.array([one.task.item_id for one in done], dtype=np.str_),
            x=x,
            names=np.array(FEATURE_NAMES),
            version=np.array(FEATURES_VERSION),
        )


def _summary(done: Sequence[Done]) -> dict[str, object]:
    audio, cpu = sum(one.seconds for one in done), sum(one.cpu_seconds for one in done)
    return {
        "tracks": sum(one.vector is not None for one in done),
        "audio_seconds": round(audio, 3),
        "cpu_seconds": round(cpu, 5),
        "x_realtime": round(audio / cpu, 1) if cpu > 0 else 0.0,
        "failed": [
            {"path": _shown(one.task.path), "error": one.error}
            for one in done
            if one.vector is None
        ],
    }


def _shown(path: Path) -> str:
    """With a sign of its own for what is no UTF-8, which JSON can't hold."""
    return os.fsencode(path).decode("utf-8", "replace")
