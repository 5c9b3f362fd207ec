"""From sound and artist to taste: factors for tracks nobody has played yet.

Ridge regression and randomised trees map features to factors, mixed as they did on tracks they had
not seen. What both miss is shared by an artist's tracks, so the artist's mean residual, shrunk by
how many tracks show it, is added (empirical Bayes). Every choice is made on errors out of sample.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls
from sklearn.ensemble import ExtraTreesRegressor

from recommender.scorers import Floats, Ints
from recommender.sound import LIMIT, standardise

Doubles = NDArray[np.float64]

PENALTIES = 10.0 ** np.arange(-1, 5.5, 0.5)
HALF_TRUST_LISTENERS = 5.0  # a track with so many listeners weighs half
DOUBTS = (0.1, 0.3, 1.0, 3.0, 10.0)  # tracks' worth, about an artist's own deviation
TREES = 200
DIRECTIONS = 16  # of the factors, those that tracks differ most in; the rest is noise to trees
LEAST_TAUGHT, MOST_TAUGHT = 10, 2_000  # tracks that teach, the most played


class Prediction(NamedTuple):
    """`values` (n - w, f) of the cold tracks; `explained`, the share of the warm ones' variance
    that the same way of predicting explains, 0 to 1.
    """

    values: Floats
    explained: float


def predict_factors(
    factors: Floats, listeners: Floats, features: Floats | None, artists: Ints | None, seed: int
) -> Prediction:
    """Factors of the cold tracks from those of the `w` warm ones, `factors` (w, f).

    `listeners` (w,) is how many played each warm track; `features` (n, d), NaN rows where not
    heard; `artists` (n,), -1 unknown. Tracks with neither get the mean warm track.
    """
    warm = len(factors)
    total = len(features) if features is not None else len(artists) if artists is not None else warm
    trust = (listeners / (listeners + HALF_TRUST_LISTENERS)).astype(np.float64)
    mean = np.average(factors, axis=0, weights=trust)
    wanted = np.asarray(factors - mean, dtype=np.float64)
    found = np.zeros((total, factors.shape[1]))
    if features is not None:
        found += _by_ear(features, wanted, trust, seed)
    if artists is not None:
        found += _by_artist(artists, wanted - found[:warm], trust)
    left = trust @ ((wanted - found[:warm]) ** 2).sum(axis=1)
    explained = 1 - left / max(trust @ (wanted**2).sum(axis=1), 1e-12)
    values = (found[warm:] + mean).astype(np.float32)
    return Prediction(values, float(np.clip(explained, 0.0, 1.0)))


def _by_ear(features: Floats, wanted: Doubles, trust: Doubles, seed: int) -> Doubles:
    """What is heard says of `wanted` (w, f), for all tracks (n, f): out of sample for those that
    teach, zero where not heard.
    """
    found = np.zeros((len(features), wanted.shape[1]))
    heard = np.flatnonzero(np.isfinite(features).all(axis=1))
    taught = int(np.searchsorted(heard, len(wanted)))  # how many of the heard are warm
    teach = min(taught, MOST_TAUGHT)
    if teach < LEAST_TAUGHT:
        return found
    raw = features[heard]
    mean, scale = standardise(raw)
    x = np.clip((raw - mean) / scale, -LIMIT, LIMIT).astype(np.float64)
    own, weight = wanted[heard[:teach]], trust[heard[:teach]]
    experts = [_ridge(x, own, weight), _trees(x, own, weight, seed)]
    root = np.sqrt(weight)[:, None]
    columns = np.stack([(root * expert[:teach]).ravel() for expert in experts], axis=1)
    mix, _ = nnls(columns, (root * own).ravel())
    found[heard] = sum(share * expert for share, expert in zip(mix, experts, strict=True))
    return found


def _ridge(x: Doubles, wanted: Doubles, weight: Doubles) -> Doubles:
    """Predictions (n, f), the first (t, f) leaving each track out; the penalty has the least error
    of those.
    """
    taught = len(wanted)
    root = np.sqrt(weight)[:, None]
    centre = np.average(x[:taught], axis=0, weights=weight)
    level = np.average(wanted, axis=0, weights=weight)
    left, singular, right = np.linalg.svd((x[:taught] - centre) * root, full_matrices=False)
    target = (wanted - level) * root
    projected = left.T @ target
    best, best_error, best_residual = PENALTIES[-1], np.inf, target
    for penalty in PENALTIES:
        shrink = singular**2 / (singular**2 + penalty)
        residual = target - left @ (shrink[:, None] * projected)
        residual /= np.maximum(1e-6, 1 - weight / weight.sum() - left**2 @ shrink)[:, None]
        if (error := float((residual**2).sum())) < best_error:
            best, best_error, best_residual = penalty, error, residual
    solution = right.T @ ((singular / (singular**2 + best))[:, None] * projected)
    found: Doubles = (x - centre) @ solution + level
    found[:taught] = wanted - best_residual / np.maximum(root, 1e-9)
    return found


def _trees(x: Doubles, wanted: Doubles, weight: Doubles, seed: int) -> Doubles:
    """Predictions (n, f) of extremely randomised trees (Geurts et al. 2006), the first (t, f) by
    trees that were not shown the track.
    """
    taught = len(wanted)
    basis = np.linalg.svd(np.sqrt(weight)[:, None] * wanted, full_matrices=False)[2][:DIRECTIONS]
    model = ExtraTreesRegressor(
        TREES, max_features=0.5, bootstrap=True, oob_score=True, random_state=seed
    )
    target = wanted @ basis.T
    model.fit(x[:taught], target if len(basis) > 1 else target[:, 0], sample_weight=weight)
    parts = [model.oob_prediction_, *([model.predict(x[taught:])] if taught < len(x) else [])]
    found = np.concatenate([np.asarray(part).reshape(-1, len(basis)) for part in parts])
    return np.asarray(found @ basis, dtype=np.float64)


def _by_artist(artists: Ints, residuals: Doubles, trust: Doubles) -> Doubles:
    """Each track's artist's shrunk mean residual (n, f), without the track itself where it is warm;
    zero for an artist of no other track. The doubt has the least error of the warm ones.
    """
    warm = len(residuals)
    owner = artists[:warm]
    known = owner >= 0
    names = int(artists.max(initial=-1)) + 1
    sums, weight = np.zeros((names + 1, residuals.shape[1])), np.zeros(names + 1)
    own = residuals * trust[:, None]
    np.add.at(sums, owner[known], own[known])
    np.add.at(weight, owner[known], trust[known])
    others = sums[artists]  # the last cell, never added to, answers for -1
    others[:warm][known] -= own[known]
    weights = weight[artists]
    weights[:warm][known] -= trust[known]

    def shrunk(doubt: float) -> Doubles:
        return np.asarray(others / (np.maximum(weights, 0.0) + doubt)[:, None], dtype=np.float64)

    def error(doubt: float) -> float:
        return float(trust @ ((residuals - shrunk(doubt)[:warm]) ** 2).sum(axis=1))

    return shrunk(min(DOUBTS, key=error))
