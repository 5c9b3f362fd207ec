"""The shape kappa of demand in each genre: how fast acceptance falls where a price is higher.

Invariant: only differences between tracks of one genre, phase and hour count, so whatever moves
them all (time of day, taste, memory of a common rise) tells nothing about the slope.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from marketplace.pricing.engine.evidence import Evidence
from marketplace.pricing.engine.state import Genres, Tracks
from marketplace.pricing.engine.sums import sums

Floats = NDArray[np.float64]

KAPPA_DRIFT = 0.004**2
"""Variance a day of the random walk of kappa."""
KAPPA_RANGE = (0.5, 5.0)


@dataclass(frozen=True)
class Contrasts:
    """What k tracks say about kappa; every field is (k,).

    cell: genre, phase and drawn arm as one number. distance: of the log price from where the
    track's level was learned. weight: Fisher information of its eta; pull: the score of its eta.
    settled: in [0, 1], how much of what is known of its level its own counts say.
    """

    cell: NDArray[np.int64]
    distance: Floats
    weight: Floats
    pull: Floats
    settled: Floats


def learn_shape(genres: Genres, tracks: Tracks, seen: Evidence, days: float) -> Genres:
    """Kappa after one Fisher-scoring step of its likelihood, correlated through the market.

    Two sources add up: arms, which are as good as an experiment, and what else moves
    tracks. A track may be dear because luck raised it, and fall back: so the second source
    enters by the square of `settled`, as the surprise after shrinking luck away is fair.
    """
    size = len(genres.kappa)
    contrasts = _contrasts(genres, tracks, seen)
    between, within = _between(contrasts, size), _within(contrasts, size)
    told, pull = between[0] + within[0], between[1] + within[1]
    prior = genres.covariance + KAPPA_DRIFT * days * np.eye(size)
    covariance = np.linalg.solve(np.eye(size) + prior * told[None, :], prior)
    covariance = 0.5 * (covariance + covariance.T)
    kappa = np.clip(genres.kappa + covariance @ pull, *KAPPA_RANGE)
    return replace(genres, kappa=kappa, covariance=covariance)


def _contrasts(genres: Genres, tracks: Tracks, seen: Evidence) -> Contrasts:
    """The hour's contrasts; a level that is unsure itself discounts its track (Welford)."""
    own = tracks.n[seen.rows]
    information = np.maximum(seen.expected.information, 1e-3)
    shared = 1.0 / (seen.kappa**2 * information * genres.spread[seen.genre])
    trust = (own + shared) / (own + shared + seen.n)
    return Contrasts(
        cell=4 * seen.genre + seen.arm,
        distance=np.where(own > 0, seen.x - tracks.x[seen.rows], 0.0),
        weight=seen.n * seen.expected.information * trust,
        pull=-seen.residual * seen.expected.gain * trust,
        settled=own / (own + shared),
    )


def _between(seen: Contrasts, size: int) -> tuple[Floats, Floats]:
    """Information and score (size,) from the mean distance of either arm: the drawn experiment.

    The draw is an instrument (Angrist, Imbens, Rubin 1996).
    """
    weight = sums(seen.cell, seen.weight, 4 * size).reshape(size, 2, 2)
    moment = sums(seen.cell, seen.weight * seen.distance, 4 * size).reshape(size, 2, 2)
    pull = sums(seen.cell, seen.pull, 4 * size).reshape(size, 2, 2)
    center = moment.sum(axis=2, keepdims=True)
    center /= np.maximum(weight.sum(axis=2, keepdims=True), 1e-12)
    apart = np.where(weight > 0, moment / np.maximum(weight, 1e-12) - center, 0.0)
    return (weight * apart**2).sum(axis=(1, 2)), (pull * apart).sum(axis=(1, 2))


def _within(seen: Contrasts, size: int) -> tuple[Floats, Floats]:
    """Information and score (size,) from distances within an arm, of settled tracks."""
    trust = seen.settled**2
    weight = seen.weight * trust
    total = sums(seen.cell, weight, 4 * size)
    mean = sums(seen.cell, weight * seen.distance, 4 * size) / np.maximum(total, 1e-12)
    apart = seen.distance - mean[seen.cell]
    genre = seen.cell // 4
    told = sums(genre, weight * apart**2, size)
    return told, sums(genre, seen.pull * trust * apart, size)
