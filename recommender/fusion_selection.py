"""Choosing how scorers are put together: weights of their z-scores, then the forest's order, each
kept only if it ranks hidden items better.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from recommender.forest import POOL, Forest, describe
from recommender.forest_fits import fit_forest
from recommender.fusion import z_scored
from recommender.interactions import Matrix
from recommender.metrics import Ints, quality, top_of
from recommender.panel import DEPTH, Panel
from recommender.scorers import Floats, Scorer

log = logging.getLogger(__name__)

BEST_OF_EACH = 60  # each scorer's best items; a fused top 20 comes from their union
STEPS = (0.0, 0.1, 0.2, 0.35, 0.5, 0.75, 1.0)
FIRST_WEIGHTS = {"tangent": 0.75, "linear": 0.5, "ease": 0.5, "als": 0.35, "neighbours": 0.15}
WORTH = 0.0005  # what a weight must add to be changed: below it is noise
PART_WORTH = 0.001  # what the parts that plays are fitted for must add to be fitted and stored
FOREST_WORTH = 0.001
MAX_FOREST_POOLS = 6_000


@dataclass(frozen=True, slots=True)
class Pool:
    """One listener's candidates: `items` (p,), how many play each, `z_scores` (n_scorers, p); what
    of them is hidden, and how many play each of the own items.
    """

    user: int
    items: Ints
    listeners: Floats
    z_scores: Floats
    held: Ints
    own_listeners: Floats


def pools_of(panel: Panel, matrix: Matrix, scorers: Mapping[str, Scorer]) -> list[Pool]:
    """A pool for each listener of the panel, with the preferences `matrix`."""
    listeners = np.asarray((matrix > 0).sum(axis=0), dtype=np.float32).ravel()
    pools = []
    for user, held in zip(panel.users.tolist(), panel.held, strict=True):
        own, weights = panel.own(matrix, user)
        rows = []
        for scorer in scorers.values():
            row = z_scored(scorer.scores(own, weights))
            row[own] = -np.inf
            rows.append(row)
        items = np.unique(np.concatenate([top_of(row, BEST_OF_EACH) for row in rows]))
        z_scores = np.stack([row[items] for row in rows])
        pools.append(Pool(user, items, listeners[items], z_scores, held, listeners[own]))
    return pools


def select_weights(
    pools: Sequence[Pool], names: Sequence[str], n_items: int
) -> tuple[dict[str, float], float]:
    """The best weights found, and their quality."""
    weights = np.array([FIRST_WEIGHTS.get(name, 0.0) for name in names], dtype=np.float32)
    held = [pool.held for pool in pools]

    def judge(trial: Floats) -> float:
        tops = [pool.items[top_of(trial @ pool.z_scores, DEPTH)] for pool in pools]
        return quality(tops, held, n_items).value

    value = judge(weights)
    for _ in range(2):
        before = value
        for k, step in ((k, step) for k in range(len(names)) for step in STEPS):
            trial = weights.copy()
            trial[k] = step
            if trial.any() and (candidate := judge(trial)) > value + WORTH:
                weights, value = trial, candidate
        if value == before:
            break
    weights = _pruned(weights, [k for k, name in enumerate(names) if name in FIRST_WEIGHTS], judge)
    value = judge(weights)
    chosen = {name: float(weight) for name, weight in zip(names, weights, strict=True)}
    log.info("weights %s: %.4f", chosen, value)
    return chosen, value


def _pruned(weights: Floats, prunable: Sequence[int], judge: Callable[[Floats], float]) -> Floats:
    """Without those of `prunable`, but one, that together add less than `PART_WORTH`."""
    enough = judge(weights) - PART_WORTH
    while len(left := [k for k in prunable if weights[k] > 0]) > 1:
        trials = [np.where(np.arange(weights.size) == k, np.float32(0), weights) for k in left]
        fewer = max(trials, key=judge)
        if judge(fewer) < enough:
            break
        weights = fewer
    return weights


def select_forest(
    pools: Sequence[Pool], weights: Mapping[str, float], n_items: int, seed: int
) -> Forest | None:
    """A forest over the weighted parts, if it ranks listeners better that it was not fitted to."""
    summed = np.array(list(weights.values()), dtype=np.float32)
    cut = [_best(pool, summed) for pool in pools[:: 1 + len(pools) // MAX_FOREST_POOLS]]
    parts = tuple(name for name, weight in weights.items() if weight > 0)
    used = [k for k, weight in enumerate(weights.values()) if weight > 0]
    halves = [[pool for pool in cut if pool.user % 2 == half] for half in (0, 1)]
    gain = np.mean(
        [
            _value(there, used, n_items, _fit(here, used, parts, seed))
            - _value(there, used, n_items, None)
            for here, there in (halves, halves[::-1])
        ]
    )
    log.info("forest: %+.4f", gain)
    return _fit(cut, used, parts, seed) if gain > FOREST_WORTH else None


def _best(pool: Pool, weights: Floats) -> Pool:
    """What the weights alone would bring before the forest, best first."""
    best = top_of(weights @ pool.z_scores, POOL)
    return replace(
        pool,
        items=pool.items[best],
        listeners=pool.listeners[best],
        z_scores=pool.z_scores[:, best],
    )


def _rows(pool: Pool, used: Sequence[int]) -> Floats:
    return describe(pool.z_scores[used], pool.listeners, pool.own_listeners)


def _fit(pools: Sequence[Pool], used: Sequence[int], parts: tuple[str, ...], seed: int) -> Forest:
    x = np.concatenate([_rows(pool, used) for pool in pools])
    wanted = np.concatenate([np.isin(pool.items, pool.held) for pool in pools])
    return fit_forest(x, wanted, parts, seed)


def _value(
    pools: Sequence[Pool], used: Sequence[int], n_items: int, forest: Forest | None
) -> float:
    """Quality of the pools' order as it is, or as the forest rearranges it."""
    tops = [
        pool.items[:DEPTH]
        if forest is None
        else pool.items[top_of(forest.scores(_rows(pool, used)), DEPTH)]
        for pool in pools
    ]
    return quality(tops, [pool.held for pool in pools], n_items).value
