"""What a part says to many listeners at once: the same numbers as one at a time.

A scorer's `scores` folds in one listener with numpy alone, as web processes need it; here sparse
matrices do it for a block of listeners.
"""

from functools import singledispatch

import numpy as np
from implicit.cpu.als import AlternatingLeastSquares
from scipy import sparse

from recommender.fits import relative_rows
from recommender.interactions import Matrix
from recommender.kernels import KernelScorer, tangent_kernel
from recommender.scaled_fits import solved_rows
from recommender.scorers import FactorScorer, Floats, LinearScorer, NeighbourScorer, Scorer
from recommender.topic_fits import mixtures_of
from recommender.topics import TopicScorer

BLOCK = 256  # listeners scored at a time


def score_all(scorer: Scorer, own: Matrix) -> Floats:
    """Scores (b, n) of the warm items for listeners with preferences `own` (b, n)."""
    leading = leading_scores(scorer, own)
    if leading.shape == own.shape:
        return leading
    scores = np.zeros(own.shape, dtype=np.float32)
    scores[:, : leading.shape[1]] = leading
    return scores


@singledispatch
def leading_scores(scorer: Scorer, own: Matrix) -> Floats:
    """The same of the first items (b, m), where those beyond have 0."""
    ends = own.indptr
    rows = [
        scorer.scores(own.indices[a:b].astype(np.int64), own.data[a:b])[: own.shape[1]]
        for a, b in zip(ends[:-1], ends[1:], strict=True)
    ]
    return np.stack(rows)


@leading_scores.register
def _factors(scorer: FactorScorer, own: Matrix) -> Floats:
    rows = np.ascontiguousarray(scorer.factors[: own.shape[1]])
    return np.asarray(listener_factors(scorer, rows, own) @ rows.T, dtype=np.float32)


def listener_factors(scorer: FactorScorer, rows: Floats, own: Matrix) -> Floats:
    """`scorer.listener` (b, m x f) of listeners with preferences `own` (b, n) for warm items, whose
    factors are `rows` (n, m x f).
    """
    each = []
    n_factors = scorer.gram.shape[1]
    alpha, penalty = scorer.alpha, scorer.regularisation
    for k, gram in enumerate(scorer.gram):
        member = np.ascontiguousarray(rows[:, k * n_factors : (k + 1) * n_factors])
        if scorer.growth:
            each.append(solved_rows(own, member, gram, alpha, penalty, scorer.growth))
            continue
        solver = AlternatingLeastSquares(
            factors=n_factors, regularization=penalty, alpha=alpha, num_threads=1
        )
        solver.item_factors, solver._YtY = member, np.asarray(gram)
        each.append(solver.recalculate_user(np.arange(own.shape[0]), own))
    return np.asarray(np.concatenate(each, axis=1) / len(each), dtype=np.float32)


@leading_scores.register
def _linear(scorer: LinearScorer, own: Matrix) -> Floats:
    return np.asarray(own[:, : len(scorer.matrix)] @ scorer.matrix, dtype=np.float32)


@leading_scores.register
def _neighbours(scorer: NeighbourScorer, own: Matrix) -> Floats:
    n_items = own.shape[1]
    near = sparse.csr_matrix(
        (scorer.values, scorer.columns, scorer.starts), shape=(n_items, n_items)
    )
    return np.asarray((own @ near).toarray(), dtype=np.float32)


@leading_scores.register
def _topics(scorer: TopicScorer, own: Matrix) -> Floats:
    each = np.split(scorer.chances[: own.shape[1]], scorer.members, axis=1)
    scores = [mixtures_of(chances, scorer.prior, own) @ chances.T for chances in each]
    return np.asarray(np.mean(scores, axis=0), dtype=np.float32)


@leading_scores.register
def _kernel(scorer: KernelScorer, own: Matrix) -> Floats:
    if scorer.relative:
        own = relative_rows(own)
    shape = (len(scorer.solution), own.shape[1])
    rows = sparse.csc_matrix((scorer.values, scorer.listeners, scorer.starts), shape=shape)
    scaled = own @ sparse.diags(scorer.item_scale)
    length = np.maximum(sparse.linalg.norm(scaled, axis=1), 1e-9)[:, None].astype(np.float32)
    cosine = np.asarray((scaled @ rows.T).toarray() / length, dtype=np.float32)
    voices = length * tangent_kernel(cosine, scorer.layers) @ scorer.solution
    return np.asarray((rows.T @ voices.T).T / scorer.item_scale, dtype=np.float32)
