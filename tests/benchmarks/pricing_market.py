"""A plain market to hold pricing policies against: one kind of listener, a known best price.

Each track's listeners accept a price p with probability exp(-p / theta) (or a logit curve); quotes
arrive by Poisson at popularity that is long-tailed over tracks. The clairvoyant knows theta and
takes the closed-form optimum. It knows nothing of how any policy works.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Policy(Protocol):
    """What prices a market: begin(market) -> first prices, step(feed) -> the next ones."""

    def begin(self, market: "Priced") -> Floats: ...

    def step(self, feed: "Feed") -> Floats: ...


class Priced(Protocol):
    """What a policy may know of a market beforehand; `single` is for a clairvoyant one."""

    seed: int
    genre: NDArray[np.int64]

    @property
    def rules(self) -> "Limits": ...

    def single(self) -> float: ...


@dataclass(frozen=True)
class Feed:
    """One hour as a policy sees it; arrays (n,)."""

    t: int
    age: Floats
    active: NDArray[np.bool_]
    price: Floats
    quotes: Floats
    accepts: Floats


@dataclass(frozen=True)
class Limits:
    """Size of a market, and what its prices must keep to."""

    tracks: int = 200
    genres: int = 5
    days: int = 60
    quotes_a_day: float = 40.0
    floor: float = 0.2
    cap: float = 5.0
    p0: float = 1.0
    tick: float = 0.01
    max_step: float = 0.05


@dataclass(frozen=True)
class Rules(Limits):
    """What may differ between markets.

    curve: exponential or logit. shock: relative change of all theta at half-time. fakes: false
    observations, all accepted, per true one, on a tenth of the tracks in the third quarter.
    memory: by how much acceptance resents a price above the one remembered (0: not at all).
    """

    curve: str = "exponential"
    shock: float = 0.0
    fakes: float = 0.0
    memory: float = 0.0


@dataclass(frozen=True)
class Outcome:
    """Shares of the clairvoyant's: revenue, surplus, worst genre; log movement a day."""

    revenue: float
    late_revenue: float
    small: float
    worst_genre: float
    surplus: float
    movement: float


class Market:
    """One drawn market; `run` plays a policy through it, against expected revenue."""

    def __init__(self, rules: Rules, seed: int) -> None:
        self.rules = rules
        self.seed = seed
        rng = np.random.default_rng(seed)
        n = rules.tracks
        self.genre = rng.integers(0, rules.genres, n)
        level = rng.normal(np.log(1.3), 0.3, rules.genres)
        self.theta = np.exp(level[self.genre] + rng.normal(0.0, 0.25, n))
        popularity = rng.lognormal(0.0, 1.2, n)
        self.rate = popularity / popularity.mean() * rules.quotes_a_day / 24.0
        self.attacked = rng.random(n) < 0.1

    def taste(self, t: int) -> Floats:
        """Theta (n,) at hour t."""
        late = t >= self.rules.days * 12
        return self.theta * (1.0 + self.rules.shock if late else 1.0)

    def acceptance(self, price: Floats, theta: Floats) -> Floats:
        """Share of listeners (n,) who accept."""
        if self.rules.curve == "logit":
            return np.asarray(1.0 / (1.0 + np.exp(3.0 * (price / theta - 1.0))))
        return np.asarray(np.exp(-price / theta))

    def best(self, theta: Floats) -> Floats:
        """The clairvoyant's prices: theta, or 1 + W(e^2) thirds of it under the logit curve."""
        factor = (1.0 + 1.5571455989976114) / 3.0 if self.rules.curve == "logit" else 1.0
        return np.clip(factor * theta, self.rules.floor, self.rules.cap)

    def single(self) -> float:
        """The best one price for all tracks."""
        grid = np.linspace(self.rules.floor, self.rules.cap, 481)
        share = self.acceptance(grid[:, None], self.theta)
        return float(grid[np.argmax(grid * (self.rate * share).sum(axis=1))])

    def surplus(self, price: Floats, theta: Floats) -> Floats:
        """Listeners' surplus per quote (n,): the area under the curve above the price."""
        if self.rules.curve == "logit":
            return np.asarray(theta / 3.0 * np.log1p(np.exp(-3.0 * (price / theta - 1.0))))
        return np.asarray(theta * np.exp(-price / theta))

    def run(self, policy: Policy) -> Outcome:
        """Plays all hours; expected revenue and surplus are compared, so luck is not."""
        rng = np.random.default_rng(self.seed + 1)
        hours = self.rules.days * 24
        price = policy.begin(self)
        remembered = price.copy()
        won = np.zeros((2, hours, self.rules.tracks))
        surplus, moved = np.zeros(2), 0.0
        for t in range(hours):
            theta, best = self.taste(t), self.best(self.taste(t))
            resent = np.exp(-self.rules.memory * np.maximum(np.log(price / remembered), 0.0))
            accept = self.acceptance(price, theta) * resent
            quotes = rng.poisson(self.rate * self._daytime(t)).astype(float)
            accepts = rng.binomial(quotes.astype(int), accept).astype(float)
            won[0, t] = self.rate * price * accept
            won[1, t] = self.rate * best * self.acceptance(best, theta)
            surplus += [
                float((self.rate * self.surplus(price, theta) * resent).sum()),
                float((self.rate * self.surplus(best, theta)).sum()),
            ]
            feed = self._fed(t, price, quotes, accepts, rng)
            answer = policy.step(feed)
            moved += float((self.rate * np.abs(np.log(answer / price))).sum())
            remembered *= np.exp(np.log(price / remembered) / 72.0)
            price = answer
        return self._outcome(won, surplus, moved / self.rate.sum() / self.rules.days)

    def _daytime(self, t: int) -> float:
        return 1.0 + 0.6 * float(np.sin(2 * np.pi * (t - 10) / 24))

    def _fed(
        self, t: int, price: Floats, quotes: Floats, accepts: Floats, rng: np.random.Generator
    ) -> Feed:
        n = self.rules.tracks
        quarter = t // (self.rules.days * 6)
        if self.rules.fakes and quarter == 2:
            fakes = self.attacked * rng.poisson(self.rules.fakes * self.rate)
            quotes, accepts = quotes + fakes, accepts + fakes
        return Feed(t, np.full(n, t + 1.0), np.ones(n, bool), price, quotes, accepts)

    def _outcome(self, won: Floats, surplus: Floats, movement: float) -> Outcome:
        mine, best = won
        small = self.rate <= np.median(self.rate)
        late = len(mine) // 4
        genres = [
            mine[:, self.genre == g].sum() / best[:, self.genre == g].sum()
            for g in np.unique(self.genre)
        ]
        return Outcome(
            revenue=float(mine.sum() / best.sum()),
            late_revenue=float(mine[-late:].sum() / best[-late:].sum()),
            small=float(mine[:, small].sum() / best[:, small].sum()),
            worst_genre=float(min(genres)),
            surplus=float(surplus[0] / surplus[1]),
            movement=movement,
        )
