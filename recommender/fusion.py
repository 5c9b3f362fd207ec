"""One score from several: each scorer is z-scored over the listener's own candidates, then
weighted.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Part:
    """One scorer's say: its `weight`, its raw `scores` (m,) of the first items, 0 for those beyond,
    and the mean and deviation of all.
    """

    weight: float
    scores: Floats
    mean: float
    deviation: float

    @property
    def gain(self) -> np.float32:
        """What one unit of raw score adds to the fused score."""
        return np.float32(self.weight / self.deviation)

    def z(self, positions: NDArray[np.int64]) -> Floats:
        """The z-scores of `positions`."""
        return self._centred(positions) / np.float32(self.deviation)

    def weighed(self, positions: NDArray[np.int64]) -> Floats:
        """What the part adds to the fused scores of `positions`."""
        return self.gain * self._centred(positions)

    def _centred(self, positions: NDArray[np.int64]) -> Floats:
        raw = self.scores.take(positions, mode="clip")
        raw[positions >= self.scores.size] = 0
        return raw - np.float32(self.mean)


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


def blend(parts: Mapping[str, Part], n_items: int) -> Floats:
    """Fused scores (n_items,): the weighted z-scores added up; zeros without parts."""
    fused = np.zeros(n_items, dtype=np.float32)
    for part in parts.values():
        if part.weight:
            fused[: part.scores.size] += part.gain * part.scores
    fused -= np.float32(sum(float(part.gain) * part.mean for part in parts.values()))
    return fused
