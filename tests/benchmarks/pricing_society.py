"""A market that is not plain: mixed audiences, memory, moods, fashions, releases, crowds, fraud.

Written to judge pricing policies by what listeners do, without a thought to how a policy works.
Listeners compare a price with the one they remember and resent a rise more than they welcome a
fall; they come back less where it is dear. Books are kept by expectation, so luck is not compared.
"""

import copy
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tests.benchmarks.pricing_curves import GRID, looked_up
from tests.benchmarks.pricing_market import Feed, Floats, Policy
from tests.benchmarks.pricing_world import DAY, SocietyRules, World

SCALES = (0.94, 0.97, 1.0, 1.03, 1.06)
REMEMBERED_HOURS = 4 * DAY
DEAR_HOURS = 7 * DAY


@dataclass(frozen=True)
class Verdict:
    """Shares of the limited clairvoyant's, of the unlimited one's, and what must stay small.

    shift: largest, in log, of an attacked price after a day of attack. movement: in log a day.
    """

    revenue: float
    small: float
    releases: float
    worst_genre: float
    surplus: float
    of_unlimited: float
    movement: float
    shift: float
    violations: float


@dataclass
class Books:
    """Revenue and surplus by track, (n,); movement a day, attackers' shift and broken limits."""

    revenue: Floats
    surplus: Floats
    movement: float = 0.0
    shift: float = 0.0
    violations: int = 0


@dataclass
class Minds:
    """What listeners carry from hour to hour about each track, (n,).

    remembered: log price they are used to. dear: how far above the fair one it has lately been.
    """

    remembered: Floats
    dear: Floats


@dataclass
class Twin:
    """The same policy from the same hour on, with the same listeners and no attack."""

    policy: Policy
    price: Floats
    until: int


