"""Workers that may be killed: forked from one process that has loaded everything once.

`python -m tests.faults.workers` reads a line of JSON a time: orders to be carried out at once, each
by a child of its own, or the pid of a frozen child to wake. It answers with what became of them.
"""

import json
import os
import signal
import subprocess
import sys
import traceback
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Self


@dataclass(frozen=True)
class Order:
    """A task at a time of the worker's clock; with a failpoint it does not come to its end."""

    task: str  # tick, claim/<party id>, or forfeit/<fraud hold>
    at: str
    failpoint: str = ""
    confirmations: int = 1


@dataclass(frozen=True)
class Fate:
    """How it ended: done, failed, killed, or frozen (and can be woken)."""

    pid: int
    end: str


class Workers:
    """The process that forks them, for as long as the block runs."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.workers"],
            env={**environment, "FAILPOINTS_ALLOWED": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def run(self, *orders: Order) -> list[Fate]:
        """Carry them out at once; wait until each has ended or is frozen."""
        return self._ask([asdict(order) for order in orders])

    def wake(self, fate: Fate) -> Fate:
        """Let a frozen worker go on; how it ended."""
        (woken,) = self._ask(fate.pid)
        return woken

    def _ask(self, question: Any) -> list[Fate]:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        print(json.dumps(question), file=stdin, flush=True)
        return [Fate(**one) for one in json.loads(stdout.readline())]


def carry_out(order: Order) -> None:
    from django.conf import settings

    from royalties import claims, fraud_holds, shares
    from royalties.models import FraudHold, Party

    settings.FAILPOINT, settings.CHAIN_CONFIRMATIONS = order.failpoint, order.confirmations
    if order.failpoint.startswith("share/"):
        shares.ALONE = 0
    at = datetime.fromisoformat(order.at)
    if order.task == "tick":
        tick(at)
        return
    task, _, pk = order.task.partition("/")
    if task == "forfeit":
        fraud_holds.forfeit(FraudHold.objects.get(pk=pk), "Nobody listened.", at)
        return
    claims.request(Party.objects.get(pk=pk), at)


def tick(at: datetime) -> None:
    """What beat rings for, once (`royalties.tasks`); a period is due as soon as a play is."""
    from royalties import accrual, chain, outbox, publications, settlement

    accrual.accrue(at)
    with suppress(settlement.NothingToSettle):
        settlement.close(at)
    publications.plan(at)
    outbox.send(at)
    chain.follow(at)


def _forked(order: Order) -> int:
    pid = os.fork()
    if pid:
        return pid
    try:
        carry_out(order)
    except BaseException:
        if not order.failpoint:  # else it may fail: what it was frozen in is gone
            traceback.print_exc()
        os._exit(1)
    os._exit(0)


def _fate(pid: int) -> dict[str, object]:
    _, status = os.waitpid(pid, os.WUNTRACED)
    if os.WIFSTOPPED(status):
        return asdict(Fate(pid, "frozen"))
    if os.WIFSIGNALED(status):
        return asdict(Fate(pid, "killed"))
    return asdict(Fate(pid, "failed" if os.WEXITSTATUS(status) else "done"))


def _answer(question: Any) -> list[dict[str, object]]:
    if isinstance(question, int):
        os.kill(question, signal.SIGCONT)
        return [_fate(question)]
    return [_fate(pid) for pid in [_forked(Order(**order)) for order in question]]


def _serve() -> None:
    import django

    django.setup()
    from royalties import tasks  # noqa: F401  (loaded once for all children)

    for line in sys.stdin:
        print(json.dumps(_answer(json.loads(line))), flush=True)


if __name__ == "__main__":
    _serve()
