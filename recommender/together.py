"""One part of the hybrid and many listeners: what it says of every warm item, how that spreads, and
what their own items added to it.

`Own` are the listeners' own plays; results agree with `scorers` and `fusion` for one listener up to
the rounding of float32. Means and deviations of ALS follow from those of its factors, without
another look at the scores: of u'y over items y they are u'mean(y) and u'cov(y)u.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recommender.batch_scores import leading_scores, listener_factors
from recommender.fold_in import COLLABORATIVE
from recommender.fusion import FLAT, FLAT_SHARE, spread
from recommender.interactions import Matrix
from recommender.scorers import FactorScorer, Floats, Ints, LinearScorer, Scorer

SURE = 0.05  # of the squared mean: a difference of squares above it is more than rounding


@dataclass(frozen=True)
class Own:
    """`b` listeners' own positions and weights; the first `n_items` of all items are warm."""

    listeners: Sequence[tuple[Ints, Floats]]
    n_items: int

    def __len__(self) -> int:
        return len(self.listeners)

    @cached_property
    def rows(self) -> Ints:
        """Whose each play is, one listener's after the other's."""
        return np.repeat(np.arange(len(self)), [items.size for items, _ in self.listeners])

    @cached_property
    def items(self) -> Ints:
        return np.concatenate([items for items, _ in self.listeners])

    @cached_property
    def weights(self) -> Floats:
        return np.concatenate([weights for _, weights in self.listeners])

    @cached_property
    def matrix(self) -> Matrix:
        """Preferences (b, n_items) for warm items."""
        warm = self.items < self.n_items
        starts = np.concatenate([[0], np.cumsum(np.bincount(self.rows[warm], minlength=len(self)))])
        shape = (len(self), self.n_items)
        return sparse.csr_matrix((self.weights[warm], self.items[warm], starts), shape=shape)

    @cached_property
    def wide(self) -> tuple[Ints, Floats]:
        """Positions and weights (b, k), filled up with weights of 0."""
        counts = np.bincount(self.rows, minlength=len(self))
        items = np.zeros((len(self), max(1, int(counts.max()))), dtype=np.int64)
        weights = np.zeros(items.shape, dtype=np.float32)
        places = self.rows, np.arange(self.rows.size) - (np.cumsum(counts) - counts)[self.rows]
        items[places], weights[places] = self.items, self.weights
        return items, weights

    def leading(self, size: int) -> tuple[Ints, Floats]:
        """The same with weights of 0 beyond the first `size` items."""
        items, weights = self.wide
        inside = items < size
        return np.where(inside, items, 0), np.where(inside, weights, np.float32(0))


class Said(Protocol):
    """Raw scores (b, m) of the first items, 0 for those beyond."""

    @property
    def mean(self) -> Floats:
        """Of all warm items, (b,)."""

    @property
    def deviation(self) -> Floats:
        """The same; 0 where it is no more than rounding."""

    @property
    def width(self) -> int:
        """Of how many items, m."""

    def times(self, gains: Floats, out: Floats) -> None:
        """Write the scores, each listener's times its gain (b,), to `out` (b, m)."""

    def at(self, rows: Ints, positions: Ints) -> Floats:
        """The scores of `positions` (k,) for the listeners `rows` (k,)."""

    def alone(self, row: int) -> Floats:
        """One listener's, (m,)."""


@dataclass(frozen=True, slots=True)
class Scores:
    """All of them at hand."""

    scores: Floats
    mean: Floats
    deviation: Floats

    @property
    def width(self) -> int:
        return int(self.scores.shape[1])

    def times(self, gains: Floats, out: Floats) -> None:
        np.multiply(self.scores, gains[:, None], out=out)

    def at(self, rows: Ints, positions: Ints) -> Floats:
        raw = self.scores[rows, np.minimum(positions, self.width - 1)]
        raw[positions >= self.width] = 0
        return raw

    def alone(self, row: int) -> Floats:
        alone: Floats = self.scores[row]
        return alone


@dataclass(frozen=True, slots=True)
class Products:
    """Of `listeners` (b, f) with items (m, f), in `factors` column by column and in `rows` row by
    row.
    """

    listeners: Floats
    factors: Floats
    rows: Floats
    mean: Floats
    deviation: Floats

    @property
    def width(self) -> int:
        return len(self.rows)

    def times(self, gains: Floats, out: Floats) -> None:
        np.matmul(self.listeners * gains[:, None], self.factors.T, out=out)

    def at(self, rows: Ints, positions: Ints) -> Floats:
        return np.asarray(np.einsum("kf,kf->k", self.listeners[rows], self.rows[positions]))

    def alone(self, row: int) -> Floats:
        return np.asarray(self.rows @ self.listeners[row])


class Together(Protocol):
    def say(self, own: Own) -> Said:
        """What the part says to each."""

    def parts(self, own: Own, targets: Ints) -> Floats:
        """What each own item adds to the scores of each one's warm `targets` (b, t), (b, t, k), k
        as in `own.wide`.
        """


