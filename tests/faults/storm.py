"""`python -m tests.faults.storm`: web processes and PostgreSQL killed while listeners play.

The services are the ones `make up` starts, with fsync on. Every listener plays song after song and
asks again whatever was not answered, as a player does; some process is killed by SIGKILL again and
again, whatever it was doing. Then the books must hold exactly the plays that listeners were told
of, each once, every purse must miss exactly its own, and every invariant must hold. An answer that
was given and then forgotten would end a listener's play with a refusal, and the run with it.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from datetime import timedelta
from random import Random
from time import perf_counter
from typing import Any
from uuid import UUID

import psutil

from tests.benchmarks.plays_client import Counted, Http, Player, Refused
from tests.benchmarks.plays_world import MICROS, world
from tests.benchmarks.web_served import World, served

AGAIN_SECONDS = 0.05
KILLED = ("web 1", "web 2", "database")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--listeners", type=int, default=40)
    parser.add_argument("--kills", type=int, default=30, help="in rounds of all three")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with world(options.listeners) as (inside, tracks), served(inside) as url:
        storm = Storm(inside, url, tracks, Random(options.seed))
        storm.rage(options.kills)
        broken = wrong(storm.told)
    kills = ", ".join(f"{name} {times}" for name, times in sorted(storm.killed.items()))
    print(f"{len(storm.told)} plays told; killed: {kills}; asked again {storm.again} times")
    print("\n".join(broken) or "each is paid once, and nothing else is")
    return 1 if broken else 0


class Storm:
    """Listeners who play until it is over, and what is killed under them."""

    def __init__(self, inside: World, url: str, tracks: list[str], draw: Random) -> None:
        self.inside, self.url, self.tracks, self.draw = inside, url, tracks, draw
        self.told: list[Counted] = []
        self.killed: Counter[str] = Counter()
        self.again, self.over = 0, False

    def rage(self, kills: int) -> None:
        """Listeners play in a thread of their own: the kernel ends a process with its starter."""
        with ThreadPoolExecutor(1) as thread:
            load = thread.submit(asyncio.run, self.load())
            try:
                for name in victims(kills, self.draw):
                    self.more_plays(self.draw.randint(1, len(self.inside.cookies)), load)
                    self.kill(name)
                self.more_plays(len(self.inside.cookies), load)
            finally:
                self.over = True
            load.result()

    async def load(self) -> None:
        async with asyncio.TaskGroup() as listeners:
            for cookie in self.inside.cookies:
                listeners.create_task(self.listen(Stubborn(self, cookie)))

    async def listen(self, player: Stubborn) -> None:
        while not self.over:
            self.told.append(await player.play(self.draw.choice(self.tracks)))

    def more_plays(self, many: int, load: Future[None]) -> None:
        """Until so many more are counted."""
        until = len(self.told) + many
        while len(self.told) < until:
            wait([load], AGAIN_SECONDS)
            if load.done():
                load.result()

    def kill(self, name: str) -> None:
        """End it and all that it has started at once, and start it again."""
        child, process = self.inside.run.running.pop(name)
        whole = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
        for one in whole:
            with suppress(psutil.NoSuchProcess):
                one.send_signal(signal.SIGKILL)
        psutil.wait_procs(whole)
        process.wait()
        self.inside.run.start(name, child)
        self.killed[name] += 1


def victims(many: int, draw: Random) -> Iterator[str]:
    """Whom to kill, so that none is spared for long."""
    for _ in range(0, many, len(KILLED)):
        yield from draw.sample(KILLED, len(KILLED))


class Stubborn(Player):
    """A player that asks again until it is answered."""

    def __init__(self, storm: Storm, cookie: str) -> None:
        super().__init__(storm.url, cookie, defaultdict(list))
        self.http = Again(storm, cookie)

    async def count(self) -> Counted:
        """What was sent and not yet written down when its process was killed is taken again."""
        while (said := await self.beat(perf_counter() - self.began))["state"] != "counted":
            await self.take_sound()
        return self.counted(said)


class Again(Http):
    """Asks again when there was no answer, or none but that something failed."""

    def __init__(self, storm: Storm, cookie: str) -> None:
        super().__init__(storm.url, cookie)
        self.storm = storm

    async def request(self, beginning: str, body: bytes) -> bytes:
        while True:
            try:
                return await super().request(beginning, body)
            except Refused as refused:
                if refused.status < 500:
                    raise
            except (OSError, asyncio.IncompleteReadError):
                pass
            self.storm.again += 1
            await asyncio.sleep(AGAIN_SECONDS)


def wrong(told: list[Counted]) -> list[str]:
    """Where the books and what listeners were told differ; and what breaks an invariant."""
    from django.db import connection
    from django.db.models import Sum
    from django.utils import timezone

    from marketplace.listening import streams
    from royalties import accrual
    from royalties.invariants import ledger_checks
    from royalties.models import Hold, PaidPlay, Purse

    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]  # those in it were killed as well
    at = timezone.now()
    streams.end_silent(at + timedelta(hours=1))
    paid: dict[Any, int] = dict(PaidPlay.objects.values_list("reference", "price_micros"))
    broken = []
    if Counter(UUID(one.quote) for one in told) != Counter(paid.keys()):
        broken.append(f"{len(told)} plays were told and {len(paid)} are paid")
    if any(paid.get(UUID(one.quote)) != one.price_micros for one in told):
        broken.append("a play was paid at another price than was told")
    spent = PaidPlay.objects.values("listener").annotate(micros=Sum("price_micros"))
    for one in spent:
        purse = Purse.objects.get(party=one["listener"])
        if (purse.available_micros, purse.held_micros) != (MICROS - one["micros"], 0):
            broken.append(f"the purse of {purse.pk} does not miss exactly what it paid")
    if Hold.objects.filter(state=Hold.State.OPEN).exists():
        broken.append("money is held for a play that has ended")
    accrual.accrue(at)
    return broken + [f"{one.name}: {one.detail}" for one in ledger_checks() if not one.ok]


if __name__ == "__main__":
    sys.exit(main())
