"""The order of a listener's best tracks, learned from what listeners were hiding.

Boosted trees see more than a weighted sum can: that one part is to be believed of popular tracks,
another of listeners with few plays. They only rearrange the best of the weighted sum, whose scores
they deal out anew, so everything beyond the pool keeps its place. numpy only: this runs in web
processes.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.scorers import Floats, Ints

POOL = 100
FUSED = "fused"  # the weighted sum, among a forest's parts
ROWS_AT_ONCE = 2_000
MANY = 500  # from here on sorting takes less time than searching for each
MAX_LEAVES = 8
AT_ONCE = 4  # trees whose leaves, three bits each, are looked up together
LEAVES = np.arange(MAX_LEAVES**AT_ONCE)
MAGIC = np.uint8(0b00010111)  # times a byte of one bit: its three highest bits name that bit
NAMED = MAGIC * np.left_shift(1, np.arange(MAX_LEAVES)).astype(np.uint8) >> 5  # by bit


@dataclass(frozen=True)
class Forest:
    """`t` trees of one depth `d`, each a heap: node k's children are 2k + 1 and 2k + 2. Rows end
    in at most `MAX_LEAVES` of a tree's leaves.

    A node (t, 2^d - 1) sends a row right where its `columns` entry is above `thresholds`; a leaf
    (t, 2^d) adds `values`. `parts` names what comes first in a row, the scorers' z-scores and
    `FUSED`, log listeners after them: times `discount`, those are taken off, for more of the
    catalogue to be heard.
    """

    parts: tuple[str, ...]
    columns: NDArray[np.int32]
    thresholds: Floats
    values: Floats
    discount: float = 0.0

    def scores(self, x: Floats, listeners: Ints | None = None) -> Floats:
        """Log odds (p,), less the discount, that a listener wants each candidate, rows of `x`
        (p, n_features). `listeners` (p,), rising, say whose each row is: what is the same in all of
        one's rows is then looked at once.

        Without walking: leaves left of nodes passed to the right are struck off, and the first that
        is left is where the row ends (QuickScorer, Lucchese et al. 2015).
        """
        if len(x) > ROWS_AT_ONCE:  # more would leave the processor's cache
            pieces = range(0, len(x), ROWS_AT_ONCE)
            some = [slice(start, start + ROWS_AT_ONCE) for start in pieces]
            whose = [None if listeners is None else listeners[rows] for rows in some]
            return np.concatenate([self.scores(x[r], w) for r, w in zip(some, whose, strict=True)])
        if listeners is None:
            left = self._left(x, range(x.shape[1]))
        else:
            first = np.flatnonzero(np.diff(listeners, prepend=-1))
            of_each = self._left(x[first], range(len(self.parts) + 1, x.shape[1]))
            left = np.repeat(of_each, np.diff(first, append=len(x)), axis=0)
            left &= self._left(x, range(len(self.parts) + 1))
        places = self._leaves.starts + _named_together(left)
        votes = np.einsum("pg->p", self._leaves.votes.take(places))
        return np.asarray(votes - np.float32(self.discount) * x[:, len(self.parts)])

    def _left(self, x: Floats, columns: range) -> NDArray[np.uint8]:
        """The leaves (p, t) that the nodes of some columns leave to rows `x` (p, n_features)."""
        left = None
        for column, (thresholds, masks) in self._struck_off.items():
            if column in columns:
                found = masks.take(_passed(thresholds, x[:, column]), axis=0)
                left = found if left is None else np.bitwise_and(left, found, out=left)
        return np.tile(self._leaves.all, (len(x), 1)) if left is None else left

    @cached_property
    def _leaves(self) -> "_Leaves":
        reached = np.ones(self.values.shape, dtype=bool)
        for tree, node in np.argwhere(~np.isfinite(self.thresholds)).tolist():
            reached[tree, self._below(node).stop : self._below(node, 0).stop] = False
        places = np.cumsum(reached, axis=1) - 1
        groups = -(-len(reached) // AT_ONCE)
        bits = np.where(reached, 1 << places, 0).astype(np.uint8)
        every = np.ones(groups * AT_ONCE, dtype=np.uint8)  # one leaf, of 0, where there is no tree
        every[: len(bits)] = np.bitwise_or.reduce(bits, axis=1)
        values = np.zeros((groups * AT_ONCE, MAX_LEAVES), dtype=np.float32)
        values[np.nonzero(reached)[0], NAMED[places[reached]]] = self.values[reached]
        each = np.stack([LEAVES >> 3 * k & MAX_LEAVES - 1 for k in range(AT_ONCE)])
        grouped = values.reshape(groups, AT_ONCE, MAX_LEAVES)
        votes = np.take_along_axis(grouped, each[None], axis=2).sum(axis=1)
        return _Leaves(bits, every, votes.ravel(), np.arange(groups) * LEAVES.size)

    @cached_property
    def _struck_off(self) -> dict[int, tuple[Floats, NDArray[np.uint8]]]:
        """By column its thresholds, rising, and the leaves (t,) left after so many are passed."""
        found = {}
        for column in np.unique(self.columns[np.isfinite(self.thresholds)]).tolist():
            trees, nodes = np.nonzero((self.columns == column) & np.isfinite(self.thresholds))
            order = np.argsort(self.thresholds[trees, nodes], kind="stable")
            masks = np.tile(self._leaves.all, (order.size + 1, 1))
            for step, k in enumerate(order.tolist(), start=1):
                under = self._leaves.bits[trees[k], self._below(int(nodes[k]))]
                masks[step] = masks[step - 1]
                masks[step, trees[k]] &= ~np.bitwise_or.reduce(under)
            found[column] = self.thresholds[trees, nodes][order], masks
        return found

    def _below(self, node: int, side: int = 1) -> slice:
        """Places of the leaves under the left child of `node`, or under both (`side` 0)."""
        depth = (node + 1).bit_length() - 1
        width = self.values.shape[1] >> depth
        first = (node + 1 - (1 << depth)) * width
        return slice(first, first + (width >> side))


class _Leaves(NamedTuple):
    """Of a forest the leaves that rows end in, since a node without a threshold sends all left.

    Each of a tree's, in order, is one bit: `bits` (t, 2^d), 0 where none ends, and `all` of each
    tree, filled up to whole groups of `AT_ONCE`. `votes` has the sum of a group's leaves for all
    ways in which rows can end; those of group g begin at `starts[g]` (g,).
    """

    bits: NDArray[np.uint8]
    all: NDArray[np.uint8]
    votes: Floats
    starts: Ints


def _passed(thresholds: Floats, x: Floats) -> Ints:
    """How many of `thresholds`, rising, each of `x` (p,) is above: `searchsorted`, for many values
    in less time.
    """
    if x.size < MANY:
        return np.searchsorted(thresholds, x)
    order = np.argsort(x)
    first = np.searchsorted(x[order], thresholds, side="right")  # that is above each
    passed = np.empty(x.size, dtype=np.int64)
    passed[order] = np.cumsum(np.bincount(first, minlength=x.size + 1)[:-1])
    return passed


def _named_together(left: NDArray[np.uint8]) -> Ints:
    """Of each `AT_ONCE` sets of leaves in rows (p, t) the first leaves, by name, in one number."""
    named = (left & -left) * MAGIC >> 5
    four = named.view(np.uint32)
    two = (four | four >> 5) & 0x3F003F
    return np.asarray((two | two >> 10) & 0xFFF, dtype=np.int64)


def describe(
    z_scores: Floats, listeners: Floats, known: Floats | int, known_log_listeners: Floats | float
) -> Floats:
    """Rows (..., n_parts + 3) of candidates (...): what each part says, of `z_scores`
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
