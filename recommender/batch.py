"""Many listeners' rankings at once: the same lists as one at a time, for tables of rankings.

A block of listeners is scored, searched, ordered by the forest and explained together. A listener
without any track that was played in training is left to `Model.ranked`.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from recommender.batch_fold_in import Answers, best_of, fold_in_all, together_of
from recommender.batch_reasons import explain_all
from recommender.fold_in import fold_in
from recommender.forest import FUSED, POOL, describe
from recommender.model import Model, Recommendation
from recommender.own import Own
from recommender.scorers import Floats, Ints
from recommender.together import Together

BLOCK = 64  # listeners at a time: their scores stay in the processor's caches
Listener = Mapping[str, float]


class Lists(NamedTuple):
    """Of each listener folded in positions and fused scores (b, n) of the best, best first, the
    last ones -1 where there are fewer.
    """

    answers: Answers
    positions: Ints
    scores: Floats


def recommend_all(
    model: Model,
    listeners: Sequence[Listener],
    n: int,
    candidates: Collection[str] | None = None,
    strangers: Collection[int] = (),
) -> Iterator[list[Recommendation]]:
    """What `model.recommend` says to each of `listeners`, in their order; `strangers` are places in
    it.
    """
    hidden, parts = np.sort(model.hidden((), candidates)), together_of(model)
    nobody = None if all(listeners) else model.ranked(*model.own({}), n, hidden)
    for own, start in _blocks(model, listeners):
        found: dict[int, list[Recommendation]] = {}
        for stranger, places in _groups(model, own, strangers, start):
            lists = _ranked(model, parts, own.only(places), stranger, n, hidden)
            found |= zip(places.tolist(), _explained(model, lists), strict=True)
        for k, (items, weights) in enumerate(own.listeners):
            if k in found:
                yield found[k]
            elif nobody is not None and not items.size:
                yield nobody
            else:
                yield model.ranked(items, weights, n, hidden, False, start + k in strangers)


def tops(
    model: Model,
    listeners: Sequence[Listener],
    n: int,
    strangers: Collection[int] = (),
) -> Iterator[Ints]:
    """The positions of what `recommend_all` recommends, without working out reasons."""
    hidden, parts = np.sort(model.hidden((), None)), together_of(model)
    for own, start in _blocks(model, listeners):
        found: dict[int, Ints] = {}
        for stranger, places in _groups(model, own, strangers, start):
            lists = _ranked(model, parts, own.only(places), stranger, n, hidden)
            best = (row[row >= 0] for row in lists.positions)
            found |= zip(places.tolist(), best, strict=True)
        for k, one in enumerate(own.listeners):
            if k in found:
                yield found[k]
            else:
                answer = fold_in(model, *one, start + k in strangers)
                yield model.top(answer, n, hidden)


def _blocks(model: Model, listeners: Sequence[Listener]) -> Iterator[tuple[Own, int]]:
    """And the first one's place among all."""
    for start in range(0, len(listeners), BLOCK):
        yield Own.of(model, listeners[start : start + BLOCK]), start


def _groups(
    model: Model, own: Own, strangers: Collection[int], start: int
) -> Iterator[tuple[bool, Ints]]:
    """Places of those with some warm item: of strangers and of others."""
    strange = np.array([start + k in strangers for k in range(len(own))])
    for stranger in (False, True):
        places = np.flatnonzero(own.warm & (strange == stranger))
        if places.size and any(model.weights_for(stranger).values()):
            yield stranger, places


def _ranked(
    model: Model, parts: Mapping[str, Together], own: Own, stranger: bool, n: int, hidden: Ints
) -> Lists:
    answers = fold_in_all(model, parts, own, stranger)
    most = n if answers.forest is None else max(n, POOL)
    best, scores = best_of(model, answers, most, hidden)
    scores -= answers.level[:, None]
    _rearrange(model, answers, best, scores)
    return Lists(answers, best[:, :n], scores[:, :n])


def _rearrange(model: Model, answers: Answers, best: Ints, scores: Floats) -> None:
    """`fold_in.rearranged` of each row of `best` (b, n), of those scores, in place."""
    if answers.forest is None:
        return
    movable = (best >= 0) & (best < model.warm)
    movable &= np.cumsum(movable, axis=1) <= POOL
    rows, _ = np.nonzero(movable)
    pool = best[movable]
    said = {
        name: part.z(rows, pool)
        for name, part in answers.warm.items()
        if name in answers.forest.parts
    }
    said[FUSED] = scores[movable]
    nothing = np.zeros(pool.size, dtype=np.float32)
    z = [said.get(name, nothing) for name in answers.forest.parts]
    known, logs = _known(model, answers)
    x = describe(np.stack(z), model.listeners[pool], known[rows], logs[rows])
    votes = np.full(best.shape, -np.inf, dtype=np.float32)
    votes[movable] = answers.forest.scores(x, rows)
    order = np.argsort(-votes, axis=1, kind="stable")
    first = np.arange(best.shape[1]) < movable.sum(axis=1, keepdims=True)
    best[movable] = np.take_along_axis(best, order, axis=1)[first]


def _known(model: Model, answers: Answers) -> tuple[Floats, Floats]:
    """Of each listener how many warm tracks are known, and their mean log listeners, (b,)."""
    own = answers.own.matrix
    logs = np.log1p(model.listeners[own.indices])
    counts = np.diff(own.indptr)
    return counts.astype(np.float32), np.asarray(np.add.reduceat(logs, own.indptr[:-1]) / counts)


def _explained(model: Model, lists: Lists) -> Iterator[list[Recommendation]]:
    reasons = explain_all(model, lists.answers, lists.positions)
    item_ids = model.item_ids
    scores = lists.scores.tolist()
    for positions, of_one, why in zip(lists.positions.tolist(), scores, reasons, strict=True):
        yield [
            Recommendation(item_ids[k], score, reason)
            for k, score, reason in zip(positions, of_one, why, strict=False)
            if k >= 0
        ]