@dataclass(frozen=True)
class Each:
    """A scorer that is asked for one listener after the other."""

    scorer: Scorer

    def say(self, own: Own) -> Said:
        scores = np.stack([self.scorer.scores(*one)[: own.n_items] for one in own.listeners])
        return Scores(scores, *spreads(scores, own.n_items))

    def parts(self, own: Own, targets: Ints) -> Floats:
        parts = np.zeros((*targets.shape, own.wide[0].shape[1]), dtype=np.float32)
        for k, (items, weights) in enumerate(own.listeners):
            used = self._usable(items, own)
            some = self.scorer.parts(items[used], weights[used], targets[k])
            parts[k][:, np.flatnonzero(used)] = some
        return parts

    def _usable(self, items: Ints, own: Own) -> NDArray[np.bool_]:
        return np.ones(items.size, dtype=bool)


@dataclass(frozen=True)
class Collaborative(Each):
    """Any scorer that was fitted to plays, so that it knows warm items only."""

    def say(self, own: Own) -> Said:
        scores = leading_scores(self.scorer, own.matrix)
        return Scores(scores, *spreads(scores, own.n_items))

    def _usable(self, items: Ints, own: Own) -> NDArray[np.bool_]:
        return np.asarray(items < own.n_items)


@dataclass(frozen=True)
class Linear(Collaborative):
    """EASE."""

    scorer: LinearScorer

    def parts(self, own: Own, targets: Ints) -> Floats:
        size = len(self.scorer.matrix)
        items, weights = own.leading(size)
        wanted = np.minimum(targets, size - 1)
        parts = self.scorer.matrix[items[:, None, :], wanted[:, :, None]] * weights[:, None, :]
        parts[targets >= size] = 0
        return np.asarray(parts)


@dataclass(frozen=True)
class Factors:
    """ALS, over the first `n_items`, the warm ones."""

    scorer: FactorScorer
    n_items: int

    @cached_property
    def rows(self) -> Floats:
        """Factors (n_items, m x f), one item's side by side in memory."""
        return np.ascontiguousarray(self.scorer.factors[: self.n_items])

    @cached_property
    def mean(self) -> Floats:
        return np.asarray(self.rows.mean(axis=0, dtype=np.float64), dtype=np.float32)

    @cached_property
    def covariance(self) -> Floats:
        centred = self.rows - self.mean
        return np.asarray(centred.T @ centred / np.float32(self.n_items))

    def say(self, own: Own) -> Said:
        listeners = listener_factors(self.scorer, self.rows, own.matrix)
        mean = listeners @ self.mean
        variance = ((listeners @ self.covariance) * listeners).sum(axis=1)
        deviation = _felt(mean, np.sqrt(np.maximum(variance, 0)))
        factors = self.scorer.factors[: self.n_items]
        return Products(listeners, factors, self.rows, mean, deviation)

    def parts(self, own: Own, targets: Ints) -> Floats:
        items, weights = own.leading(self.n_items)
        scorer, confidence = self.scorer, np.float32(self.scorer.alpha) * weights
        n_factors = scorer.gram.shape[1]
        penalty = np.float32(scorer.regularisation) * np.eye(n_factors, dtype=np.float32)
        total = np.zeros((*targets.shape, items.shape[1]), dtype=np.float32)
        extra = np.where(weights > 0, confidence - 1, np.float32(0))[:, :, None]
        for k, gram in enumerate(scorer.gram):
            member = self.rows[:, k * n_factors : (k + 1) * n_factors]
            rows = member[items]  # (b, k, f)
            across = rows.transpose(0, 2, 1)
            system = across @ (extra * rows) + (gram + penalty)
            solved = np.linalg.solve(system, member[targets].transpose(0, 2, 1))  # (b, f, t)
            total += solved.transpose(0, 2, 1) @ across
        return np.asarray(total * (confidence / np.float32(len(scorer.gram)))[:, None, :])


def together(name: str, scorer: Scorer, n_items: int) -> Together:
    """The part `name` for many listeners, over the first `n_items`."""
    if isinstance(scorer, FactorScorer):
        return Factors(scorer, n_items)
    if isinstance(scorer, LinearScorer):
        return Linear(scorer)
    return Collaborative(scorer) if name in COLLABORATIVE else Each(scorer)


def spreads(scores: Floats, n_items: int) -> tuple[Floats, Floats]:
    """`fusion.spread` of each row of `scores` (b, m)."""
    mean = scores.sum(axis=1) / np.float32(n_items)
    square = np.einsum("ij,ij->i", scores, scores) / np.float32(n_items)
    variance = square - mean**2
    deviation = np.sqrt(np.maximum(variance, 0))
    for row in np.flatnonzero(variance < SURE * mean**2).tolist():
        mean[row], deviation[row] = spread(scores[row], n_items)
    return mean, _felt(mean, deviation)


def _felt(mean: Floats, deviation: Floats) -> Floats:
    """Deviations but for those that are rounding."""
    rounding = FLAT + FLAT_SHARE * np.abs(mean)
    return np.where(deviation > rounding, deviation, 0).astype(np.float32)
