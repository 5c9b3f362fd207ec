"""The shape of demand in each genre, and how listeners take news of a price.

kappa says how fast acceptance falls where a price is higher for good, resentment how much more it
falls while the price is news. Invariant: only differences within one hour count, and only those
that no track's own luck made: whatever moves a price for a reason (luck, taste, a crowd) would pass
for demand's answer to it.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from marketplace.pricing.engine.evidence import ARMS, Evidence
from marketplace.pricing.engine.state import Genres, Tracks
from marketplace.pricing.engine.sums import sums

Floats = NDArray[np.float64]

KAPPA_DRIFT = 0.004**2
"""Variance a day of the random walk of kappa."""
KAPPA_RANGE = (0.8, 5.0)
"""At the best price of the lowest, three of ten accept; a price that fewer take is a mistake."""
RESENTMENT_RANGE = (0.0, 1.5)
GENRE_SHOCK = 0.1
"""Standard deviation, in log, of what an hour may bring to one genre and not to the others."""


@dataclass(frozen=True)
class Cells:
    """Sums over the tracks of each cell; cells are compared along the last axis.

    weight: Fisher information of their eta. pull: its score. distance, news: weighted sums of how
    far the felt price, and its part that is news, are from where the track's level was learned.
    """

    weight: Floats
    pull: Floats
    distance: Floats
    news: Floats

    def told(self, kappa: Floats) -> Floats:
        """Information of (kappa, both, resentment), then scores of kappa and resentment, (5, ...).

        From the mean of each cell less that of all compared with it.
        """
        far, felt = self._apart(self.distance), kappa * self._apart(self.news)
        w, pull = self.weight, self.pull
        return np.stack([w * far**2, w * far * felt, w * felt**2, pull * far, pull * felt])

    def _apart(self, moment: Floats) -> Floats:
        center = moment.sum(axis=-1, keepdims=True)
        center = center / np.maximum(self.weight.sum(axis=-1, keepdims=True), 1e-12)
        return np.where(self.weight > 0, moment / np.maximum(self.weight, 1e-12) - center, 0.0)


def learn_shape(genres: Genres, tracks: Tracks, seen: Evidence, days: float) -> Genres:
    """Both after one Fisher-scoring step of their likelihood, kappas correlated by the market.

    Two sources add up. Within a genre and phase, the arms of the seeded draws, an instrument
    (Angrist, Imbens, Rubin 1996). Among genres in launch, the way each comes from the first price
    to its own: a genre goes it for the taste of all its tracks, which luck hardly moves.
    """
    kappa, size = genres.kappa, len(genres.kappa)
    arms = _arms(genres, tracks, seen)
    told = arms.told(kappa[:, None, None]).sum(axis=(2, 3)) + _launched(arms, kappa).told(kappa)
    information = np.diag(np.append(told[0], told[2].sum()))
    information[size, :size] = information[:size, size] = told[1]
    prior = genres.covariance.copy()
    prior[:size, :size] += KAPPA_DRIFT * days * np.eye(size)
    covariance = np.linalg.solve(np.eye(size + 1) + prior @ information, prior)
    covariance = 0.5 * (covariance + covariance.T)
    step = covariance @ np.append(told[3], told[4].sum())
    return replace(
        genres,
        kappa=np.clip(kappa + step[:size], *KAPPA_RANGE),
        resentment=np.clip(genres.resentment + step[size], *RESENTMENT_RANGE),
        covariance=covariance,
    )


def _arms(genres: Genres, tracks: Tracks, seen: Evidence) -> Cells:
    """The hour by genre, phase and arm, (g, 2, 4).

    A level that is unsure itself discounts its track (Welford).
    """
    size, own = len(genres.kappa), tracks.n[seen.rows]
    information = np.maximum(seen.expected.information, 1e-3)
    shared = 1.0 / (seen.kappa**2 * information * genres.spread[seen.genre])
    trust = (own + shared) / (own + shared + seen.n)
    weight = seen.n * seen.expected.information * trust
    news = np.where(own > 0, seen.news - tracks.news[seen.rows], 0.0)
    x = np.where(own > 0, seen.x - tracks.x[seen.rows], 0.0)
    distance = x + genres.resentment * news
    pull = -seen.residual * seen.expected.gain * trust
    cell = ARMS * seen.genre + seen.arm
    values = (weight, pull, weight * distance, weight * news)
    return Cells(*(sums(cell, v, ARMS * size).reshape(size, 2, ARMS // 2) for v in values))


def _launched(arms: Cells, kappa: Floats) -> Cells:
    """What is in launch by genre, (g,), none of it surer than a genre's own shocks allow."""
    weight, *rest = (value[:, 1].sum(axis=1) for value in vars(arms).values())
    keep = 1.0 / (1.0 + weight * (kappa * GENRE_SHOCK) ** 2)
    return Cells(weight * keep, *(value * keep for value in rest))
