"""`python -m tests.benchmarks.plays`: paid plays a second over HTTP, and where their time goes.

PostgreSQL (fsync on), Valkey and the web processes are the ones `make up` starts; listeners press
play, take the sound, report what they heard and are charged, as the player in a browser does.
Songs last two seconds, so that a play counts after one: a longer song sends a heartbeat every five
seconds more, whose cost is the first table's. The clients share the cores with what they measure.

First all listeners take each step at once, which tells what a step costs; then each plays song
after song, as many as they can; then they press play at random moments of a steady rate. What they
were told is compared with the books in the end. Then plays are captured, one by one and many at
once, without a server. `--profile` tells what a step's time in a web process is made of, `--events`
how many heartbeats are durably written one by one, `--captures` captures alone.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import sys
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import astuple, dataclass, field
from time import perf_counter, process_time
from uuid import UUID

import psutil
import uvloop

from tests.benchmarks.plays_captured import captured
from tests.benchmarks.plays_client import Counted, Player, Times
from tests.benchmarks.plays_events import events
from tests.benchmarks.plays_profile import profiled
from tests.benchmarks.plays_world import SONGS, world
from tests.benchmarks.web_served import World, served, spent

WARM_ROUNDS = 2
CORES = 2
STEPS: dict[str, Callable[[Player], Awaitable[Counted | None]]] = {
    "press": Player.press,
    "first heartbeat": Player.begin,
    "sound": Player.take_sound,
    "counting heartbeat": Player.count,
    "stop": Player.stop,
}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--listeners", type=int, default=240)
    parser.add_argument("--rounds", type=int, default=8, help="of all listeners step by step")
    parser.add_argument("--seconds", type=float, default=20, help="of each load")
    parser.add_argument("--rate", type=float, default=150, help="plays a second of the steady load")
    parser.add_argument("--profile", action="store_true", help="of a web process alone, by step")
    parser.add_argument("--events", action="store_true", help="playback events alone, no server")
    parser.add_argument("--captures", action="store_true", help="plays captured at once, no server")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    with world(options.listeners) as (inside, tracks):
        if options.profile:
            profiled(inside.cookies, tracks)
            return 0
        if options.events:
            events(inside.run.running["database"][1].pid)
            return 0
        if options.captures:
            captured(inside.run.running["database"][1].pid)
            return 0
        with served(inside) as url:
            bench = Bench(inside, url, tracks, random.Random(options.seed))
            uvloop.run(bench.run(options))
            wrong = bench.compare()
        captured(inside.run.running["database"][1].pid)
        return wrong


@dataclass
class Bench:
    """A run: who plays, what they were told, what it took."""

    inside: World
    url: str
    tracks: list[str]
    draw: random.Random
    told: list[Counted] = field(default_factory=list)
    looked: float = 0.0  # CPU seconds of asking what was spent

    async def run(self, options: argparse.Namespace) -> None:
        print(f"{options.listeners} listeners, {SONGS} songs, seed {options.seed}, fsync on")
        await self.step_by_step(options.rounds)
        await self.as_many_as_they_can(options.seconds)
        await self.steadily(options.seconds, options.rate)

    async def step_by_step(self, rounds: int) -> None:
        """What each step of a play costs, all listeners taking it at once."""
        times: Times = defaultdict(list)
        players, cost = self.players(times), dict.fromkeys(STEPS, NOTHING)
        for number in range(WARM_ROUNDS + rounds):
            if number == WARM_ROUNDS:
                times.clear()
                cost = dict.fromkeys(STEPS, NOTHING)
            for player in players:
                player.track = self.draw.choice(self.tracks)
            for step, take in STEPS.items():
                if take is Player.count:
                    await asyncio.gather(*(player.wait() for player in players))
                before = self.spent()
                said = await asyncio.gather(*(take(player) for player in players))
                cost[step] += self.spent() - before
                self.told += [one for one in said if one is not None]
        n = len(players) * rounds
        print(f"\n{'':20}{'n':>8}{'p50':>8}{'p95':>8}{'p99':>8} ms    CPU ms each:{Cpu.heading()}")
        for step in STEPS:
            print(f"{step:20}{spread(times[step])}{'':17}{cost[step].each(n)}")
        print(f"{'a whole play':20}{n:8,}{'':44}{sum(cost.values(), NOTHING).each(n)}", flush=True)

    async def as_many_as_they_can(self, seconds: float) -> None:
        """Each listener plays song after song."""
        times: Times = defaultdict(list)
        until = perf_counter() + seconds

        async def listen(player: Player) -> None:
            while perf_counter() < until:
                self.told.append(await player.play(self.draw.choice(self.tracks)))

        await self.load("as many as they can", times, [listen(one) for one in self.players(times)])

    async def steadily(self, seconds: float, rate: float) -> None:
        """Whoever is free presses play at random moments; a press that waits for one is late."""
        times: Times = defaultdict(list)
        free = self.players(times)
        late = 0

        async def listen(player: Player) -> None:
            self.told.append(await player.play(self.draw.choice(self.tracks)))
            free.append(player)

        async def press() -> None:
            nonlocal late
            due, until = perf_counter(), perf_counter() + seconds
            async with asyncio.TaskGroup() as plays:
                while (due := due + self.draw.expovariate(rate)) < until:
                    await asyncio.sleep(due - perf_counter())
                    late += not free
                    while not free:
                        await asyncio.sleep(0.005)
                    plays.create_task(listen(free.pop(0)))

        await self.load(f"{rate:g} presses a second", times, [press()])
        print(f"  presses that found no listener free: {late}", flush=True)

    async def load(self, name: str, times: Times, work: Sequence[Awaitable[None]]) -> None:
        """What the work came to: plays a second, CPU of each, and how long each step took."""
        before, already, started = self.spent(), len(self.told), perf_counter()
        await asyncio.gather(*work)
        seconds, plays = perf_counter() - started, len(self.told) - already
        cost = self.spent() - before
        print(f"\n{name}: {plays:,} plays in {seconds:.1f} s, {plays / seconds:.0f} a second")
        busy = cost.total / seconds / (psutil.cpu_count() or 1)
        print(f"  CPU ms each:{Cpu.heading()}\n{'':14}{cost.each(plays)}")
        print(f"  {busy:.0%} of the cores were these, the machine's load {os.getloadavg()[0]:.1f};")
        print(f"  two cores for them alone make {CORES * plays / cost.total:.0f} plays a second")
        print(f"{'':20}{'n':>8}{'p50':>8}{'p95':>8}{'p99':>8} ms")
        for step in STEPS:
            print(f"{step:20}{spread(times[step])}", flush=True)

    def players(self, times: Times) -> list[Player]:
        return [Player(self.url, cookie, times) for cookie in self.inside.cookies]

    def spent(self) -> Cpu:
        """CPU so far of web processes, PostgreSQL, Valkey, and this process but for looking."""
        now = process_time()
        by_name: dict[str, float] = defaultdict(float)
        for child, process in self.inside.run.running.values():
            by_name[child.name.partition(" ")[0]] += spent(psutil.Process(process.pid))
        clients = now - self.looked
        self.looked += process_time() - now
        return Cpu(by_name["web"], by_name["PostgreSQL"], by_name["Valkey"], clients)

    def compare(self) -> int:
        """What listeners were told against the books; 1 where they differ."""
        from django.utils import timezone

        from royalties import accrual
        from royalties.invariants import ledger_checks
        from royalties.models import PaidPlay

        paid = dict(PaidPlay.objects.values_list("reference", "price_micros"))
        told = {UUID(one.quote): one.price_micros for one in self.told}
        before, started = self.spent(), perf_counter()
        window = accrual.accrue(timezone.now())
        cost, seconds = self.spent() - before, perf_counter() - started
        earned = PaidPlay.objects.filter(window=window, units__gt=0).count()
        print(f"\naccrued {len(paid):,} plays in {seconds:.1f} s, {earned:,} of them earned units;")
        print(f"  CPU ms each: {1_000 * cost.total / len(paid):.2f}")
        broken = [f"{one.name}: {one.detail}" for one in ledger_checks() if not one.ok]
        if told != paid or len(told) != len(self.told):
            broken.append(
                f"{len(self.told):,} plays were told to listeners, {len(paid):,} are paid"
            )
        print(
            "\n".join(broken) or f"all {len(paid):,} plays are paid once, and every invariant holds"
        )
        return 1 if broken else 0


@dataclass(frozen=True)
class Cpu:
    """CPU seconds by whose they are."""

    web: float = 0.0
    database: float = 0.0
    store: float = 0.0
    clients: float = 0.0

    def __add__(self, other: Cpu) -> Cpu:
        return Cpu(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))

    def __sub__(self, other: Cpu) -> Cpu:
        return Cpu(*(a - b for a, b in zip(astuple(self), astuple(other), strict=True)))

    @property
    def total(self) -> float:
        return self.web + self.database + self.store + self.clients

    @staticmethod
    def heading() -> str:
        return "".join(f"{part:>12}" for part in ("web", "PostgreSQL", "Valkey", "clients", "all"))

    def each(self, n: int) -> str:
        """A row: milliseconds of each part, and of all, for one of `n`."""
        parts = (*astuple(self), self.total)
        return "".join(f"{1_000 * seconds / n:12.2f}" for seconds in parts)


NOTHING = Cpu()


def spread(seconds: Sequence[float]) -> str:
    """How many, and milliseconds at the 50th, 95th and 99th percentile."""
    ordered = sorted(seconds)
    parts = (
        ordered[min(len(ordered) - 1, int(share * len(ordered)))] for share in (0.5, 0.95, 0.99)
    )
    return f"{len(ordered):8,}" + "".join(f"{1_000 * one:8.1f}" for one in parts)


if __name__ == "__main__":
    sys.exit(main())
