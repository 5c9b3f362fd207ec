"""`python -m tests.benchmarks.pricing_attacks`: how far a day of feigned answers moves a price.

The society lives without attacks until a Friday's releases, and then a day twice: once with feigned
answers to one song of each genre, once without. Both draw the same luck, so what is apart at the
day's end is the attack's doing. In log: mean and largest over struck songs and seeds, and largest
among songs that nobody struck.
"""

import argparse
import copy
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom, poisson

from tests.benchmarks.pricing_market import Feed, Floats, Policy
from tests.benchmarks.pricing_policies import Refrain
from tests.benchmarks.pricing_society import Minds, Society
from tests.benchmarks.pricing_world import DAY, SocietyRules

Rows = NDArray[np.int64]

NONE = 1e-12
"""Fewest answers an hour that still have a Poisson law."""
FRIDAY = 4
SECOND_DAY = 22


@dataclass(frozen=True)
class Attack:
    """Feigned answers an hour: so many a visit and so many besides, or `once` in the first hour.

    Accepted, or refused where negative.
    """

    a_visit: float = 0.0
    besides: float = 0.0
    once: float = 0.0

    def feigned(self, hour: int, rate: Floats) -> Floats:
        """In an hour of the attack to songs of `rate` (k,) visits."""
        return self.a_visit * rate + self.besides + (self.once if hour == 0 else 0.0)


ATTACKS = {
    f"{count} {word}s {how}": Attack(**{field: sign * count})
    for count, how, field in (
        (5.0, "a visit", "a_visit"),
        (0.5, "a visit", "a_visit"),
        (200.0, "at once", "once"),
        (1.0, "an hour", "besides"),
    )
    for word, sign in (("accept", 1), ("decline", -1))
}


@dataclass(frozen=True)
class Life:
    """One of two lives of the same listeners."""

    policy: Policy
    price: Floats
    minds: Minds


class Struck(Society):
    """A society that nobody attacks, up to a Friday."""

    def __init__(self, rules: SocietyRules, seed: int) -> None:
        super().__init__(replace(rules, fakes=0.0), seed)
        self.start = FRIDAY * 7 * DAY - 2 * DAY
        policy = Refrain()
        price = policy.begin(self)
        self.books, minds = self._opened(price)
        self.life = Life(policy, price, minds)
        for t in range(self.start):
            self.life = self._hour(self.life, t)

    def songs(self) -> dict[str, Rows]:
        """One song of each genre, of those with fewer and with more visits than most."""
        age, rate = self.start - self.world.released, self.world.rate
        usual = rate[self.start : self.start + DAY].mean(axis=0)
        found = {}
        for name, which in {"released": age == 0, "established": age > 14 * DAY}.items():
            many = usual > np.median(usual[which])
            for part, rows in {"few": which & ~many, "many": which & many}.items():
                songs = np.flatnonzero(rows)
                genres = np.unique(self.genre[songs], return_index=True)[1]
                found[f"{name}, {part}"] = songs[genres]
        return found

    def apart(self, songs: Rows, attack: Attack, begin: int) -> Floats:
        """How far (n,) a day's attack on `songs`, from hour `begin` on, moves the log prices."""
        calm, struck = (copy.deepcopy(self.life) for _ in range(2))
        for hour in range(begin + DAY):
            t, fakes = self.start + hour, np.zeros(len(self.genre))
            if hour >= begin:
                fakes[songs] = attack.feigned(hour - begin, self.world.rate[t, songs])
            calm, struck = self._hour(calm, t), self._hour(struck, t, fakes)
        return np.asarray(np.log(struck.price / calm.price))

    def _hour(self, life: Life, t: int, fakes: Floats | float = 0.0) -> Life:
        """An hour of the luck that is its own in every life."""
        come, like, feign = np.random.default_rng([self.seed, 9, t]).random((3, len(self.genre)))
        expected = self._visits(t, life.minds)
        accept = self._lived(t, life.price, life.minds, self.books)
        visits = poisson.ppf(come, np.maximum(expected, NONE))
        feigned = poisson.ppf(feign, np.maximum(np.abs(fakes), NONE))
        accepts = binom.ppf(like, visits, accept) + np.where(np.greater(fakes, 0), feigned, 0.0)
        age = t - self.world.released
        feed = Feed(t, age, age >= 0, life.price, visits + feigned, accepts)
        return replace(life, price=life.policy.step(feed))


def main() -> None:
    """Prints one line for each kind of song and attack."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    options = parser.parse_args()
    seeds = range(options.first, options.first + options.seeds)
    societies = [Struck(SocietyRules(), seed) for seed in seeds]
    print(f"seeds {seeds.start} to {seeds.stop - 1}")
    print(_line("songs", "attack", ["from hour", "mean", "largest", "of others"]))
    for kind in societies[0].songs():
        for begin in (0, SECOND_DAY) if kind.startswith("released") else (0,):
            for name, attack in ATTACKS.items():
                figures = [f"{value:.3f}" for value in _shifts(societies, kind, attack, begin)]
                print(_line(kind, name, [str(begin), *figures]), flush=True)


def _shifts(societies: list[Struck], kind: str, attack: Attack, begin: int) -> list[float]:
    """Mean and largest shift of struck songs, and the largest of others."""
    own, others = [], []
    for society in societies:
        songs = society.songs()[kind]
        apart = np.abs(society.apart(songs, attack, begin))
        own.append(apart[songs])
        others.append(np.delete(apart, songs))
    struck = np.concatenate(own)
    return [float(struck.mean()), float(struck.max()), float(np.concatenate(others).max())]


def _line(songs: str, attack: str, cells: list[str]) -> str:
    return f"{songs:<18} {attack:<20} " + " ".join(f"{cell:>9}" for cell in cells)


if __name__ == "__main__":
    main()
