"""Many listeners at once, for trials and tables of rankings: the same numbers as one at a time.

A scorer's `scores` folds in one listener with numpy alone, as web processes need it; here sparse
matrices do it for a block of listeners.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import singledispatch

import numpy as np
from implicit.cpu.als import AlternatingLeastSquares
from scipy import sparse

from recommender.fits import relative_rows
from recommender.fold_in import COLLABORATIVE, fold_in
from recommender.interactions import Matrix
from recommender.kernels import KernelScorer, tangent_kernel
from recommender.model import Model, Recommendation
from recommender.scorers import FactorScorer, Floats, Ints, LinearScorer, NeighbourScorer, Scorer
from recommender.topic_fits import mixtures_of
from recommender.topics import TopicScorer

BLOCK = 256  # listeners scored at a time


def recommend_all(
    model: Model,
    listeners: Sequence[Mapping[str, float]],
    n: int,
    candidates: Collection[str] | None = None,
    strangers: Collection[int] = (),
) -> Iterator[list[Recommendation]]:
    """What `model.recommend` says to each of `listeners`, in their order; `strangers` are places in
    it.
    """
    hidden = model.hidden((), candidates)
    nobody = None if all(listeners) else model.ranked(*model.own({}), n, hidden)
    for items, weights, stranger, known in _scored(model, listeners, strangers):
        if nobody is not None and not items.size:
            yield nobody
        else:
            yield model.ranked(items, weights, n, hidden, False, stranger, known)


def tops(
    model: Model,
    listeners: Sequence[Mapping[str, float]],
    n: int,
    strangers: Collection[int] = (),
) -> Iterator[Ints]:
    """The positions of what `recommend_all` recommends, without working out reasons."""
    hidden = model.hidden((), None)
    for items, weights, stranger, known in _scored(model, listeners, strangers):
        yield model.top(fold_in(model, items, weights, stranger, known), n, hidden)


def _scored(
    model: Model, listeners: Sequence[Mapping[str, float]], strangers: Collection[int]
) -> Iterator[tuple[Ints, Floats, bool, Mapping[str, Floats]]]:
    """Of each listener own positions and weights, whether a stranger, and what the parts say."""
    for start in range(0, len(listeners), BLOCK):
        own = [model.own(listener) for listener in listeners[start : start + BLOCK]]
        matrix = _matrix(own, model.warm)
        scores = {name: leading_scores(part, matrix) for name, part in _used(model).items()}
        for k, (items, weights) in enumerate(own):
            known = {name: rows[k] for name, rows in scores.items()}
            yield items, weights, start + k in strangers, known


def _used(model: Model) -> dict[str, Scorer]:
    """The parts fitted to plays that have a weight for some listener."""
    weighed = {
        name
        for stranger in (False, True)
        for name, weight in model.weights_for(stranger).items()
        if weight > 0
    }
    return {name: model.scorers[name] for name in COLLABORATIVE if name in weighed}


def _matrix(own: Sequence[tuple[Ints, Floats]], n_items: int) -> Matrix:
    """Preferences (len(own), n_items) for the first `n_items`."""
    rows = np.repeat(np.arange(len(own)), [items.size for items, _ in own])
    items, weights = (np.concatenate([one[k] for one in own]) for k in (0, 1))
    inside = items < n_items
    return sparse.csr_matrix(
        (weights[inside], (rows[inside], items[inside])), shape=(len(own), n_items)
    )


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
    n_items = own.shape[1]
    return np.asarray(listener_factors(scorer, own) @ scorer.factors[:n_items].T, dtype=np.float32)


def listener_factors(scorer: FactorScorer, own: Matrix) -> Floats:
    """`scorer.listener` (b, m x f) of listeners with preferences `own` (b, n) for warm items."""
    each = []
    for warm, gram in zip(scorer.members(slice(own.shape[1])), scorer.gram, strict=True):
        solver = AlternatingLeastSquares(
            factors=warm.shape[1],
            regularization=scorer.regularisation,
            alpha=scorer.alpha,
            num_threads=1,
        )
        solver.item_factors, solver._YtY = np.ascontiguousarray(warm), np.asarray(gram)
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
