"""Fitting each collaborative scorer to a matrix of log-scaled plays, given its settings.

Items come most played first, so that EASE, whose matrix is dense, covers a leading block.
Everything here is deterministic for a seed.
"""

from dataclasses import dataclass, field

import numpy as np
from implicit.cpu.als import AlternatingLeastSquares
from implicit.nearest_neighbours import ItemItemRecommender, normalize
from numpy.typing import NDArray
from scipy import sparse
from scipy.linalg import lapack

from recommender.forest import Forest
from recommender.interactions import Matrix
from recommender.kernels import relative_to
from recommender.scorers import FactorScorer, Floats, LinearScorer, NeighbourScorer

ALS_ROUNDS = 15
MANY_PLAYS = 200_000


@dataclass(frozen=True, slots=True)
class AlsSettings:
    """Strength of the two factor matrices: confidence is alpha x weight, the penalty a constant.

    `members` of different seeds are averaged.
    """

    factors: int = 32
    regularisation: float = 3.0
    alpha: float = 1.0
    members: int = 1


@dataclass(frozen=True, slots=True)
class ScaledSettings:
    """ALS whose penalty grows with plays: of a listener it is `penalty` times the sum of alpha x
    weight and of one for each track, of a track the same over listeners.

    `members` of different seeds are averaged.
    """

    factors: int = 32
    penalty: float = 0.02
    alpha: float = 10.0
    members: int = 1


@dataclass(frozen=True, slots=True)
class EaseSettings:
    """`user_power` and `item_power` temper heavy listeners and popular items before the regression.

    `penalty` is absolute; `items` is how many of the most played items the dense matrix covers.
    """

    user_power: float = 0.5
    item_power: float = 0.25
    penalty: float = 8.0
    items: int = 6_000


@dataclass(frozen=True, slots=True)
class NeighbourSettings:
    """Each item keeps its `count` nearest; `user_power` tempers heavy listeners."""

    count: int = 300
    user_power: float = 0.0


@dataclass(frozen=True, slots=True)
class KernelSettings:
    """`layers` of the network whose kernel it is, 0 the inner product; `item_power` tempers popular
    items before listeners are compared; `penalty` is absolute, on rows of length 1. `relative`:
    plays are taken by `kernels.relative_to` the listener's mean.
    """

    layers: int
    item_power: float = 0.1
    penalty: float = 1.5
    relative: bool = False


@dataclass(frozen=True, slots=True)
class TopicSettings:
    """`prior` is the weight of plays that each of a listener's `topics` has beforehand.

    `members` of different seeds are averaged.
    """

    topics: int = 30
    prior: float = 0.3
    members: int = 6


@dataclass(frozen=True, slots=True)
class Settings:
    """All that selection chooses. `weights` are the fusion's, by scorer name; `kernels` are empty
    where there are too many listeners for them, `als_scaled` and `topics` None where there are too
    many plays.
    `stranger_weights`, with `stranger_forest` if any, are for listeners the parts were not fitted
    to; None where those are best served as all others.

    `quality`: what they reach on the plays held out to choose them, so it flatters a little; the
    mean of NDCG@10 and recall@20, None where nothing was held out.
    """

    als: AlsSettings
    ease: EaseSettings
    weights: dict[str, float]
    counts_matter: bool = True
    neighbours: NeighbourSettings = NeighbourSettings()
    kernels: dict[str, KernelSettings] = field(default_factory=dict)
    als_scaled: ScaledSettings | None = None
    topics: TopicSettings | None = None
    forest: Forest | None = field(default=None, compare=False)
    stranger_weights: dict[str, float] | None = None
    stranger_forest: Forest | None = field(default=None, compare=False)
    quality: float | None = None

    def uses(self, part: str) -> bool:
        """Whether a weight or a forest needs what it says."""
        weighed = any(
            each.get(part, 0.0) > 0 for each in (self.weights, self.stranger_weights or {})
        )
        forests = (self.forest, self.stranger_forest)
        return weighed or any(part in forest.parts for forest in forests if forest is not None)


def preference(matrix: Matrix, counts_matter: bool) -> Matrix:
    """log(1 + plays), or ones where counts carry nothing; float32."""
    result = matrix.astype(np.float32)
    result.data = np.log1p(result.data) if counts_matter else np.ones_like(result.data)
    return result


def relative_rows(matrix: Matrix) -> Matrix:
    """Preferences `matrix` (m, n) relative to each listener's mean, see `relative_to`."""
    counts = np.diff(matrix.indptr)
    means = np.asarray(matrix.sum(axis=1)).ravel() / np.maximum(counts, 1)
    result = matrix.astype(np.float32)
    result.data = relative_to(result.data, np.repeat(means, counts).astype(np.float32))
    return result


