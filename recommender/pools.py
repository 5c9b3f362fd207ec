"""Candidates of many listeners, as fusion and forest are tried on them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.batch_scores import score_all
from recommender.forest import FUSED, describe
from recommender.fusion import z_scored_rows
from recommender.highest import top_rows
from recommender.interactions import Matrix
from recommender.metrics import Ints, ndcgs, values
from recommender.panel import DEPTH, Panel
from recommender.scorers import Floats, Scorer

AT_ONCE = 100_000  # scores looked at, in the processor's cache
BEST_OF_EACH = 60  # each scorer's best items; a fused top 20 comes from their union


@dataclass(frozen=True, slots=True)
class Pools:
    """`p` candidates of each of `q` listeners; `real` (q, p) is false where one fills a place only.

    `z_scores` (n_scorers, q, p) by the scorers `names`; `listeners` (q, p), how many play each;
    `wanted` (q, p), whether it was hidden. Of each listener (q,): the row in the training matrix,
    how many items are hidden, how many are known and their mean log listeners.
    """

    names: tuple[str, ...]
    z_scores: Floats
    real: NDArray[np.bool_]
    listeners: Floats
    wanted: NDArray[np.bool_]
    users: Ints
    hidden: Ints
    known: Floats
    known_log_listeners: Floats

    def by(self, names: Iterable[str]) -> "Pools":
        """What the scorers `names` say, of the same candidates."""
        names = tuple(names)
        rows = [self.names.index(name) for name in names]
        return replace(self, names=names, z_scores=self.z_scores[rows])

    def of(self, chosen: NDArray[np.bool_]) -> "Pools":
        """Those of the listeners `chosen` (q,)."""
        z_scores, *rest = self._arrays()
        return Pools(self.names, z_scores[:, chosen], *(part[chosen] for part in rest))

    def best(self, weights: Mapping[str, float], count: int) -> "Pools":
        """The `count` candidates that the weighted sum puts first, best first; the sum, `FUSED`, is
        the first that says something of them.
        """
        fused = self.fused(weights)
        best = top_rows(fused, count)
        z_scores, *rest = self._arrays()
        z_scores = np.concatenate([np.where(self.real, fused, np.float32(0))[None], z_scores])
        z_scores = np.take_along_axis(z_scores, best[None], axis=2)
        cut = (np.take_along_axis(part, best, axis=1) for part in rest[:3])
        return Pools((FUSED, *self.names), z_scores, *cut, *rest[3:])

    def fused(self, weights: Mapping[str, float]) -> Floats:
        """The weighted sum (q, p), -inf where there is no candidate."""
        each = np.array([weights.get(name, 0.0) for name in self.names], dtype=np.float32)
        fused = np.tensordot(each, self.z_scores, axes=1)
        return np.where(self.real, fused, -np.inf).astype(np.float32)

    def described(self) -> Floats:
        """The forest's view of the real candidates, rows (n, n_features)."""
        logs = self.known_log_listeners[:, None]
        return describe(self.z_scores, self.listeners, self.known[:, None], logs)[self.real]

    def values(self, scores: Floats) -> NDArray[np.float64]:
        """Quality (q,) of each listener's candidates in the order of `scores` (q, p)."""
        return values(self._hits(scores), self.hidden)

    def ndcgs(self, scores: Floats) -> NDArray[np.float64]:
        """NDCG@10 (q,) of the same."""
        return ndcgs(self._hits(scores), self.hidden)

    def value(self, scores: Floats) -> float:
        """The mean of `values`."""
        return float(self.values(scores).mean())

    def _hits(self, scores: Floats) -> NDArray[np.bool_]:
        """Whether what was hidden stands in each of the first `DEPTH` places (q, `DEPTH`): a few
        candidates' ranks are counted, since to sort all takes many times as long.
        """
        rows, columns = np.nonzero(self.wanted)
        step = max(1, AT_ONCE // scores.shape[1])
        ranks = np.zeros(rows.size, dtype=np.int64)
        for start in range(0, rows.size, step):
            some = slice(start, start + step)
            each, place = scores[rows[some]], columns[some, None]
            own = np.take_along_axis(each, place, axis=1)
            before = each > own
            before |= (each == own) & (np.arange(scores.shape[1]) < place)
            ranks[some] = np.count_nonzero(before, axis=1)
        hits = np.zeros((len(scores), DEPTH), dtype=bool)
        first = ranks < DEPTH
        hits[rows[first], ranks[first]] = True
        return hits

    def _wide(self, width: int) -> "Pools":
        z_scores, *rest = self._arrays()
        more = (0, width - self.real.shape[1])
        wide = (np.pad(part, ((0, 0), more)) for part in rest[:3])
        return Pools(self.names, np.pad(z_scores, ((0, 0), (0, 0), more)), *wide, *rest[3:])

    def _arrays(self) -> list[Any]:
        return [getattr(self, field.name) for field in fields(self)[1:]]


def joined(pools: Sequence[Pools]) -> Pools:
    """All of them, of the same scorers, filled up to the widest."""
    width = max(one.real.shape[1] for one in pools)
    z_scores, *rest = zip(*(one._wide(width)._arrays() for one in pools), strict=True)
    return Pools(pools[0].names, np.concatenate(z_scores, axis=1), *map(np.concatenate, rest))


def pools_of(panel: Panel, matrix: Matrix, scorers: Mapping[str, Scorer]) -> Pools:
    """The best of each scorer for each listener of the panel, with the preferences `matrix`."""
    listeners = np.asarray((matrix > 0).sum(axis=0), dtype=np.float32).ravel()
    return joined([_block(panel, block, matrix, scorers, listeners) for block in panel.blocks()])


def _block(
    panel: Panel,
    block: slice,
    matrix: Matrix,
    scorers: Mapping[str, Scorer],
    listeners: Floats,
) -> Pools:
    users, own, held = panel.users[block], matrix[panel.users[block]], panel.held[block].toarray()
    rows = np.repeat(np.arange(users.size), np.diff(own.indptr))
    scores = []
    for scorer in scorers.values():
        scores.append(z_scored_rows(score_all(scorer, own)))
        scores[-1][rows, own.indices] = -np.inf
    items = np.sort(np.concatenate([top_rows(s, BEST_OF_EACH) for s in scores], axis=1), axis=1)
    real = np.isfinite(np.take_along_axis(scores[0], items, axis=1))
    real[:, 1:] &= items[:, 1:] != items[:, :-1]
    first = np.argsort(~real, axis=1, kind="stable")[:, : real.sum(axis=1).max()]
    items, real = (np.take_along_axis(part, first, axis=1) for part in (items, real))
    z_scores = np.stack([np.take_along_axis(s, items, axis=1) for s in scores])
    known = np.diff(own.indptr).astype(np.float32)
    logs = np.bincount(rows, np.log1p(listeners[own.indices]), users.size)
    return Pools(
        tuple(scorers),
        np.where(real, z_scores, np.float32(0)),
        real,
        listeners[items],
        np.take_along_axis(held, items, axis=1) & real,
        users,
        panel.hidden[block],
        known,
        (logs / np.maximum(known, 1)).astype(np.float32),
    )
