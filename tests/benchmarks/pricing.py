"""`python -m tests.benchmarks.pricing`: pricing policies against a clairvoyant, in one table.

All in shares of the clairvoyant's; mean over the seeds, and the standard error of revenue.
"""

import argparse
from collections.abc import Callable
from dataclasses import astuple

import numpy as np

from marketplace.pricing.engine import Engine, Settings
from tests.benchmarks.pricing_market import Feed, Floats, Market, Policy, Rules


class Refrain:
    """The product's engine, as its protocol would drive it."""

    def begin(self, market: Market) -> Floats:
        r = market.rules
        settings = Settings(r.floor, r.cap, r.p0, r.max_step, r.tick, market.seed)
        self.engine = Engine.new(settings, market.genre, r.genres)
        return self.engine.price()

    def step(self, feed: Feed) -> Floats:
        return self.engine.step(
            feed.t, feed.t % 24, feed.t // 24 % 7,
            feed.age, feed.active, feed.price, feed.quotes, feed.accepts,
        )  # fmt: skip


class Fixed:
    """p0 for all, for ever."""

    def begin(self, market: Market) -> Floats:
        return np.full(market.rules.tracks, market.rules.p0)

    def step(self, feed: Feed) -> Floats:
        return feed.price


class BestSingle:
    """The best one price for all tracks, known beforehand."""

    def begin(self, market: Market) -> Floats:
        grid = np.linspace(market.rules.floor, market.rules.cap, 481)
        earned = [
            float((market.rate * p * market.acceptance(p + 0 * market.theta, market.theta)).sum())
            for p in grid
        ]
        return np.full(market.rules.tracks, grid[int(np.argmax(earned))])

    def step(self, feed: Feed) -> Floats:
        return feed.price


class AcceptanceTarget:
    """Each track moves 1 % an hour up or down to keep 37 % of its last listeners accepting."""

    def begin(self, market: Market) -> Floats:
        self.rules = market.rules
        self.quotes = np.full(market.rules.tracks, 5.0)
        self.accepts = 0.37 * self.quotes
        return np.full(market.rules.tracks, market.rules.p0)

    def step(self, feed: Feed) -> Floats:
        self.quotes = 0.99 * self.quotes + feed.quotes
        self.accepts = 0.99 * self.accepts + feed.accepts
        up = np.where(self.accepts / self.quotes > 0.37, 1.01, 1 / 1.01)
        price = np.where(feed.quotes > 0, feed.price * up, feed.price)
        return np.asarray(np.clip(price, self.rules.floor, self.rules.cap))


class Thompson:
    """Beta posteriors over nine prices a track, one drawn each day; heeds no limit of movement."""

    def begin(self, market: Market) -> Floats:
        n = market.rules.tracks
        self.rng = np.random.default_rng(market.seed + 2)
        self.grid = np.geomspace(market.rules.p0 / 3, market.rules.p0 * 3, 9)
        self.yes, self.no = np.ones((2, n, 9))
        self.arm = np.full(n, 4)
        return np.asarray(self.grid[self.arm])

    def step(self, feed: Feed) -> Floats:
        rows = np.arange(len(self.arm))
        self.yes[rows, self.arm] += feed.accepts
        self.no[rows, self.arm] += feed.quotes - feed.accepts
        if feed.t % 24 == 23:
            self.arm = np.argmax(self.rng.beta(self.yes, self.no) * self.grid, axis=1)
        return np.asarray(self.grid[self.arm])


POLICIES: dict[str, Callable[[], Policy]] = {
    "fixed price": Fixed,
    "best single price": BestSingle,
    "acceptance target": AcceptanceTarget,
    "Thompson sampling": Thompson,
    "Refrain": Refrain,
}
MARKETS = {
    "exponential": Rules(),
    "logit": Rules(curve="logit"),
    "taste +30 %": Rules(shock=0.3),
    "taste -30 %": Rules(shock=-0.3),
    "5x fakes": Rules(fakes=5.0),
    "memory": Rules(memory=0.5),
}


def main() -> None:
    """Prints one line for each market and policy."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", choices=sorted(POLICIES), action="append")
    options = parser.parse_args()
    columns = ("revenue", "+-", "late", "small", "genre", "surplus", "move/day")
    head = f"{'market':<12} {'policy':<18} " + " ".join(f"{name:>8}" for name in columns)
    rules = Rules()
    print(f"{options.seeds} seeds, {rules.tracks} tracks, {rules.days} days")
    print(head)
    for market, rules in MARKETS.items():
        for name in options.only or POLICIES:
            runs = [astuple(Market(rules, s).run(POLICIES[name]())) for s in range(options.seeds)]
            error = np.std([run[0] for run in runs]) / np.sqrt(max(len(runs) - 1, 1))
            mean = np.mean(runs, axis=0)
            cells = " ".join(f"{value:8.3f}" for value in (mean[0], error, *mean[1:]))
            print(f"{market:<12} {name:<18} {cells}", flush=True)


if __name__ == "__main__":
    main()
