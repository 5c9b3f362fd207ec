"""The order of a listener's best tracks, learned from what listeners were hiding.

Boosted trees see more than a weighted sum can: that one part is to be believed of popular tracks,
another of listeners with few plays. They only rearrange the best of the weighted sum, whose scores
they deal out anew, so everything beyond the pool keeps its place. numpy only: this runs in web
processes.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from recommender.scorers import Floats, Ints

POOL = 100
MAX_DEPTH = 4
ALL_LEAVES = np.uint16(2**2**MAX_DEPTH - 1)
LEAVES = np.arange(2**2**MAX_DEPTH)  # sets of leaves, as bits
FIRST_BIT = np.log2(np.maximum(LEAVES & -LEAVES, 1)).astype(np.uint8)  # small, so near at hand


@dataclass(frozen=True)
class Forest:
    """`t` trees of one depth `d`, at most `MAX_DEPTH`, each a heap: node k's children are 2k + 1
    and 2k + 2.

    A node (t, 2^d - 1) sends a row right where its `columns` entry is above `thresholds`; a leaf
    (t, 2^d) adds `values`. `parts` names the scorers whose z-scores come first in a row, log
    listeners after them: times `discount`, those are taken off, for more of the catalogue to be
    heard.
    """

    parts: tuple[str, ...]
    columns: NDArray[np.int32]
    thresholds: Floats
    values: Floats
    discount: float = 0.0

    def scores(self, x: Floats) -> Floats:
        """Log odds (p,), less the discount, that a listener wants each candidate, rows of `x`
        (p, n_features).

        Without walking: leaves left of nodes passed to the right are struck off, and the first that
        is left is where the row ends (QuickScorer, Lucchese et al. 2015).
        """
        left = np.full((len(x), len(self.values)), ALL_LEAVES, dtype=np.uint16)
        for column, (thresholds, masks) in self._struck_off.items():
            left &= np.take(masks, np.searchsorted(thresholds, x[:, column]), axis=0)
        votes = np.take(self.values, np.take(FIRST_BIT, left) + self._starts).sum(axis=1)
        return np.asarray(votes - np.float32(self.discount) * x[:, len(self.parts)])

    @cached_property
    def _starts(self) -> Ints:
        """Where each tree's leaves begin, (t,)."""
        return np.asarray(np.arange(len(self.values)) * self.values.shape[1], dtype=np.int64)

    @cached_property
    def _struck_off(self) -> dict[int, tuple[Floats, NDArray[np.uint16]]]:
        """By column its thresholds, rising, and the leaves (t,) left after so many are passed."""
        found = {}
        for column in np.unique(self.columns[np.isfinite(self.thresholds)]).tolist():
            trees, nodes = np.nonzero((self.columns == column) & np.isfinite(self.thresholds))
            order = np.argsort(self.thresholds[trees, nodes], kind="stable")
            masks = np.full((order.size + 1, len(self.columns)), ALL_LEAVES, dtype=np.uint16)
            for step, k in enumerate(order.tolist(), start=1):
                masks[step] = masks[step - 1]
                masks[step, trees[k]] &= ~self._left_leaves(int(nodes[k]))
            found[column] = self.thresholds[trees, nodes][order], masks
        return found

    def _left_leaves(self, node: int) -> np.uint16:
        """The leaves, as bits, under the left child of `node`."""
        depth = (node + 1).bit_length() - 1
        width = self.values.shape[1] >> (depth + 1)
        first = (node + 1 - (1 << depth)) * 2 * width
        return np.uint16(((1 << width) - 1) << first)


def describe(
    z_scores: Floats, listeners: Floats, known: Floats | int, known_log_listeners: Floats | float
) -> Floats:
    """Rows (..., n_parts + 3) of candidates (...): each part's z-score, of `z_scores`
    (n_parts, ...); log listeners of the track; of the listener how many tracks are known, and their
    mean log listeners.
    """
    n_parts, *shape = z_scores.shape
    rows = np.empty((*shape, n_parts + 3), dtype=np.float32)
    rows[..., :n_parts] = np.moveaxis(z_scores, 0, -1)
    rows[..., n_parts] = np.log1p(listeners)
    rows[..., n_parts + 1] = known
    rows[..., n_parts + 2] = known_log_listeners
    return rows


def deal(scores: Floats, pool: Ints, votes: Floats) -> Ints:
    """Give the highest of the pool's scores to the highest vote, and so on down, in place; returns
    the pool, whose best stands first, in its new order.
    """
    dealt = pool[np.argsort(-votes, kind="stable")]
    scores[dealt] = scores[pool]
    return dealt