def fit_als(
    matrix: Matrix, settings: AlsSettings, seed: int, rounds: int = ALS_ROUNDS
) -> FactorScorer:
    """Item factors by the implicit library; listeners are solved anew when served."""
    each = [_factors(matrix, settings, seed + k, rounds) for k in range(settings.members)]
    gram = np.stack([items.T @ items for items in each])
    factors = np.asfortranarray(np.concatenate(each, axis=1))  # scoring all items runs down columns
    return FactorScorer(factors, gram, settings.regularisation, settings.alpha)


def _factors(matrix: Matrix, settings: AlsSettings, seed: int, rounds: int) -> Floats:
    """One member's item factors (n_items, f)."""
    model = AlternatingLeastSquares(
        factors=max(1, min(settings.factors, min(matrix.shape) - 1)),
        regularization=settings.regularisation,
        alpha=settings.alpha,
        iterations=rounds,
        random_state=seed,
        num_threads=_threads(matrix),
    )
    model.fit(matrix, show_progress=False)
    return np.ascontiguousarray(model.item_factors, dtype=np.float32)


@dataclass(frozen=True, slots=True)
class EaseProblem:
    """The normal equations of EASE for one pair of powers: a penalty then costs one inversion."""

    gram: Floats
    item_scale: Floats
    n_items: int

    @property
    def mean_diagonal(self) -> float:
        return float(np.diag(self.gram).mean())

    def solve(self, penalty: float) -> LinearScorer:
        """B = I - P / diag(P), P the inverse of gram + penalty, the diagonal zero (Steck 2019)."""
        gram = self.gram.copy()
        gram[np.diag_indices_from(gram)] += np.float32(penalty)
        inverse = inverse_of(gram)
        matrix = inverse / -np.diag(inverse)[None, :]
        np.fill_diagonal(matrix, 0.0)
        matrix *= self.item_scale[:, None]
        matrix /= self.item_scale[None, :]
        return LinearScorer(np.ascontiguousarray(matrix, dtype=np.float32), self.n_items)


def ease_problem(matrix: Matrix, user_power: float, item_power: float, items: int) -> EaseProblem:
    """Normal equations over the first `items` columns.

    Rows are divided by norm^user_power, columns by count^item_power.
    """
    block = matrix[:, :items].tocsr()
    count = np.maximum(np.asarray((block > 0).sum(axis=0)).ravel(), 1).astype(np.float32)
    item_scale = (count**-item_power).astype(np.float32)
    scaled = (_tempered(block, user_power) @ sparse.diags(item_scale)).astype(np.float32)
    gram = np.ascontiguousarray((scaled.T @ scaled).toarray(), dtype=np.float32)
    return EaseProblem(gram, item_scale, matrix.shape[1])


def fit_ease(matrix: Matrix, settings: EaseSettings) -> LinearScorer:
    problem = ease_problem(matrix, settings.user_power, settings.item_power, settings.items)
    return problem.solve(settings.penalty)


def fit_neighbours(matrix: Matrix, settings: NeighbourSettings) -> NeighbourScorer:
    """The nearest items by cosine over listeners, itself left out."""
    model = ItemItemRecommender(
        K=min(settings.count + 1, matrix.shape[1]), num_threads=_threads(matrix)
    )
    rows = _tempered(matrix, settings.user_power)
    model.fit(normalize(rows.T.astype(np.float64)).T.tocsr(), show_progress=False)
    similar = model.similarity.tocsr()
    similar.setdiag(0)
    similar.eliminate_zeros()
    return NeighbourScorer(
        similar.indptr.astype(np.int64),
        similar.indices.astype(np.int32),
        similar.data.astype(np.float32),
    )


def _tempered(matrix: Matrix, user_power: float) -> Matrix:
    """Rows divided by norm^user_power."""
    norm = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    return sparse.diags(np.maximum(norm, 1e-9) ** -user_power) @ matrix


def _threads(matrix: Matrix) -> int:
    """All cores (0) where there is work for them; on less, threads cost more than they save."""
    return 0 if matrix.nnz > MANY_PLAYS else 1


def inverse_of(matrix: Floats) -> NDArray[np.float32]:
    """Inverse of a symmetric positive definite matrix, by Cholesky."""
    # C order seen as Fortran order is the transpose: the lower triangle becomes the upper, no copy.
    factor, failed = lapack.spotrf(matrix.T, lower=1, overwrite_a=1)
    if not failed:
        inverse, failed = lapack.spotri(factor, lower=1, overwrite_c=1)
    if failed:
        return np.asarray(np.linalg.inv(matrix), dtype=np.float32)
    lower = np.tril(inverse)
    return np.asarray(lower + np.tril(inverse, -1).T, dtype=np.float32)
