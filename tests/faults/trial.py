"""Plays that must be paid out once, whatever happens to the workers on the way."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from django.conf import settings
from django.db import connection
from django.db.models import F
from django.test import override_settings

from royalties import chain_checks, claims, fraud_holds, invariants
from royalties.failpoints import Point
from royalties.models import (
    ChainEvent,
    Deployment,
    Entitlement,
    FraudHold,
    OutboxTransaction,
    PaidPlay,
    Party,
    Period,
    Terms,
)
from tests.faults.workers import Fate, Order, Workers, tick
from tests.royalties.builders import a_listener, a_play, a_track, hold
from tests.royalties.house import DELAY_SECONDS, House

SWEEP = timedelta(seconds=2)  # between two rings of beat
MOST_SECONDS = 30
MOST_SWEEPS = 10

State = OutboxTransaction.State


@dataclass
class Trial:
    """A house on a node, the workers that die in it, and one song that is played."""

    house: House
    workers: Workers
    listener: Party = field(init=False)
    song: Terms = field(init=False)

    def __post_init__(self) -> None:
        self.listener, self.song = a_listener(micros=10**9), a_track()

    def killed_at(self, point: Point) -> float:
        """Kill a worker there on a play's way; the seconds until others have done its work."""
        self.play()
        self.stop_at(point, "killed")
        seconds = self.recover()
        self.pay_out()
        return seconds

    def stop_at(self, point: Point, end: str) -> Fate:
        """Go on until a worker comes to that point, where it is killed or frozen."""
        task, action = self.way_to(point), ":stop" if end == "frozen" else ""
        for _ in range(MOST_SWEEPS):
            (fate,) = self.run(task, failpoint=f"{point}{action}")
            if fate.end != "done":
                break
            self.house.pass_time(SWEEP.total_seconds())  # a block more lies on what was mined
        assert fate.end == end, f"{point}: {fate.end}"
        return fate

    def five_at_once(self) -> float:
        """Everything that is done is done by five at the same time."""
        self.play()
        self.run(*["tick"] * 5)
        seconds = self.recover()
        self.house.pass_time(2 * DELAY_SECONDS)
        self.run(*["tick"] * 5)
        self.run(*[f"claim/{self.song.issuer_id}"] * 5)
        self.run(*["tick"] * 5)
        self.recover()
        return seconds

    def stalled_at(self, point: Point) -> float:
        """A worker stands still there until others have done its work, and then goes on."""
        self.play()
        stalled = self.stop_at(point, "frozen")
        seconds = self.recover()
        self.workers.wake(stalled)
        self.pay_out()
        return seconds

    def skewed(self, late: timedelta) -> float:
        """Two workers at once whose clocks are wrong."""
        self.play()
        self.run("tick", "tick", late=late)
        seconds = self.recover()
        self.pay_out()
        return seconds

    def cut_off_at(self, point: Point, restart: Callable[[], None]) -> float:
        """The database goes away in the middle of a worker's transaction, and comes back."""
        self.play()
        frozen = self.stop_at(point, "frozen")
        connection.close()
        connection.close_pool()  # type: ignore[attr-defined]  # PostgreSQL's has one
        restart()
        woken = self.workers.wake(frozen)
        assert woken.end == "failed", f"{point}: {woken.end}"
        seconds = self.recover()
        self.pay_out()
        return seconds

    def play(self) -> None:
        a_play(self.song, self.listener, self.house.at)
        self.house.pass_time(10)

    def way_to(self, point: Point) -> str:
        """Go on until the task whose part the point is; that task."""
        stage = point.partition("/")[0]
        if stage == "forfeit":
            return f"forfeit/{self.held().pk}"
        if stage in {"active", "claim"}:
            self.tick()
            self.recover()
            self.house.pass_time(2 * DELAY_SECONDS)
        if stage != "claim":
            return "tick"
        self.tick()
        if point == Point.CLAIM_PLANNED:
            return f"claim/{self.song.issuer_id}"
        self.claim()
        return "tick"

    def held(self) -> FraudHold:
        """A play that waits, under a fraud hold that may be decided."""
        play = a_play(self.song, self.listener, self.house.at)
        (one,) = hold([play], "bot", self.house.at)
        with override_settings(HOLD_ANSWER_WITHIN=timedelta(0)):
            fraud_holds.show([one], self.house.at)
        return one

    def run(self, *tasks: str, failpoint: str = "", late: timedelta = timedelta()) -> list[Fate]:
        """Workers at these tasks, at once; their clocks may be late."""
        at, depth = (self.house.at - late).isoformat(), settings.CHAIN_CONFIRMATIONS
        return self.workers.run(*(Order(task, at, failpoint, depth) for task in tasks))

    def tick(self) -> None:
        """What beat rings for, and the operator who decides again what is not decided."""
        tick(self.house.at)
        for one in FraudHold.objects.open():
            fraud_holds.forfeit(one, "Nobody listened.", self.house.at)

    def claim(self) -> None:
        claims.request(self.song.issuer, self.house.at)

    def recover(self) -> float:
        """Sweep until nothing is left to do; the seconds that took on the house's clock."""
        started = self.house.at
        while not self.is_quiet():
            seconds = (self.house.at - started).total_seconds()
            assert seconds <= MOST_SECONDS, f"not recovered: {self.left()}"
            self.house.pass_time(SWEEP.total_seconds())
            self.tick()
        return (self.house.at - started).total_seconds()

    def is_quiet(self) -> bool:
        return not any(self.left().values())

    def left(self) -> dict[str, bool]:
        """What somebody still has to do."""
        active = self.house.vault.active("pending")
        known = Period.objects.filter(state=Period.State.ACTIVE).count()
        return {
            "plays": PaidPlay.objects.waiting().exists()
            or PaidPlay.objects.filter(window__period__state=Period.State.OPEN).exists(),
            "holds": FraudHold.objects.open().exists(),
            "periods": Period.objects.filter(state=Period.State.CLOSED).exists(),
            "sending": OutboxTransaction.objects.filter(state__in=OutboxTransaction.OPEN).exists(),
            "events": Deployment.objects.get(current=True).synced_block
            < self.house.chain.block().number - (settings.CHAIN_CONFIRMATIONS - 1),
            "activation": known < (active.number if active else 0),
        }

    def pay_out(self) -> None:
        """The rest of the way, undisturbed."""
        self.tick()
        self.recover()
        self.house.pass_time(2 * DELAY_SECONDS)
        self.tick()
        self.claim()
        self.recover()

    def broken(self) -> list[str]:
        """Whatever is not as if nothing had happened."""
        last = Period.objects.filter(state=Period.State.ACTIVE).count()
        found = chain_checks.look(self.house.at, self.house.chain, bundles_from=last)
        book = [f"{one.name}: {one.detail}" for one in invariants.ledger_checks() if not one.ok]
        chain = [f"{one.name}: {one.detail}" for one in found.checks if not one.ok]
        return book + chain + self._unpaid()

    def _unpaid(self) -> list[str]:
        """Periods that are not published exactly once, money that did not arrive."""
        found = []
        for period in Period.objects.exclude(state=Period.State.OPEN):
            events = ChainEvent.objects.filter(
                name="Published", args__data_hash=period.bundle_hash
            ).count()
            sent = period.publications.filter(state=State.FINAL).count()
            if (events, sent, period.state) != (1, 1, Period.State.ACTIVE):
                found.append(f"period {period.number}: {sent} sent, {events} mined, {period.state}")
        late = Entitlement.objects.filter(party=F("terms__issuer"), role="payee", claimed_at=None)
        return found + [f"{late.count()} amounts are not paid out"] * late.exists()
