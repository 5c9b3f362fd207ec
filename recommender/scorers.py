"""The parts of the hybrid: each turns a listener's own items into a score for every item.

A scorer is linear in the listener's weights once its model is fixed, so `parts` can say how much
each own item contributed. Invariant: `parts(...).sum(axis=1)` equals `scores(...)[targets]`. numpy
only: these run in web processes. Items are positions in the model's catalogue, warm ones (with
plays) first.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]


class Scorer(Protocol):
    """`items` (k,) positions and `weights` (k,) are the listener's own; results are float32."""

    def scores(self, items: Ints, weights: Floats) -> Floats:
        """Scores (m,) of the scorer's first items; those beyond have 0."""

    def parts(self, items: Ints, weights: Floats, targets: Ints) -> Floats:
        """What each own item adds to each target's score, (len(targets), k)."""


@dataclass(frozen=True, slots=True)
class Scores:
    """All `scores` (m,) of the scorer's first items, for own `items` (k,) with `weights` (k,)."""

    scorer: Scorer
    items: Ints
    weights: Floats
    scores: Floats

    def at(self, positions: Ints) -> Floats:
        raw = self.scores.take(positions, mode="clip")
        raw[positions >= self.scores.size] = 0
        return raw

    def parts(self, targets: Ints) -> Floats:
        return self.scorer.parts(self.items, self.weights, targets)


@dataclass(frozen=True)
class FactorScorer:
    """Implicit ALS (Hu, Koren and Volinsky 2008), the listener solved anew from the own items.

    The mean of `m` members that differ by seed alone, which takes off much of what a start leaves
    to chance: `factors` (n, m x f) side by side, `gram` (m, f, f) the product of each one's warm
    rows; confidence is alpha x weight. The penalty on a listener is `regularisation` and `growth`
    times the sum of the own items' confidence (Rendle et al. 2021).
    """

    factors: Floats
    gram: Floats
    regularisation: float
    alpha: float
    growth: float = 0.0

    def joined(self, more: Floats) -> "FactorScorer":
        """With further items of factors `more` (k, m x f); the gram stays the warm ones'."""
        factors = np.asfortranarray(np.concatenate([self.factors, more]))
        return replace(self, factors=factors)

    def members(self, items: Ints) -> Floats:
        """Each member's factors (m, k, f) of `items`."""
        rows: Floats = self.factors[items]
        return rows.reshape(len(rows), *self.gram.shape[:2]).transpose(1, 0, 2)

    @cached_property
    def penalised(self) -> Floats:
        """The gram with the penalty on its diagonal."""
        return self.gram + np.float32(self.regularisation) * np.eye(
            self.gram.shape[1], dtype=np.float32
        )

    def grown(self, confidence: Floats) -> Floats:
        """What own items' confidence (..., k) adds to the penalty, (...)."""
        return np.asarray(np.float32(self.growth) * confidence.sum(axis=-1))

    def solved(self, items: Ints, weights: Floats) -> "Solved":
        """What it says to a listener."""
        confidence = np.float32(self.alpha) * weights
        own = self.members(items)
        across = own.transpose(0, 2, 1)
        system = (across * (confidence - 1)) @ own
        system += self.penalised
        if self.growth:
            system += self.grown(confidence) * np.eye(system.shape[1], dtype=np.float32)
        right = (confidence @ own)[:, :, None]
        listener = np.linalg.solve(system, right).ravel() / np.float32(len(own))
        return Solved(self, own, confidence, system, listener)

    def listener(self, items: Ints, weights: Floats) -> Floats:
        """The listener's vector (m x f,): zero without items."""
        return self.solved(items, weights).listener

    def scores(self, items: Ints, weights: Floats) -> Floats:
        return np.asarray(self.factors @ self.listener(items, weights), dtype=np.float32)

    def parts(self, items: Ints, weights: Floats, targets: Ints) -> Floats:
        return self.solved(items, weights).parts(targets)


@dataclass(frozen=True, slots=True)
class Solved:
    """What ALS says to one listener: the products of items with the vector `listener` (m x f,).

    Of the own items each member's factors `own` (m, k, f) and `confidence` (k,); `system` (m, f, f)
    are the normal equations.
    """

    scorer: FactorScorer
    own: Floats
    confidence: Floats
    system: Floats
    listener: Floats

    def at(self, positions: Ints) -> Floats:
        return np.asarray(self.scorer.factors[positions] @ self.listener)

    def parts(self, targets: Ints) -> Floats:
        across = self.scorer.members(targets).transpose(0, 2, 1)
        each = self.own @ np.linalg.solve(self.system, across)  # (m, k, t)
        return np.asarray(each.mean(axis=0).T * self.confidence, dtype=np.float32)