class Society:
    """A world and its listeners."""

    def __init__(self, rules: SocietyRules, seed: int) -> None:
        self.rules, self.seed = rules, seed
        self.world = World(rules, seed)
        self.genre = self.world.genre
        returning = self.world.return_track + self.world.return_genre
        self.fair = self.world.audiences.best(returning)[self.genre] + self.world.level

    def judged(self, policy: Policy) -> Verdict:
        """A run of `policy` beside both clairvoyants."""
        books, best = self.run(policy), self.best_known()
        unlimited = self.clairvoyant(limited=False).revenue.sum()
        genres = [np.flatnonzero(self.genre == g) for g in range(self.rules.genres)]

        def share(of: NDArray[np.bool_] | NDArray[np.int64]) -> float:
            return float(books.revenue[of].sum() / best.revenue[of].sum())

        return Verdict(
            revenue=float(books.revenue.sum() / best.revenue.sum()),
            small=share(self.world.small()),
            releases=share(self.world.released > 0),
            worst_genre=min(share(rows) for rows in genres if len(rows)),
            surplus=float(books.surplus.sum() / best.surplus.sum()),
            of_unlimited=float(books.revenue.sum() / unlimited),
            movement=books.movement,
            shift=books.shift,
            violations=books.violations,
        )

    def run(self, policy: Policy) -> Books:
        """All hours under `policy`; its answers are checked against every limit."""
        rng = np.random.default_rng([self.seed, 8])
        path, twin = [policy.begin(self)], None
        books, minds = self._opened(path[0])
        first = np.full(self.rules.tracks, -1)
        for t in range(self.rules.days * DAY):
            price = path[-1]
            accept = self._lived(t, price, minds, books)
            honest = self._heard(t, price, minds, accept, rng)
            fed = self._attacked(honest, rng)
            first = np.where((first < 0) & (fed.quotes > 0), t, first)
            if self.world.fakes[t].any() and not self.world.fakes[t - 1].any():
                twin = Twin(copy.deepcopy(policy), price, t + DAY - 1)
            path.append(policy.step(fed))
            if twin is not None:
                twin = self._followed(twin, honest, path[-1], books)
            books.violations += self._broken(path, first, t, honest.active)
            moved = self.world.rate[t] * np.abs(np.log(path[-1] / price))
            books.movement += float(moved.sum() / self.world.rate.sum()) * DAY
        return books

    def clairvoyant(self, scale: float = 1.0, limited: bool = True) -> Books:
        """Books of who knows all tastes: the best lasting price by numbers, `scale` times.

        `limited` keeps to a policy's limits, from p0 on; else prices jump where they should.
        """
        r = self.rules
        aim = np.clip(self.fair + np.log(scale), np.log(r.floor), np.log(r.cap))
        now = np.full(r.tracks, np.log(r.p0)) if limited else aim[0].copy()
        books, minds = self._opened(np.exp(now))
        for t in range(r.days * DAY):
            self._lived(t, np.exp(now), minds, books)
            way = aim[min(t // DAY + 1, r.days - 1)] - now
            step = self._free(t, t - self.world.released) if limited else np.inf
            now = now + np.clip(way, -step, step)
        return books

    def best_known(self) -> Books:
        """The limited clairvoyant at the best of several scales of its prices."""
        tried = [self.clairvoyant(scale) for scale in SCALES]
        return max(tried, key=lambda books: float(books.revenue.sum()))

    def single(self) -> float:
        """The best one price for all, by the first day's tastes."""
        usual, tables = self.world.rate.mean(axis=0), self.world.audiences.accept
        shares = [looked_up(tables, self.genre, p - self.world.level[0]) for p in GRID]
        earned = [float(np.exp(p) * usual @ share) for p, share in zip(GRID, shares, strict=True)]
        best = float(np.exp(GRID[int(np.argmax(earned))]))
        return min(max(best, self.rules.floor), self.rules.cap)

    def _opened(self, price: Floats) -> tuple[Books, Minds]:
        n = self.rules.tracks
        return Books(np.zeros(n), np.zeros(n)), Minds(np.log(price), np.zeros(n))

    def _visits(self, t: int, minds: Minds) -> Floats:
        """Expected visits (n,) of hour t, fewer where it has been dear."""
        world, size = self.world, self.rules.genres
        usual = np.bincount(self.genre, world.rate[t] * minds.dear, size)
        total = np.maximum(np.bincount(self.genre, world.rate[t], size), 1e-12)
        climate = (usual / total)[self.genre]
        away = world.return_track * minds.dear + world.return_genre * climate
        return np.asarray(world.rate[t] * np.exp(-away))

    def _lived(self, t: int, price: Floats, minds: Minds, books: Books) -> Floats:
        """Share (n,) who accept in hour t, entered in the books; minds move on."""
        world, x, visits = self.world, np.log(price), self._visits(t, minds)
        change = x - minds.remembered
        felt = x + np.where(change > 0, world.loss, world.gain) * change
        level = world.level[t // DAY] + world.mood[t]
        accept = looked_up(world.audiences.accept, self.genre, felt - level)
        kept = looked_up(world.audiences.surplus, self.genre, felt - level)
        books.revenue += visits * price * accept
        books.surplus += visits * kept * np.exp(level)
        out = world.released <= t
        minds.remembered = np.where(out, minds.remembered + change / REMEMBERED_HOURS, x)
        dearer = (x - self.fair[t // DAY] - minds.dear) / DEAR_HOURS
        minds.dear = np.where(out, minds.dear + dearer, 0.0)
        return accept

    def _heard(
        self, t: int, price: Floats, minds: Minds, accept: Floats, rng: np.random.Generator
    ) -> Feed:
        """What honest listeners answer."""
        visits = rng.poisson(self._visits(t, minds))
        accepts = rng.binomial(visits, accept).astype(float)
        age = t - self.world.released
        return Feed(t, age, age >= 0, price, visits.astype(float), accepts)

    def _attacked(self, feed: Feed, rng: np.random.Generator) -> Feed:
        """The same with what is feigned."""
        fakes = self.world.fakes[feed.t]
        feigned = rng.poisson(np.abs(fakes) * self.world.rate[feed.t]).astype(float)
        accepts = feed.accepts + np.where(fakes > 0, feigned, 0.0)
        return Feed(feed.t, feed.age, feed.active, feed.price, feed.quotes + feigned, accepts)

    def _followed(self, twin: Twin, honest: Feed, price: Floats, books: Books) -> Twin | None:
        """The twin an hour on; at the end of its day, how far it is from the attacked `price`."""
        t, counts = honest.t, (honest.quotes, honest.accepts)
        twin.price = twin.policy.step(Feed(t, honest.age, honest.active, twin.price, *counts))
        if t < twin.until:
            return twin
        apart = np.abs(np.log(price / twin.price))[self.world.fakes[t] != 0]
        books.shift = max(books.shift, float(apart.max(initial=0.0)))
        return None

    def _free(self, t: int, age: Floats) -> Floats:
        """How far in log (n,) the clairvoyant may move after hour t."""
        hourly = np.where(age < 72, np.log1p(self.rules.max_step), 0.0)
        daily = np.where((age >= 72) & (t % DAY == DAY - 1), np.log(1.03), hourly)
        return np.where(age < 0, np.inf, daily)

    def _broken(
        self, path: list[Floats], first: NDArray[np.int64], t: int, active: NDArray[np.bool_]
    ) -> int:
        """How many of the last prices break a limit, counted once."""
        r, wide, price = self.rules, 1 + 1e-9, path[-1]
        wrong = (price < r.floor / wide) | (price > r.cap * wide)
        wrong |= np.abs(price / r.tick - np.rint(price / r.tick)) > 1e-6
        wrong |= active & (_factor(price, path[-2]) > (1 + r.max_step) * wide)
        if t >= 72:
            mature = (first >= 0) & (t - first >= 72)
            wrong |= mature & (_factor(price, path[-1 - DAY]) > 1.03 * wide)
        return int(wrong.sum())


def _factor(a: Floats, b: Floats) -> Floats:
    return np.maximum(a / b, b / a)
