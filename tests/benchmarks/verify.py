"""`python -m tests.benchmarks.verify`: how long an outsider's check of a large period takes.

The bundle is made by `verify_world`; `python -m royalties.verify` checks it in a process of its
own. Beside it stands reading the same plays by Python's csv module, in the same run.
"""

import argparse
import os
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

from tests.benchmarks import verify_world

BASELINE = """
import csv, io, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as bundle, bundle.open("plays.csv") as plays:
    for row in csv.DictReader(io.TextIOWrapper(plays)):
        row["price"] = int(row["price"])
"""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--plays", type=int, default=1_000_000)
    parser.add_argument("--tracks", type=int, default=10_000)
    parser.add_argument("--listeners", type=int, default=50_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    size = verify_world.Size(options.plays, options.tracks, options.listeners)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "period-2.zip"
        pid = os.fork()  # what making it takes is not counted
        if pid == 0:
            verify_world.write(path, size, options.seed)
            os._exit(0)
        os.waitpid(pid, 0)
        print(
            f"{size.plays:,} plays of {size.listeners:,} listeners, {size.tracks:,} tracks, seed"
            f" {options.seed}, {path.stat().st_size / 1e6:.0f} MB; median of {options.repeats}"
        )
        print(f"{'':24}{'wall s':>8}{'CPU s':>8}{'peak MB':>9}{'x csv':>7}")
        csv = told("csv.DictReader, plays", ["-c", BASELINE, str(path)], options.repeats)
        command = ["-m", "royalties.verify", str(path)]
        told("royalties.verify", command, options.repeats, csv)
    return 0


def told(name: str, arguments: Sequence[str], repeats: int, baseline: float | None = None) -> float:
    """The command's median wall seconds, said with its CPU time and its greatest memory."""
    runs = [_run(arguments) for _ in range(repeats)]
    wall, cpu, peak = (float(statistics.median(column)) for column in zip(*runs, strict=True))
    ratio = f"{wall / baseline:7.2f}" if baseline else f"{1:7.2f}"
    print(f"{name:24}{wall:8.2f}{cpu:8.2f}{peak:9.0f}{ratio}", flush=True)
    return wall


def _run(arguments: Sequence[str]) -> tuple[float, float, float]:
    started = perf_counter()
    files = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    pid = os.posix_spawn(
        sys.executable, [sys.executable, *arguments], os.environ, file_actions=files
    )
    _, status, used = os.wait4(pid, 0)
    wall = perf_counter() - started
    if status:
        raise SystemExit(
            f"{' '.join(arguments[:2])} ended with {os.waitstatus_to_exitcode(status)}"
        )
    return wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


if __name__ == "__main__":
    sys.exit(main())
