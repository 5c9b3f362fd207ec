"""From sound and artist to taste: factors for tracks nobody has played yet.

A weighted ridge regression maps standardised features to ALS factors; what it misses is shared by
an artist's tracks, so the artist's mean residual, shrunk by how many tracks show it, is added
(empirical Bayes).
"""

import numpy as np
from numpy.typing import NDArray

from recommender.scorers import Floats, Ints

# Embeddings have length 1, so a penalty is in units of tracks' worth of evidence.
PENALTIES = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
Doubles = NDArray[np.float64]

HALF_TRUST_LISTENERS = 5.0  # a track with so many listeners weighs half in the regression
ARTIST_SHRINKAGE = 2.0  # tracks' worth of doubt about an artist's own deviation


def predict_factors(
    factors: Floats, listeners: Floats, sounds: Floats | None, artists: Ints | None
) -> Floats:
    """Factors (n - w, f) of the cold tracks from those of the `w` warm ones, `factors` (w, f).

    `listeners` (w,) is how many played each warm track; `sounds` (n, d) embeddings, zero rows where
    not heard; `artists` (n,), -1 unknown. Tracks with neither get the mean warm track.
    """
    warm = len(factors)
    total = len(sounds) if sounds is not None else len(artists) if artists is not None else warm
    trust = (listeners / (listeners + HALF_TRUST_LISTENERS)).astype(np.float64)
    mean = np.average(factors, axis=0, weights=trust).astype(np.float32)
    predicted: Doubles = np.tile(mean, (total, 1)).astype(np.float64)
    if sounds is not None:
        predicted = predicted + _ridge(sounds, factors - mean, trust)
    if artists is not None:
        predicted = predicted + _artist_residuals(artists, factors - predicted[:warm], trust)
    return predicted[warm:].astype(np.float32)


def _ridge(sounds: Floats, targets: Floats, trust: Doubles) -> Doubles:
    """Ridge predictions (n, f), zero where not heard; the penalty by leave-one-out error."""
    heard = np.flatnonzero(np.abs(sounds[: len(targets)]).sum(axis=1) > 0)
    if heard.size < 3:
        return np.zeros((len(sounds), targets.shape[1]))
    root = np.sqrt(trust[heard])[:, None]
    centre = np.average(sounds[heard], axis=0, weights=trust[heard])
    level = np.average(targets[heard], axis=0, weights=trust[heard])
    left, singular, right = np.linalg.svd((sounds[heard] - centre) * root, full_matrices=False)
    wanted = (targets[heard] - level) * root
    projected = left.T @ wanted
    best, best_error = PENALTIES[-1], np.inf
    for penalty in PENALTIES:
        shrink = (singular**2 / (singular**2 + penalty))[:, None]
        leverage = (left**2 @ shrink)[:, 0]
        residual = (wanted - left @ (shrink * projected)) / np.maximum(1e-6, 1 - leverage)[:, None]
        if (error := float((residual**2).sum())) < best_error:
            best, best_error = penalty, error
    solution = right.T @ ((singular / (singular**2 + best))[:, None] * projected)
    known = np.abs(sounds).sum(axis=1, keepdims=True) > 0
    return np.asarray(np.where(known, (sounds - centre) @ solution + level, 0.0), dtype=np.float64)


def _artist_residuals(artists: Ints, residuals: Doubles, trust: Doubles) -> Doubles:
    """Each track's artist's shrunk mean residual (n, f); zero for an artist nobody has played."""
    names = int(artists.max(initial=-1)) + 1
    known = artists[: len(residuals)] >= 0
    owner = artists[: len(residuals)][known]
    sums = np.zeros((names + 1, residuals.shape[1]))
    weight = np.zeros(names + 1)
    np.add.at(sums, owner, residuals[known] * trust[known, None])
    np.add.at(weight, owner, trust[known])
    return np.asarray((sums / (weight + ARTIST_SHRINKAGE)[:, None])[artists])
