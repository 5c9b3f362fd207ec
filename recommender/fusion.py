"""One score from several: each scorer is z-scored over the listener's own candidates, then
weighted.
"""

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


class Told(Protocol):
    """What a scorer says to one listener."""

    def at(self, positions: NDArray[np.int64]) -> Floats:
        """The raw scores of `positions` (p,)."""

    def parts(self, targets: NDArray[np.int64]) -> Floats:
        """What each own item that the scorer knows adds to each target's, (t, k)."""


@dataclass(frozen=True, slots=True)
class Part:
    """One scorer's say: its `weight`, what it says, the mean and deviation of that over items."""

    weight: float
    told: Told
    mean: float
    deviation: float

    @property
    def gain(self) -> np.float32:
        """What one unit of raw score adds to the fused score."""
        return np.float32(self.weight / self.deviation)

    def z(self, positions: NDArray[np.int64]) -> Floats:
        """The z-scores of `positions`."""
        return (self.told.at(positions) - np.float32(self.mean)) / np.float32(self.deviation)


FLAT = 1e-9  # a scorer that says the same of every item says nothing
FLAT_SHARE = 1e-6  # of the mean: what float32 leaves of it
CANCELLED = 0.01  # of the squared mean: less is no difference of squares in float32


def spread(scores: Floats, n_items: int | None = None) -> tuple[float, float]:
    """Mean and standard deviation of `n_items` scores, 0 each that `scores` lacks; the latter is 0
    for a flat or empty array.
    """
    n_items = n_items or scores.size
    if not n_items:
        return 0.0, 0.0
    mean = float(scores.sum()) / n_items
    variance = float(scores @ scores) / n_items - mean**2
    if variance < CANCELLED * mean**2:
        centred = scores - np.float32(mean)
        beyond = (n_items - scores.size) * mean**2
        variance = (float(centred @ centred) + beyond) / n_items
    deviation = math.sqrt(variance)
    rounding = FLAT + FLAT_SHARE * abs(mean)
    return mean, deviation if deviation > rounding else 0.0


def z_scored(scores: Floats) -> Floats:
    """(scores - mean) / deviation, or zeros where there is no deviation."""
    mean, deviation = spread(scores)
    if deviation == 0.0:
        return np.zeros_like(scores)
    return np.asarray((scores - np.float32(mean)) / np.float32(deviation), dtype=np.float32)


def z_scored_rows(scores: Floats) -> Floats:
    """`z_scored` for each row of `scores` (b, n)."""
    mean, deviation = scores.mean(axis=1, keepdims=True), scores.std(axis=1, keepdims=True)
    z_scores = (scores - mean) / np.where(deviation > FLAT, deviation, np.float32(np.inf))
    return np.asarray(z_scores, dtype=np.float32)


@dataclass(frozen=True, slots=True)
class ProductSpread:
    """Mean and deviation of the products u'y with items y, without a look at them: u'mean(y) and
    the root of u'cov(y)u, from `mean` (f,) and `covariance` (f, f) of the items.
    """

    mean: Floats
    covariance: Floats

    @classmethod
    def over(cls, items: Floats) -> "ProductSpread":
        """Of rows (n, f)."""
        mean = np.asarray(items.mean(axis=0, dtype=np.float64), dtype=np.float32)
        centred = items - mean
        return cls(mean, np.asarray(centred.T @ centred / np.float32(len(items))))

    def of(self, listeners: Floats) -> tuple[Floats, Floats]:
        """Means and deviations (b,) for vectors (b, f)."""
        mean = listeners @ self.mean
        variance = ((listeners @ self.covariance) * listeners).sum(axis=1)
        return mean, felt(mean, np.sqrt(np.maximum(variance, 0)))


def felt(mean: Floats, deviation: Floats) -> Floats:
    """Deviations (b,) but for those that are rounding, which are 0."""
    rounding = FLAT + FLAT_SHARE * np.abs(mean)
    return np.where(deviation > rounding, deviation, 0).astype(np.float32)
