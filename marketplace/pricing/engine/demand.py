"""The acceptance curve: willingness to pay is Weibull, so a(p) = exp(-(p / theta)^kappa).

Elasticity kappa (p / theta)^kappa rises with price, so revenue per quote p a(p) has one maximum,
where elasticity is 1: acceptance exp(-1 / kappa). kappa = 1 is the exponential curve, with its
optimum at p = theta; larger kappa stands in for logit-like curves, whose listeners agree more.
On the complementary log-log scale eta = ln(-ln a) = kappa (ln p - ln theta) it is a generalised
linear model (McCullagh, Nelder: Generalized Linear Models, section 4.3).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

GOODWILL = 0.12
"""Elasticity of coming back: visits fall by about this share of a price rise.

Listeners remember prices, so a price of one more per cent loses some of tomorrow's quotes too;
the long-run optimum is where elasticity of acceptance and of return add to 1.
"""


MEMORY_DAYS = 3.0
"""In which listeners get used to a price: the one they remember follows the one they meet."""
WELCOME = 1 / 3
"""How much a fall counts, in feeling, of what an equal rise does (Kahneman, Tversky 1979)."""


@dataclass(frozen=True)
class Acceptance:
    """Predicted acceptance of n tracks: share, and per quote what it tells about eta.

    share: (n,) in (0, 1). gain: (n,) the score of eta is -(accepts - quotes share) gain.
    information: (n,) Fisher information of eta in one quote.
    """

    share: Floats
    gain: Floats
    information: Floats


def acceptance(eta: Floats) -> Acceptance:
    """Acceptance at `eta` (n,), kept away from 0 and 1, where an answer would tell nothing."""
    hazard = np.exp(np.clip(eta, -4.0, 1.6))
    share = np.exp(-hazard)
    gain = hazard / (1.0 - share)
    return Acceptance(share, gain, share * hazard * gain)


def news(x: Floats, remembered: Floats) -> Floats:
    """How much dearer than `remembered` a log price `x` feels, (n,); falls count a third.

    A price is judged as x + resentment news until listeners are used to it: what they accept on
    the day after a rise understates what they will accept (Greenleaf 1995: reference prices).
    """
    change = x - remembered
    return np.where(change > 0, change, WELCOME * change)


def log_optimum(u: Floats, variance: Floats, kappa: Floats) -> Floats:
    """Log price of highest expected long-run revenue, where ln theta ~ N(u, variance); all (n,).

    Solves elasticity + GOODWILL = 1, that is hazard = c / kappa with c = 1 - GOODWILL. Doubt about
    theta shifts it: expanding d E[p^c a(p)] / d ln p to second order around that point gives
    variance (2 c - kappa) / 2, up where demand falls gently, down where it falls off a cliff.
    """
    lasting = 1.0 - GOODWILL
    doubt = 0.5 * np.minimum(variance, 0.16) * (2.0 * lasting - kappa)
    return u + np.log(lasting / kappa) / kappa + doubt
