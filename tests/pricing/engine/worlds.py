"""Small markets to drive an engine through: listeners who accept by a known curve."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from marketplace.pricing.engine import Engine, Settings

Floats = NDArray[np.float64]

USUAL = Settings(floor=0.1, cap=6.0, p0=1.0, max_step=0.05, tick=0.01, seed=7)


@dataclass(frozen=True)
class Step:
    """The arguments of one engine step, by their names."""

    t: int
    hour: int
    dow: int
    age: Floats
    active: NDArray[np.bool_]
    price: Floats
    quotes: Floats
    accepts: Floats

    def feed(self, engine: Engine) -> Floats:
        return engine.step(**vars(self))


def hour(t: int, price: Floats, quotes: object, accepts: object) -> Step:
    """An hour in which all tracks are out and on sale."""
    n = len(price)
    asked = np.broadcast_to(np.asarray(quotes, float), n).copy()
    taken = np.broadcast_to(np.asarray(accepts, float), n).copy()
    return Step(t, t % 24, t // 24 % 7, np.full(n, float(t)), np.ones(n, bool), price, asked, taken)


def listen(
    engine: Engine,
    theta: object,
    hours: range,
    quotes: float = 5.0,
    seed: int = 0,
    power: float = 1.0,
) -> Floats:
    """Prices (len(hours) + 1, n) while listeners accept p with exp(-(p / theta)^power)."""
    rng = np.random.default_rng(seed)
    path = [engine.price()]
    for t in hours:
        price = path[-1]
        asked = rng.poisson(quotes, len(price))
        share = np.exp(-((price / np.asarray(theta, float)) ** power))
        path.append(hour(t, price, asked, rng.binomial(asked, share)).feed(engine))
    return np.array(path)


def wild(rng: np.random.Generator, t: int, price: Floats) -> Step:
    """An hour of anything: bursts, silence, all or nothing accepted, tracks off sale or not out."""
    n = len(price)
    asked = rng.poisson(rng.choice([0.0, 0.3, 5.0, 400.0], n))
    taken = rng.binomial(asked, rng.choice([0.0, 0.2, 0.5, 1.0], n))
    age = np.where(rng.random(n) < 0.8, 100.0, -5.0)
    active = (age >= 0) & (rng.random(n) < 0.95)
    return Step(
        t, t % 24, t // 24 % 7, age, active, price, asked.astype(float), taken.astype(float)
    )
