"""One part of the hybrid and many listeners: what it says of every warm item, how that spreads, and
what their own items added to it.

Results agree with `scorers` and `fusion` for one listener up to the rounding of float32.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from recommender.batch_scores import leading_scores
from recommender.fold_in import COLLABORATIVE
from recommender.fusion import ProductSpread, felt, spread
from recommender.model import Model
from recommender.own import Own
from recommender.scorers import FactorScorer, Floats, Ints, LinearScorer, Scorer

SURE = 0.05  # of the squared mean: a difference of squares above it is more than rounding


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

    def write(self, gains: Floats, first: int, out: Floats) -> None:
        """Write the scores of the items from `first` on, each listener's times its gain (b,), to
        `out` (b, w).
        """

    def at(self, rows: Ints, positions: Ints) -> Floats:
        """The scores of `positions` (k,) for the listeners `rows` (k,)."""

    def parts(self, targets: Ints) -> Floats:
        """What each own item adds to the scores of each one's warm `targets` (b, t), (b, t, k), k
        as in `Own.wide`.
        """


@dataclass(frozen=True)
class Scores:
    """All of them at hand."""

    scorer: Scorer
    own: Own
    scores: Floats
    mean: Floats
    deviation: Floats

    @property
    def width(self) -> int:
        return int(self.scores.shape[1])

    def write(self, gains: Floats, first: int, out: Floats) -> None:
        some = self.scores[:, first : first + out.shape[1]]
        np.multiply(some, gains[:, None], out=out[:, : some.shape[1]])
        out[:, some.shape[1] :] = 0

    def at(self, rows: Ints, positions: Ints) -> Floats:
        raw = self.scores[rows, np.minimum(positions, self.width - 1)]
        raw[positions >= self.width] = 0
        return raw

    def parts(self, targets: Ints) -> Floats:
        parts = np.zeros((*targets.shape, self.own.wide[0].shape[1]), dtype=np.float32)
        for k, (items, weights) in enumerate(self.own.listeners):
            used = self._usable(items)
            some = self.scorer.parts(items[used], weights[used], targets[k])
            parts[k][:, np.flatnonzero(used)] = some
        return parts

    def _usable(self, items: Ints) -> NDArray[np.bool_]:
        return np.ones(items.size, dtype=bool)


@dataclass(frozen=True)
class WarmScores(Scores):
    """Of a scorer that was fitted to plays, so that it knows warm items only."""

    def _usable(self, items: Ints) -> NDArray[np.bool_]:
        return np.asarray(items < self.own.n_items)


@dataclass(frozen=True)
class LinearScores(WarmScores):
    """EASE's."""

    scorer: LinearScorer

    def parts(self, targets: Ints) -> Floats:
        size = len(self.scorer.matrix)
        items, weights = self.own.leading(size)
        wanted = np.minimum(targets, size - 1)
        parts = self.scorer.matrix[items[:, None, :], wanted[:, :, None]] * weights[:, None, :]
        parts[targets >= size] = 0
        return np.asarray(parts)


@dataclass(frozen=True)
class Products:
    """Of `listeners` (b, m x f) with items, `part`'s factors. Of the own items as in `Own.wide` the
    factors `rows` (b, k, m x f) and the `confidence` (b, k), 0 for what fills up; `systems`
    (m, b, f, f) are the normal equations.
    """

    part: "Factors"
    listeners: Floats
    rows: Floats
    confidence: Floats
    systems: Floats
    mean: Floats
    deviation: Floats

    @property
    def width(self) -> int:
        return len(self.part.rows)

    def write(self, gains: Floats, first: int, out: Floats) -> None:
        factors = self.part.scorer.factors[first : first + out.shape[1]]
        np.matmul(self.listeners * gains[:, None], factors.T, out=out)

    def at(self, rows: Ints, positions: Ints) -> Floats:
        return np.asarray(np.einsum("kf,kf->k", self.listeners[rows], self.part.rows[positions]))

    def parts(self, targets: Ints) -> Floats:
        wanted = self.part.rows[targets].transpose(0, 2, 1)  # (b, m x f, t)
        total = np.zeros((*targets.shape, self.rows.shape[1]), dtype=np.float32)
        for system, member in zip(self.systems, self.part.members, strict=True):
            solved = np.linalg.solve(system, wanted[:, member])  # (b, f, t)
            total += solved.transpose(0, 2, 1) @ self.rows[:, :, member].transpose(0, 2, 1)
        return np.asarray(total * (self.confidence / np.float32(len(self.systems)))[:, None, :])


