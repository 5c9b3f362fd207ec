"""What a federation's noise is worth: epsilon, exactly, for a listener's presence or absence.

Every release here is a Gaussian mechanism in which each listener takes part once: all of them
together are one whose mu is the root of the sum of squares (Dong, Roth and Su 2022, "Gaussian
differential privacy", corollary 3.3), and its epsilon for a delta is known in closed form (Balle
and Wang 2018, "Improving the Gaussian mechanism", theorem 8). No bound is lost on the way, as it
would be by way of Renyi divergence.
"""

import math
from collections.abc import Iterable

from scipy.optimize import brentq
from scipy.special import log_ndtr

from recommender.errors import DataError

LEAST_MU, MOST_MU = 1e-6, 1e4


def composed(mus: Iterable[float]) -> float:
    """The mu of several releases of the same listeners' plays."""
    return math.sqrt(sum(mu**2 for mu in mus))


def delta_of(mu: float, epsilon: float) -> float:
    """The delta at `epsilon` of a Gaussian mechanism whose noise is 1/mu of its sensitivity."""
    first = log_ndtr(mu / 2 - epsilon / mu)
    second = epsilon + log_ndtr(-mu / 2 - epsilon / mu)
    return float(math.exp(first) * -math.expm1(min(second - first, 0.0)))


def epsilon_of(mu: float, delta: float) -> float:
    """The least epsilon at `delta`; 0 without any release, infinite without noise."""
    if mu == 0.0 or delta_of(mu, 0.0) <= delta:
        return 0.0
    if math.isinf(mu):
        return math.inf
    most = mu**2 / 2 + mu * math.sqrt(2 * math.log(1 / delta))  # by concentrated privacy
    return float(brentq(lambda epsilon: delta_of(mu, epsilon) - delta, 0.0, most, xtol=1e-9))


def mu_for(epsilon: float, delta: float) -> float:
    """The most that may be released: the mu whose epsilon at `delta` is `epsilon`. Infinite where
    `epsilon` is. Raises `DataError` on values that promise nothing.
    """
    if not (epsilon > 0 and 0 < delta < 1):
        raise DataError(
            f"Epsilon must be above 0 and delta between 0 and 1, not {epsilon} and {delta}."
        )
    if math.isinf(epsilon):
        return math.inf
    least, most = epsilon_of(LEAST_MU, delta), epsilon_of(MOST_MU, delta)
    if not least <= epsilon <= most:
        raise DataError(f"Epsilon must lie from {least:.3g} to {most:.3g}, not at {epsilon}.")
    return float(brentq(lambda mu: epsilon_of(mu, delta) - epsilon, LEAST_MU, MOST_MU, xtol=1e-12))
