"""Pricing policies to compare with: what a shop would do, and what a course would teach.

Each answers a feed with the next prices (see `pricing_market.Policy`); none knows the market but
`BestSingle`. Only those that say so keep the market's limit of movement.
"""

from collections.abc import Callable

import numpy as np

from marketplace.pricing.engine import Engine, Settings
from tests.benchmarks.pricing_market import Feed, Floats, Policy, Priced

DAY = 24


class Refrain:
    """The product's engine, as its protocol would drive it."""

    def begin(self, market: Priced) -> Floats:
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

    def begin(self, market: Priced) -> Floats:
        return np.full(market.rules.tracks, market.rules.p0)

    def step(self, feed: Feed) -> Floats:
        return feed.price


class BestSingle(Fixed):
    """The best one price for all tracks, known beforehand."""

    def begin(self, market: Priced) -> Floats:
        return np.full(market.rules.tracks, market.single())


class VolumeTarget:
    """Dearer by 1 % an hour while more come than on a usual day so far, else cheaper."""

    def begin(self, market: Priced) -> Floats:
        self.rules = market.rules
        self.lately, self.usual = np.zeros((2, market.rules.tracks))
        return np.full(market.rules.tracks, market.rules.p0)

    def step(self, feed: Feed) -> Floats:
        self.lately += (feed.quotes - self.lately) / DAY
        self.usual += (feed.quotes - self.usual) / min(feed.t + 1, 7 * DAY)
        up = np.where(self.lately > self.usual, 1.01, 1 / 1.01)
        price = np.where(feed.quotes > 0, feed.price * up, feed.price)
        return np.asarray(np.clip(price, self.rules.floor, self.rules.cap))


class TwoPrices:
    """A fortnight at 10 % below and above in turn, day by day; then on from the better of both."""

    def begin(self, market: Priced) -> Floats:
        self.rules = market.rules
        self.middle = np.full(market.rules.tracks, market.rules.p0)
        self.quotes, self.earned = np.zeros((2, 2, market.rules.tracks))
        return np.asarray(0.9 * self.middle)

    def step(self, feed: Feed) -> Floats:
        arm = feed.t // DAY % 2
        self.quotes[arm] += feed.quotes
        self.earned[arm] += feed.accepts * feed.price
        if feed.t % (14 * DAY) == 14 * DAY - 1:
            low, high = self.earned / np.maximum(self.quotes, 1.0)
            better = np.where(high > low, 1.1, np.where(high < low, 0.9, 1.0))
            self.middle = np.clip(self.middle * better, self.rules.floor, self.rules.cap)
            self.quotes, self.earned = np.zeros((2, 2, self.rules.tracks))
        price = self.middle * (0.9, 1.1)[(feed.t + 1) // DAY % 2]
        return np.asarray(np.clip(price, self.rules.floor, self.rules.cap))


class Regression:
    """Each track alone: acceptance on log price by ridge regression, its best price by day +- 5 %.

    A line a - b ln p earns most at ln p = a / b - 1.
    """

    def begin(self, market: Priced) -> Floats:
        n = market.rules.tracks
        self.rules, self.rng = market.rules, np.random.default_rng(market.seed + 3)
        self.moments = np.tile(np.diag([5.0, 5.0])[:, :, None], n)
        self.target = np.tile(np.array([0.5, -0.5])[:, None] * 5.0, n)
        return np.full(n, market.rules.p0)

    def step(self, feed: Feed) -> Floats:
        x = np.stack([np.ones(len(feed.price)), np.log(feed.price / self.rules.p0)])
        self.moments += feed.quotes * x[:, None] * x[None, :]
        self.target += feed.accepts * x
        if feed.t % DAY != DAY - 1:
            return feed.price
        (a, b), (_, c) = self.moments
        level, slope = np.array([c, a]) * self.target - b * self.target[::-1]
        steep = np.maximum(-slope, 1e-9)  # the determinant cancels in their ratio
        best = np.exp(np.clip(level / steep - 1.0, -1.5, 1.5)) * self.rules.p0
        tried = best * self.rng.choice([0.95, 1.05], len(best))
        return np.asarray(np.clip(tried, self.rules.floor, self.rules.cap))


class AcceptanceTarget:
    """Each track moves 1 % an hour up or down to keep 37 % of its last listeners accepting."""

    def begin(self, market: Priced) -> Floats:
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

    def begin(self, market: Priced) -> Floats:
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
        if feed.t % DAY == DAY - 1:
            self.arm = np.argmax(self.rng.beta(self.yes, self.no) * self.grid, axis=1)
        return np.asarray(self.grid[self.arm])


POLICIES: dict[str, Callable[[], Policy]] = {
    "fixed price": Fixed,
    "best single price": BestSingle,
    "volume target": VolumeTarget,
    "two-price experiment": TwoPrices,
    "per-track regression": Regression,
    "acceptance target": AcceptanceTarget,
    "Thompson sampling": Thompson,
    "Refrain": Refrain,
}