@dataclass(frozen=True, slots=True)
class LinearScorer:
    """EASE (Steck 2019): `matrix` (m, m) over the m most played items, which come first; zero
    beyond.
    """

    matrix: Floats
    n_items: int

    def scores(self, items: Ints, weights: Floats) -> Floats:
        inside = items < len(self.matrix)
        return np.asarray(weights[inside] @ self.matrix[items[inside]], dtype=np.float32)

    def parts(self, items: Ints, weights: Floats, targets: Ints) -> Floats:
        parts = np.zeros((targets.size, items.size), dtype=np.float32)
        own, wanted = (
            np.flatnonzero(items < len(self.matrix)),
            np.flatnonzero(targets < len(self.matrix)),
        )
        block = self.matrix[np.ix_(items[own], targets[wanted])] * weights[own, None]
        parts[np.ix_(wanted, own)] = block.T
        return parts


@dataclass(frozen=True, slots=True)
class NeighbourScorer:
    """Item-item cosine, each item's nearest only: row j is `columns` and `values`
    [starts[j]:starts[j+1]].
    """

    starts: Ints
    columns: NDArray[np.int32]
    values: Floats

    def nearest(self, item: int) -> tuple[Ints, Floats]:
        """Positions (m,) of the nearest to one, and their cosines."""
        row = self._row(item)
        return self.columns[row].astype(np.int64), self.values[row]

    def _row(self, item: int) -> slice:
        return slice(int(self.starts[item]), int(self.starts[item + 1]))

    def scores(self, items: Ints, weights: Floats) -> Floats:
        scores = np.zeros(self.starts.size - 1, dtype=np.float32)
        for item, weight in zip(items.tolist(), weights, strict=True):
            row = self._row(item)
            scores[self.columns[row]] += weight * self.values[row]
        return scores

    def parts(self, items: Ints, weights: Floats, targets: Ints) -> Floats:
        parts = np.zeros((targets.size, items.size), dtype=np.float32)
        where = np.full(self.starts.size - 1, -1, dtype=np.int64)
        where[targets] = np.arange(targets.size)
        for k, item in enumerate(items.tolist()):
            row = self._row(item)
            found = where[self.columns[row]]
            parts[found[found >= 0], k] = weights[k] * self.values[row][found >= 0]
        return parts


@dataclass(frozen=True, slots=True)
class SoundScorer:
    """Likeness to the listener's own tracks by ear: `unit` (n, d) rows of length 1, or 0 if not
    heard.

    The likeness is cubed, so that one close track counts more than many distant ones; the `MOST`
    weightiest own items take part.
    """

    unit: Floats
    MOST = 40

    def _likeness(self, items: Ints, weights: Floats, targets: Ints | slice) -> tuple[Ints, Floats]:
        used = np.argsort(-weights, kind="stable")[: self.MOST]
        cosine = np.maximum(self.unit[targets] @ self.unit[items[used]].T, 0.0)
        return used, np.asarray(cosine**3 * weights[used], dtype=np.float32)

    def scores(self, items: Ints, weights: Floats) -> Floats:
        return self.scores_of(items, weights, slice(None))

    def scores_of(self, items: Ints, weights: Floats, targets: Ints | slice) -> Floats:
        """Scores of some items only: dense likeness is the dear part."""
        return np.asarray(self._likeness(items, weights, targets)[1].sum(axis=1), dtype=np.float32)

    def parts(self, items: Ints, weights: Floats, targets: Ints) -> Floats:
        parts = np.zeros((targets.size, items.size), dtype=np.float32)
        used, likeness = self._likeness(items, weights, targets)
        parts[:, used] = likeness
        return parts


@dataclass(frozen=True, slots=True)
class ArtistScorer:
    """Affinity to an artist: the weight of the listener's items by the same one; -1 is an unknown
    artist.
    """

    artists: Ints

    def scores(self, items: Ints, weights: Floats) -> Floats:
        own = self.artists[items]
        total = np.zeros(int(self.artists.max(initial=-1)) + 2, dtype=np.float32)
        np.add.at(total, own[own >= 0], weights[own >= 0])
        return total[self.artists]  # the last cell, never added to, answers for -1

    def parts(self, items: Ints, weights: Floats, targets: Ints) -> Floats:
        same = (self.artists[targets][:, None] == self.artists[items][None, :]) & (
            self.artists[targets][:, None] >= 0
        )
        return np.asarray(same * weights[None, :], dtype=np.float32)


@dataclass(frozen=True, slots=True)
class PopularityScorer:
    """What everybody plays: log(1 + listeners), the same for each listener; no own item
    contributes.
    """

    listeners: Floats

    def scores(self, items: Ints, weights: Floats) -> Floats:
        return np.log1p(self.listeners)

    def parts(self, items: Ints, weights: Floats, targets: Ints) -> Floats:
        return np.zeros((targets.size, items.size), dtype=np.float32)