class Together(Protocol):
    def say(self, own: Own) -> Said:
        """What the part says to each."""


@dataclass(frozen=True)
class Each:
    """A scorer that is asked for one listener after the other."""

    scorer: Scorer

    def say(self, own: Own) -> Said:
        scores = np.stack([self.scorer.scores(*one)[: own.n_items] for one in own.listeners])
        return Scores(self.scorer, own, scores, *spreads(scores, own.n_items))


@dataclass(frozen=True)
class Collaborative:
    """Any scorer that was fitted to plays."""

    scorer: Scorer

    def say(self, own: Own) -> Said:
        scores = leading_scores(self.scorer, own.matrix)
        spread = spreads(scores, own.n_items)
        if isinstance(self.scorer, LinearScorer):
            return LinearScores(self.scorer, own, scores, *spread)
        return WarmScores(self.scorer, own, scores, *spread)


@dataclass(frozen=True)
class Factors:
    """ALS, over the first `n_items`, the warm ones, over which products have that `spread`."""

    scorer: FactorScorer
    n_items: int
    spread: ProductSpread

    @cached_property
    def rows(self) -> Floats:
        """Factors (n_items, m x f), one item's side by side in memory."""
        return np.ascontiguousarray(self.scorer.factors[: self.n_items])

    @property
    def members(self) -> list[slice]:
        """Where each member's factors lie."""
        n_members, size = self.scorer.gram.shape[:2]
        return [slice(k * size, (k + 1) * size) for k in range(n_members)]

    def say(self, own: Own) -> Said:
        items, weights = own.leading(self.n_items)
        rows, confidence = self.rows[items], np.float32(self.scorer.alpha) * weights
        more = np.where(weights > 0, confidence - 1, np.float32(0))[:, :, None]
        systems, listeners = [], []
        for penalised, member in zip(self.scorer.penalised, self.members, strict=True):
            own_rows = rows[:, :, member]
            systems.append(own_rows.transpose(0, 2, 1) @ (more * own_rows) + penalised)
            if self.scorer.growth:
                systems[-1] += self.scorer.grown(confidence)[:, None, None] * np.eye(
                    own_rows.shape[2], dtype=np.float32
                )
            right = confidence[:, None, :] @ own_rows  # (b, 1, f)
            listeners.append(np.linalg.solve(systems[-1], right.transpose(0, 2, 1))[:, :, 0])
        vectors = np.asarray(np.concatenate(listeners, axis=1) / len(systems), dtype=np.float32)
        stacked = np.asarray(np.stack(systems), dtype=np.float32)
        spread = self.spread.of(vectors)
        return Products(self, vectors, rows, confidence, stacked, *spread)


def together(model: Model, name: str, scorer: Scorer) -> Together:
    """The part `name` for many listeners."""
    if isinstance(scorer, FactorScorer):
        return Factors(scorer, model.warm, model.product_spreads[name])
    return Collaborative(scorer) if name in COLLABORATIVE else Each(scorer)


def spreads(scores: Floats, n_items: int) -> tuple[Floats, Floats]:
    """`fusion.spread` of each row of `scores` (b, m)."""
    mean = scores.sum(axis=1) / np.float32(n_items)
    square = np.einsum("ij,ij->i", scores, scores) / np.float32(n_items)
    variance = square - mean**2
    deviation = np.sqrt(np.maximum(variance, 0))
    for row in np.flatnonzero(variance < SURE * mean**2).tolist():
        mean[row], deviation[row] = spread(scores[row], n_items)
    return mean, felt(mean, deviation)
