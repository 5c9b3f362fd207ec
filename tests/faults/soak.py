"""`python -m tests.faults.soak`: every fault under many seeds, a line each; it can be resumed.

A seed chooses how many plays wait, how deep a block must lie to be final, and whether the worker
that takes over is killed as well, and where. Services are the real ones, with fsync on.
"""

import argparse
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

from tests import embedded

LOG = Path(".run/soak-faults.jsonl")
OUTAGES = (
    "five at once",
    "stalled worker",
    "clock 10 min behind",
    "clock 10 min ahead",
    "database killed",
    "node killed",
    "broker killed and emptied",
    "reorganisation of 1",
    "reorganisation of k-1",
    "reorganisation beyond k",
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=20, help="of each fault (20)")
    parser.add_argument("--only", default="", help="faults whose names begin so")
    parser.add_argument("--log", type=Path, default=LOG, help=f"one JSON line each ({LOG})")
    parser.add_argument("--matrix", type=Path, help="write the table of all that was run here")
    arguments = parser.parse_args()
    done = _read(arguments.log)
    with services() as parts:
        _run(arguments, done, parts)
    if arguments.matrix:
        arguments.matrix.write_text(matrix(_read(arguments.log)))
    broken = [one for one in _read(arguments.log) if one["broken"]]
    print(f"{len(_read(arguments.log))} faults, {len(broken)} with something broken")
    return 1 if broken else 0


def matrix(lines: list[dict[str, object]]) -> str:
    """A row a fault: how often, how often something was not as if it had not happened, how long."""
    rows = ["| fault | times | broken | back after, at most | median |", "|---|---|---|---|---|"]
    for fault in dict.fromkeys(str(line["fault"]) for line in lines):
        mine = [line for line in lines if line["fault"] == fault]
        seconds = sorted(float(str(line["seconds"])) for line in mine)
        broken = sum(1 for line in mine if line["broken"])
        middle = seconds[len(seconds) // 2]
        rows.append(f"| {fault} | {len(mine)} | {broken} | {seconds[-1]:.0f} s | {middle:.0f} s |")
    return "\n".join(rows) + "\n"


@contextmanager
def services() -> Iterator[embedded.Embedded]:
    """A database, a broker and a node for this run alone, and Django on them."""
    parts = embedded.make()
    told = {"HOLD_WINDOW": "0", "DJANGO_SETTINGS_MODULE": "marketplace.settings"}
    os.environ.update(parts.variables | told)
    import django

    django.setup()
    from django.core.management import call_command

    from royalties import keys

    try:
        parts.start_database(durable=True)
        parts.start_broker()
        parts.start_chain()
        keys.ensure(Path(parts.variables["CHAIN_KEYS_FILE"]))
        call_command("migrate", verbosity=0)
        yield parts
    finally:
        parts.stop()


def _run(
    options: argparse.Namespace, done: list[dict[str, object]], parts: embedded.Embedded
) -> None:
    import logging

    from royalties.failpoints import Point
    from tests.faults.outages import Outages
    from tests.faults.workers import Workers

    logging.disable(logging.CRITICAL)
    known = {(line["fault"], line["seed"]) for line in done}
    options.log.parent.mkdir(parents=True, exist_ok=True)
    with Workers(os.environ) as workers, options.log.open("a") as file:
        outages = Outages(parts, workers)
        for seed in range(options.seeds):
            for fault in [*Point, *OUTAGES]:
                if (fault, seed) in known or not fault.startswith(options.only):
                    continue
                seconds, broken = outages.suffer(str(fault), Random(f"{fault} {seed}"))
                line = {"fault": str(fault), "seed": seed, "seconds": seconds, "broken": broken}
                print(json.dumps(line), file=file, flush=True)
                said = "; ".join(broken) or "clean"
                print(f"{fault}, seed {seed}: back after {seconds:.0f} s, {said}", flush=True)


def _read(log: Path) -> list[dict[str, object]]:
    if not log.exists():
        return []
    return [json.loads(line) for line in log.read_text().splitlines()]


if __name__ == "__main__":
    sys.exit(main())
