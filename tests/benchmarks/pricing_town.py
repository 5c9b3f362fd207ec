"""A market written with another eye: whose listeners change with the hour, and who lie for weeks.

Three crowds share a town, each with limits spread normally around its own. Who is up depends on
hour and weekday, so acceptance of one price breathes through the week. Tastes return to where they
were (Ornstein, Uhlenbeck), songs come out on any day, and attackers drip a few answers at a time or
refuse what they never meant to hear. Nobody stays away for a price; rises are resented for a while.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from tests.benchmarks.pricing_market import Feed, Floats, Limits, Outcome, Policy

DAY, WEEK = 24, 168
MIDDLE = np.array([0.6, 1.0, 1.6])
PEAK = np.array([23.0, 8.0, 19.0])
USED = 2.5 * DAY
GRID = np.geomspace(0.15, 4.0, 400)


@dataclass(frozen=True)
class TownRules(Limits):
    """What may differ between towns. drip: feigned answers for each true one, for three weeks."""

    tracks: int = 300
    genres: int = 6
    days: int = 49
    quotes_a_day: float = 30.0
    cap: float = 6.0
    drip: float = 0.4
    resent: float = 0.5


class Town:
    """One drawn town; books are kept by expectation, so luck is not compared."""

    def __init__(self, rules: TownRules, seed: int) -> None:
        self.rules, self.seed = rules, seed
        rng = np.random.default_rng([seed, 11])
        n, g = rules.tracks, rules.genres
        self.genre: NDArray[np.int64] = rng.integers(0, g, n)
        self.spread = rng.uniform(0.25, 0.6, (g, 3))
        self.crowd = self._crowds(rng)
        self.level = self._levels(rng)
        late = rng.random(n) < 0.35
        self.released = np.where(late, rng.integers(5, rules.days - 10, n) * DAY, 0)
        fame = 1.0 / (1.0 + rng.permutation(n)) ** 0.8
        self.usual = fame / fame.mean() * rules.quotes_a_day / DAY
        self.daytime = 1.0 + 0.5 * np.sin(2 * np.pi * (np.arange(WEEK) - 12) / DAY)
        self.daytime[5 * DAY :] *= 1.2
        self.liars = rng.choice([0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, -1.0], n)
        self.best = self._best()

    def single(self) -> float:
        """The best one price for all, by the middle song's tastes."""
        return float(np.exp(np.average(self.best.mean(axis=0), weights=self.usual)))

    def run(self, policy: Policy) -> Outcome:
        """All hours under `policy`, in shares of who knows all and keeps the same limits."""
        r, rng = self.rules, np.random.default_rng([self.seed, 12])
        price, best = policy.begin(self), np.full(r.tracks, np.log(r.p0))
        minds = [np.log(price), best.copy()]
        won, kept, moved = np.zeros((2, r.days, r.tracks)), np.zeros(2), 0.0
        for t in range(r.days * DAY):
            rate = self._rate(t)
            for who, x in enumerate((np.log(price), best)):
                share, surplus = self._answers(t, x, minds[who])
                won[who, t // DAY] += rate * np.exp(x) * share
                kept[who] += float(rate @ surplus)
                minds[who] += np.where(self.released <= t, 1.0 / USED, 1.0) * (x - minds[who])
                if who == 0:
                    feed = self._heard(t, price, rate, share, rng)
            answer = policy.step(feed)
            moved += float(rate @ np.abs(np.log(answer / price)))
            price, best = answer, self._known(t, best)
        return self._outcome(won, kept, moved / self.usual.sum() / r.days)

    def _crowds(self, rng: np.random.Generator) -> Floats:
        """Part (168, g, 3) of each crowd in a genre's audience, by hour of the week."""
        hour = np.arange(WEEK)
        usual = rng.normal(0.0, 0.4, (self.rules.genres, 3)) + np.array([0.2, 0.6, 0.0])
        awake = 0.35 * np.cos(2 * np.pi * (hour[:, None] - PEAK) / DAY)
        awake[5 * DAY :, 0] += 0.25
        weight = np.exp(usual + awake[:, None])
        return np.asarray(weight / weight.sum(axis=2, keepdims=True))

    def _levels(self, rng: np.random.Generator) -> Floats:
        """Log of what a song is worth (days, n), to its middle crowd: genre's mean and its own."""
        r = self.rules
        genre = rng.normal(np.log(1.6), 0.3, r.genres)
        genre = genre + _wandering(rng, r.days, r.genres, 0.10, 12.0)
        own = rng.normal(0.0, 0.3, r.tracks) + _wandering(rng, r.days, r.tracks, 0.06, 20.0)
        return np.asarray(genre[:, self.genre] + own)

    def _best(self) -> Floats:
        """Log price (days, n) that earns most over a week of the day's tastes."""
        share = np.stack(
            [self._share(self.crowd.mean(axis=0), self.spread, q)[0] for q in GRID], axis=1
        )
        q = np.log(GRID[np.argmax(GRID * share, axis=1)])
        r = self.rules
        aim = q[self.genre] + self.level
        return np.asarray(np.clip(aim, np.log(r.floor), np.log(r.cap)))

    def _share(self, crowd: Floats, spread: Floats, q: Floats | float) -> tuple[Floats, Floats]:
        """Who accept (k,) at q middle limits, and their surplus in the same units."""
        width = spread * MIDDLE
        z = (MIDDLE - np.asarray(q)[..., None]) / width
        density = np.exp(-0.5 * z * z) / np.sqrt(2 * np.pi)
        return (crowd * ndtr(z)).sum(-1), (crowd * width * (z * ndtr(z) + density)).sum(-1)

    def _answers(self, t: int, x: Floats, mind: Floats) -> tuple[Floats, Floats]:
        level = self.level[t // DAY]
        felt = x + self.rules.resent * np.maximum(x - mind, 0.0)
        crowd = self.crowd[t % WEEK][self.genre]
        share, surplus = self._share(crowd, self.spread[self.genre], np.exp(felt - level))
        return share, surplus * np.exp(level)

    def _rate(self, t: int) -> Floats:
        return np.asarray(self.usual * self.daytime[t % WEEK] * (self.released <= t))

    def _heard(
        self, t: int, price: Floats, rate: Floats, share: Floats, rng: np.random.Generator
    ) -> Feed:
        """What true listeners answer, and in three of the weeks what is feigned."""
        quotes = rng.poisson(rate)
        accepts = rng.binomial(quotes, share)
        lying = 20 <= t // DAY < 41
        fakes = rng.poisson(self.rules.drip * rate * np.abs(self.liars)) * lying
        age = t - self.released
        taken = accepts + fakes * (self.liars > 0)
        return Feed(t, age, age >= 0, price, (quotes + fakes).astype(float), taken.astype(float))

    def _known(self, t: int, now: Floats) -> Floats:
        """Where the clairvoyant's log price goes after hour t, within a policy's limits."""
        day = min(t // DAY + 1, self.rules.days - 1)
        age = t - self.released
        daily = np.log(1.03) if t % DAY == DAY - 1 else 0.0
        step = np.where(age < 72, np.log1p(self.rules.max_step), daily)
        step = np.where(age < 0, np.inf, step)
        return np.asarray(now + np.clip(self.best[day] - now, -step, step))

    def _outcome(self, won: Floats, kept: Floats, movement: float) -> Outcome:
        mine, best = won
        small = self.usual <= np.median(self.usual)
        genres = [
            mine[:, self.genre == g].sum() / best[:, self.genre == g].sum()
            for g in np.unique(self.genre)
        ]
        late = len(mine) // 4
        return Outcome(
            revenue=float(mine.sum() / best.sum()),
            late_revenue=float(mine[-late:].sum() / best[-late:].sum()),
            small=float(mine[:, small].sum() / best[:, small].sum()),
            worst_genre=float(min(genres)),
            surplus=float(kept[0] / kept[1]),
            movement=movement,
        )


def _wandering(rng: np.random.Generator, days: int, k: int, sd: float, days_back: float) -> Floats:
    """k walks (days, k) about 0 of standard deviation `sd` that come back within `days_back`."""
    keep = np.exp(-1.0 / days_back)
    path = np.zeros((days, k))
    path[0] = rng.normal(0.0, sd, k)
    for day in range(1, days):
        path[day] = keep * path[day - 1] + rng.normal(0.0, sd * np.sqrt(1 - keep**2), k)
    return path
