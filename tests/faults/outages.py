"""One fault at a time on running services, as a seed has it; what it took and what it broke."""

import signal
from collections.abc import Callable
from contextlib import nullcontext
from datetime import timedelta
from functools import partial
from random import Random

from django.conf import settings

from contracts import node
from contracts.client import Chain
from royalties.failpoints import Point
from tests.embedded import Embedded
from tests.faults.trial import Trial
from tests.faults.workers import Workers
from tests.royalties import house as houses
from tests.royalties.builders import a_play

MIDDLE = (Point.WINDOW_POSTED, Point.CLOSE_PLANNED, Point.SIGN_MADE, Point.EVENT_STORED)
KILLED_AGAIN = 0.3
SKEW = timedelta(minutes=10)


class Outages:
    """A house on the services, and every way in which they and its workers may fail."""

    def __init__(self, parts: Embedded, workers: Workers) -> None:
        self.parts = parts
        house = houses.on_a_node(Chain(parts.chain_url), lambda **_: nullcontext())
        self.trial = Trial(house, workers)
        self.chain = house.chain
        self.random = Random()
        self.by_name: dict[str, Callable[[], float]] = {
            "five at once": self.trial.five_at_once,
            "stalled worker": self.stalled,
            "clock 10 min behind": partial(self.trial.skewed, SKEW),
            "clock 10 min ahead": partial(self.trial.skewed, -SKEW),
            "database killed": self.database_killed,
            "node killed": self.node_killed,
            "broker killed and emptied": self.broker_killed,
            "reorganisation of 1": partial(self.reorganised, lambda k: 1),
            "reorganisation of k-1": partial(self.reorganised, lambda k: k - 1),
            "reorganisation beyond k": partial(self.reorganised, lambda k: k + 2),
        }

    def suffer(self, fault: str, random: Random) -> tuple[float, list[str]]:
        """Seconds until all was done nevertheless, on the house's clock; and what is broken."""
        self.random = random
        settings.CHAIN_CONFIRMATIONS = random.randint(1, 3)
        for _ in range(random.randint(0, 3)):
            a_play(self.trial.song, self.trial.listener, self.trial.house.at)
        try:
            seconds = self.by_name[fault]() if fault in self.by_name else self.killed(Point(fault))
            self.trial.pay_out()
        except AssertionError as error:
            return 0.0, [str(error)]
        settings.CHAIN_CONFIRMATIONS = 1
        return seconds, self.trial.broken()

    def killed(self, point: Point) -> float:
        self.trial.play()
        self.trial.stop_at(point, "killed")
        if self.random.random() < KILLED_AGAIN:
            self.trial.run("tick", failpoint=self.random.choice(list(Point)))
        return self.trial.recover()

    def stalled(self) -> float:
        return self.trial.stalled_at(self.random.choice([Point.SEND_SENT, Point.SIGN_COMMITTED]))

    def database_killed(self) -> float:
        def restart() -> None:
            self.parts.kill("database", signal.SIGQUIT)
            self.parts.start_database(durable=True)

        return self.trial.cut_off_at(self.random.choice(MIDDLE), restart)

    def node_killed(self) -> float:
        """Back as it was before the play, its clock as well; the house's went on."""
        state = self.parts.folder / "chain" / "state.json"
        node.save_state(self.chain, state)
        self.trial.play()
        self.trial.run("tick", failpoint=self.random.choice([Point.SEND_SENT, Point.SIGN_MADE]))
        self.parts.kill("chain", signal.SIGKILL)
        node.saved_state(state).replace(state)
        self.parts.start_chain()
        node.mine(self.chain)
        house = self.trial.house
        house.pass_time(max(0.0, (house.chain_time() - house.at).total_seconds()))
        return self.trial.recover()

    def broker_killed(self) -> float:
        """Whoever rings finds nothing in it; what is due stands in the database."""
        self.trial.play()
        self.parts.kill("broker", signal.SIGKILL)
        try:
            return self.trial.recover()
        finally:
            self.parts.start_broker()

    def reorganised(self, depth_of: Callable[[int], int]) -> float:
        """The chain loses its last blocks for good, with what was sent in them."""
        settings.CHAIN_CONFIRMATIONS = 3
        self.trial.play()
        depth = depth_of(settings.CHAIN_CONFIRMATIONS)
        self.trial.tick()
        node.mine(self.chain, depth - 1)
        self.trial.tick()
        self.chain.rpc("anvil_reorg", depth, [])
        self.trial.tick()  # finds what is lost; it counts from there
        return self.trial.recover()
