"""From the two noisy sums of a federation to a model as central training makes it.

All of this sees released numbers alone, so it costs no privacy and anybody can do it again. The
co-play matrix is noise of known size upon few directions of taste: those whose eigenvalue no noise
would reach are kept, and each is shrunk by what noise adds to it (Benaych-Georges and Nadakuditi
2011; Gavish and Donoho 2017, for a symmetric matrix).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy import linalg

from recommender.federated.sums import PRESENCE, Doubles, Integers
from recommender.fits import EaseProblem
from recommender.model import Model
from recommender.scorers import FactorScorer, LinearScorer

LEAST_TRACKS, MOST_TRACKS = 60, 3_000
LISTENERS_PER_TRACK = 7.0  # for noise of one listener: measured on Last.fm and MovieLens
ABOVE_NOISE = 1.02
MOST_FACTORS = 96
USUAL = 2.0  # length of the factor of what everybody plays, beside the strongest taste's 1


@dataclass(frozen=True, slots=True)
class FitSettings:
    """EASE's penalty is `ridge`, `mean_ridge` of the mean diagonal and `noise_ridge` of half the
    strongest direction noise has; `usual` is how much what everybody plays weighs beside it;
    `regularisation` and `alpha` fold a listener into the factors.
    """

    ridge: float = 8.0
    mean_ridge: float = 2.0
    noise_ridge: float = 2.0
    usual: float = 0.6
    regularisation: float = 0.5
    alpha: float = 1.0
    linear_weight: float = 0.6
    factor_weight: float = 0.4


class Listeners(NamedTuple):
    """What the first sum tells: of each track about how many play it (n,), by weight, and of how
    many listeners.
    """

    weight: Doubles
    n_listeners: float


def listeners_of(released: Doubles) -> Listeners:
    """From the released sum (n + 1,) in units of one listener's part."""
    return Listeners(released[:-1], max(1.0, float(released[-1]) / PRESENCE))


def tracks_worth(listeners: Listeners, deviation: float) -> Integers:
    """Which tracks (m,) the second sum is taken of, most played first, when its noise is
    `deviation`: of fewer tracks there is less noise.
    """
    worth = int(listeners.n_listeners / (LISTENERS_PER_TRACK * max(deviation, 1e-9)))
    m = min(max(worth, LEAST_TRACKS), MOST_TRACKS, listeners.weight.size)
    return np.argsort(-listeners.weight, kind="stable")[:m]


def usual_of(listeners: Listeners, tracks: Integers) -> Doubles:
    """The direction (m,) of what everybody plays."""
    weight = np.maximum(listeners.weight[tracks], 0.0)
    length = float(np.linalg.norm(weight))
    return np.asarray(weight / length if length else np.full(tracks.size, tracks.size**-0.5))


def tastes_in(matrix: Doubles, deviation: float) -> tuple[Doubles, Doubles]:
    """Eigenvalues (k,) and directions (m, k) of taste in a co-play matrix (m, m) whose entries have
    noise of that deviation, strongest first.
    """
    m = len(matrix)
    values, vectors = linalg.eigh(matrix)
    values, vectors = values[::-1], vectors[:, ::-1]
    noise = m * deviation**2
    kept = values > max(2 * ABOVE_NOISE * np.sqrt(noise), 1e-9)
    values, vectors = values[kept], vectors[:, kept]
    true = (values + np.sqrt(np.maximum(values**2 - 4 * noise, 0.0))) / 2
    return true * (1 - noise / true**2), vectors


def model_of(
    item_ids: Sequence[str],
    listeners: Listeners,
    tracks: Integers,
    matrix: Doubles,
    deviation: float,
    settings: FitSettings | None = None,
) -> Model:
    """The model of `tracks` (m,) with co-play `matrix` (m, m); tracks beyond are as new ones."""
    settings = settings or FitSettings()
    usual = usual_of(listeners, tracks)
    values, vectors = tastes_in(matrix, deviation)
    penalty = settings.ridge + settings.mean_ridge * max(0.0, float(np.diag(matrix).mean()))
    penalty += settings.noise_ridge * deviation * tracks.size**0.5
    smooth = (vectors * values) @ vectors.T
    smooth[np.diag_indices_from(smooth)] = np.maximum(np.diag(smooth), np.diag(matrix))
    order = np.concatenate([tracks, np.setdiff1d(np.arange(len(item_ids)), tracks)])
    heard = np.zeros(len(item_ids), dtype=np.float32)
    heard[: tracks.size] = np.maximum(listeners.weight[tracks], 1.0)
    return Model(
        item_ids=tuple(item_ids[k] for k in order.tolist()),
        listeners=heard,
        weights={"ease": settings.linear_weight, "als": settings.factor_weight},
        ease=_linear(smooth, usual, penalty, settings.usual),
        als=_factors(values, vectors, usual, len(item_ids), settings),
        trained={"users": round(listeners.n_listeners)},
    )


def _linear(smooth: Doubles, usual: Doubles, penalty: float, weight: float) -> LinearScorer:
    """EASE (Steck 2019) on what of a listener's plays is not usual, and the usual for itself."""
    tastes = EaseProblem(
        smooth.astype(np.float32), np.ones(len(smooth), dtype=np.float32), len(smooth)
    )
    matrix = tastes.solve(penalty).matrix.astype(np.float64)
    matrix += np.outer(usual, weight * usual - usual @ matrix)
    return LinearScorer(np.ascontiguousarray(matrix, dtype=np.float32), len(matrix))


def _factors(
    values: Doubles, vectors: Doubles, usual: Doubles, n_items: int, settings: FitSettings
) -> FactorScorer:
    """The same directions as factors, of length by the root of their share."""
    values, vectors = values[:MOST_FACTORS], vectors[:, :MOST_FACTORS]
    lengths = np.sqrt(values / values.max(initial=1e-9))
    known = np.column_stack([USUAL * usual, vectors * lengths]).astype(np.float32)
    factors = np.zeros((n_items, known.shape[1]), dtype=np.float32, order="F")
    factors[: len(known)] = known
    gram = (known.T @ known)[None]
    return FactorScorer(factors, gram, settings.regularisation, settings.alpha)
