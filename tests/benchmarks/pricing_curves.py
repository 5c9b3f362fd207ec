"""Willingness to pay of audiences made of several kinds of listener, as tables over price.

A listener's limit is spread around the middle one's by a family of curves; an audience mixes
segments (who think of prices as students, regulars and fans do), some of whom leave whatever the
price. Elasticity rises with price within each segment, as it need not in their sum.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

Floats = NDArray[np.float64]
Curve = Callable[[Floats, float], Floats]

FAMILIES: dict[str, tuple[Curve, tuple[float, float]]] = {
    "lognormal": (lambda q, s: np.asarray(ndtr(-np.log(q) / s)), (0.45, 0.8)),
    "logit": (lambda q, k: 1.0 / (1.0 + np.exp(np.minimum(k * (q - 1.0), 50.0))), (2.0, 5.0)),
    "weibull": (lambda q, k: np.exp(-np.log(2.0) * q**k), (0.9, 2.0)),
    "linear": (lambda q, w: np.clip((1.0 + w - q) / (2.0 * w), 0.0, 1.0), (0.7, 1.0)),
}
"""Share who accept at q middle limits, and between which values its parameter is drawn."""
SEGMENTS = np.array([0.55, 1.0, 1.7])
GRID = np.linspace(np.log(0.02), np.log(30.0), 1200)


@dataclass(frozen=True)
class Audiences:
    """Tables (g, 1200) by genre over GRID, the log of price in units of a track's level.

    accept: share; surplus: area under it above that price, in the same units.
    """

    accept: Floats
    surplus: Floats

    @classmethod
    def drawn(cls, families: list[str], rng: np.random.Generator) -> "Audiences":
        """One audience for each name in `families` (g,)."""
        q, rows = np.exp(GRID), []
        for name in families:
            curve, (low, high) = FAMILIES[name]
            weights = rng.dirichlet([4.0, 8.0, 3.0])
            shape, leaves = rng.uniform(low, high), rng.uniform(0.02, 0.15)
            mixed = sum(w * curve(q / s, shape) for w, s in zip(weights, SEGMENTS, strict=True))
            rows.append((1.0 - leaves) * np.asarray(mixed))
        accept = np.array(rows)
        slices = 0.5 * (accept[:, 1:] + accept[:, :-1]) * np.diff(q)
        above = np.cumsum(slices[:, ::-1], axis=1)[:, ::-1]
        return cls(accept, np.pad(above, ((0, 0), (0, 1))))

    def best(self, returning: float) -> Floats:
        """Log of the price (g,) of highest lasting revenue, where visits fall as p^-returning."""
        worth = (1.0 - returning) * GRID + np.log(np.maximum(self.accept, 1e-12))
        return np.asarray(GRID[np.argmax(worth, axis=1)])


def looked_up(table: Floats, genre: NDArray[np.int64], at: Floats) -> Floats:
    """Values (n,) of `table` (g, 1200) for tracks of `genre` (n,) at log prices `at` (n,)."""
    place = np.clip((at - GRID[0]) / (GRID[1] - GRID[0]), 0.0, len(GRID) - 1.001)
    left = place.astype(np.int64)
    part = place - left
    return np.asarray(table[genre, left] * (1.0 - part) + table[genre, left + 1] * part)
