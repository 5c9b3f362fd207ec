"""The order of a listener's best tracks, learned from what listeners were hiding.

Boosted trees see more than a weighted sum can: that one part is to be believed of popular tracks,
another of listeners with few plays. They only rearrange the best of the weighted sum, whose scores
they deal out anew, so everything beyond the pool keeps its place. numpy only: this runs in web
processes.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.metrics import top_of
from recommender.scorers import Floats, Ints

POOL = 100


@dataclass(frozen=True, slots=True)
class Forest:
    """`t` trees of one depth `d`, each a heap: node k's children are 2k + 1 and 2k + 2.

    A node (t, 2^d - 1) sends a row right where its `columns` entry is above `thresholds`; a leaf
    (t, 2^d) adds `values`. `parts` names the scorers whose z-scores come first in a row.
    """

    parts: tuple[str, ...]
    columns: NDArray[np.int32]
    thresholds: Floats
    values: Floats

    def scores(self, x: Floats) -> Floats:
        """Log odds (p,) that a listener wants each candidate, rows of `x` (p, n_features)."""
        trees, inner = np.arange(len(self.columns)), self.columns.shape[1]
        rows = np.arange(len(x))[:, None]
        node = np.zeros((len(x), trees.size), dtype=np.int64)
        for _ in range(self.values.shape[1].bit_length() - 1):
            right = x[rows, self.columns[trees, node]] > self.thresholds[trees, node]
            node = 2 * node + 1 + right
        return np.asarray(self.values[trees, node - inner].sum(axis=1), dtype=np.float32)


def describe(z_scores: Floats, listeners: Floats, own_listeners: Floats) -> Floats:
    """Rows (p, n_parts + 3) of a listener's candidates: each part's z-score, of `z_scores`
    (n_parts, p); log listeners of the track, how many own tracks there are, and their mean log
    listeners.
    """
    same = np.ones(listeners.size)
    own = np.log1p(own_listeners)
    rows = [*z_scores, np.log1p(listeners), same * own.size, same * own.mean()]
    return np.stack(rows, axis=1).astype(np.float32)


def pool_of(scores: Floats, own: Ints) -> Ints:
    """The best of `scores` (n_items,) that the listener has not played, best first."""
    left = scores.copy()
    left[own] = -np.inf
    return top_of(left, POOL)


def deal(scores: Floats, pool: Ints, votes: Floats) -> None:
    """Give the highest of the pool's scores to the highest vote, and so on down, in place."""
    scores[pool[np.argsort(-votes, kind="stable")]] = scores[pool]
