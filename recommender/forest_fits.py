"""Fitting the forest to pools of candidates, some of which the listeners were hiding."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits

from recommender.forest import MAX_LEAVES, Forest
from recommender.scorers import Floats

TREES, DEPTH = 100, 4
LEARNING_RATE = 0.07
MIN_ROWS_IN_LEAF = 200
PENALTY = 10.0


def fit_forest(x: Floats, wanted: NDArray[np.bool_], parts: tuple[str, ...], seed: int) -> Forest:
    """Trees (Friedman 2001) of the log odds that candidate `x` (p, n_features) is `wanted` (p,)."""
    model = classifier(seed)
    with threadpool_limits(1):  # sums of one order: the same plays give the same trees
        model.fit(x, wanted)
    # scikit-learn offers no public view of its trees.
    trees = [predictors[0].nodes for predictors in model._predictors]
    shape = (len(trees), 2**DEPTH - 1)
    forest = Forest(
        parts,
        np.zeros(shape, dtype=np.int32),
        np.full(shape, np.inf, dtype=np.float32),
        np.zeros((len(trees), 2**DEPTH), dtype=np.float32),
    )
    for tree, nodes in enumerate(trees):
        _lay_out(forest, tree, nodes, 0, 0, 0)
    return forest


def classifier(seed: int) -> HistGradientBoostingClassifier:
    return HistGradientBoostingClassifier(
        learning_rate=LEARNING_RATE,
        max_iter=TREES,
        max_depth=DEPTH,
        max_leaf_nodes=MAX_LEAVES,
        min_samples_leaf=MIN_ROWS_IN_LEAF,
        l2_regularization=PENALTY,
        early_stopping=False,
        random_state=seed,
    )


def _lay_out(
    forest: Forest, tree: int, nodes: NDArray[Any], index: int, place: int, depth: int
) -> None:
    """Copy node `index` and what is below it to heap position `place`; an early leaf fills all the
    leaves below its place.
    """
    node = nodes[index]
    if node["is_leaf"]:
        width = 2 ** (DEPTH - depth)
        first = (place - (2**depth - 1)) * width
        forest.values[tree, first : first + width] = node["value"]
        return
    forest.columns[tree, place] = node["feature_idx"]
    forest.thresholds[tree, place] = node["num_threshold"]
    _lay_out(forest, tree, nodes, node["left"], 2 * place + 1, depth + 1)
    _lay_out(forest, tree, nodes, node["right"], 2 * place + 2, depth + 1)
