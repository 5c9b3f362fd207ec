"""What another policy would have earned, told from what one was shown and how likely that was.

Every impression carries its propensity, the chance the logging policy had of showing it, and the
chance another policy has of showing the same given the same listener and the same songs above.
Their ratio, the weight, makes the log speak for the other policy. Impressions of one listener are
not independent: all intervals are of sums by listener (cluster-robust, linearised for ratios).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.errors import DataError

Doubles = NDArray[np.float64]
Z = 1.959964  # of the normal, 95 % between its sides
CLIP = 20.0


@dataclass(frozen=True, slots=True)
class Estimate:
    """`value` of an impression with its 95 % interval, infinite for fewer than two listeners.

    `effective` is how many impressions of the target itself would tell as much (Kish 1965);
    `clipped` the share of impressions whose weight was cut to the limit, which biases towards 0.
    """

    value: float
    low: float
    high: float
    impressions: int
    listeners: int
    effective: float
    clipped: float


@dataclass(frozen=True)
class Log:
    """Impressions (n,): `rewards`, `propensities` above 0, `targets` the other policy's chances
    from 0, and `listeners`, any numbers that tell them apart.

    Raises:
        DataError: unequal lengths, or a propensity outside (0, 1]
    """

    rewards: Doubles
    propensities: Doubles
    targets: Doubles
    listeners: NDArray[np.int64]

    def __post_init__(self) -> None:
        sizes = {
            part.shape for part in (self.rewards, self.propensities, self.targets, self.listeners)
        }
        if len(sizes) != 1:
            raise DataError("Every impression needs a reward, two chances and a listener.")
        if self.rewards.size and not ((self.propensities > 0) & (self.propensities <= 1)).all():
            raise DataError("A propensity lies above 0 and not above 1.")

    def weights(self, clip: float) -> Doubles:
        """Of each impression (n,), cut to `clip`."""
        return np.minimum(self.targets / self.propensities, clip)


def logged(log: Log) -> Estimate:
    """What the logging policy itself earned."""
    ones = np.ones_like(log.rewards)
    return _estimate(log, log.rewards, ones, 0.0)


def ips(log: Log, clip: float = CLIP) -> Estimate:
    """Inverse propensity scoring (Horvitz and Thompson 1952): unbiased where nothing is clipped."""
    weights = log.weights(clip)
    return _estimate(log, weights * log.rewards, weights, _clipped(log, clip))


def self_normalised(log: Log, clip: float = CLIP) -> Estimate:
    """IPS over the sum of its weights (Swaminathan and Joachims 2015): some bias, less noise."""
    weights = log.weights(clip)
    total = weights.sum()
    if not total:
        return _estimate(log, weights, weights, 0.0)
    value = float(weights @ log.rewards / total)
    influence = weights * (log.rewards - value) * (weights.size / total)
    return _estimate(log, value + influence, weights, _clipped(log, clip))


def doubly_robust(
    log: Log, predicted: Doubles, predicted_target: Doubles, clip: float = CLIP
) -> Estimate:
    """IPS of what a model of rewards leaves over (Dudik, Langford and Li 2011): right if either the
    propensities or the model are.

    `predicted` (n,) is the model's reward of what was shown, `predicted_target` (n,) that of what
    the target would show there, by its chances.
    """
    weights = log.weights(clip)
    each = predicted_target + weights * (log.rewards - predicted)
    return _estimate(log, each, weights, _clipped(log, clip))


def gain(log: Log, clip: float = CLIP) -> Estimate:
    """What the logging policy earned beyond the target, both from the same impressions: the
    self-normalised difference, whose interval is narrower than the two apart tell.
    """
    weights = log.weights(clip)
    total = weights.sum()
    if not total:
        return _estimate(log, weights, weights, 0.0)
    mean, value = float(log.rewards.mean()), float(weights @ log.rewards / total)
    influence = log.rewards - mean - weights * (log.rewards - value) * (weights.size / total)
    return _estimate(log, mean - value + influence, weights, _clipped(log, clip))


def _clipped(log: Log, clip: float) -> float:
    if not log.rewards.size:
        return 0.0
    return float((log.targets / log.propensities > clip).mean())


def _estimate(log: Log, each: Doubles, weights: Doubles, clipped: float) -> Estimate:
    """The mean of `each` (n,), with the interval that sums by listener give it."""
    n = each.size
    if not n:
        return Estimate(0.0, -np.inf, np.inf, 0, 0, 0.0, 0.0)
    value = float(each.mean())
    _, who = np.unique(log.listeners, return_inverse=True)
    sums = np.bincount(who, each - value)
    side = np.inf
    if sums.size > 1:
        variance = float(sums @ sums) * sums.size / (sums.size - 1) / n**2
        side = _t(sums.size - 1) * float(np.sqrt(variance))
    squares = float(weights @ weights)
    effective = float(weights.sum()) ** 2 / squares if squares else 0.0
    return Estimate(value, value - side, value + side, n, sums.size, effective, clipped)


def _t(freedom: int) -> float:
    """Student's quantile at 97.5 % (Abramowitz and Stegun 26.7.5), to a hundredth from 5 on."""
    z3, z5 = Z**3, Z**5
    first = (z3 + Z) / (4 * freedom)
    second = (5 * z5 + 16 * z3 + 3 * Z) / (96 * freedom**2)
    return Z + first + second
