"""Choosing how scorers are put together: weights of their z-scores, then the forest's order, each
kept only if it ranks hidden items better.
"""

import itertools
import logging
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from recommender.forest import POOL, Forest
from recommender.forest_fits import fit_forest
from recommender.metrics import sure_gain
from recommender.pools import Pools, joined
from recommender.scorers import Floats

log = logging.getLogger(__name__)

STEPS = (0.0, 0.1, 0.2, 0.35, 0.5, 0.75, 1.0)
FIRST_WEIGHTS = {
    "tangent": 0.75,
    "linear": 0.5,
    "relative": 0.35,
    "ease": 0.5,
    "als": 0.35,
    "als_scaled": 0.35,
    "neighbours": 0.15,
    "topics": 0.1,
}
WORTH = 0.0005  # what a weight must add to be changed: below it is noise
PART_WORTH = 0.0003  # what the parts that plays are fitted for must add to be fitted and stored
FOREST_WORTH = 0.001
DISCOUNTS: tuple[float, ...] = (0.0, 0.05, 0.1, 0.125, 0.15, 0.175, 0.2, 0.25)
DISCOUNT_COST = 1 / 2  # of what a forest gains, for more of the catalogue to be heard
MAX_FOREST_POOLS = 8_000


def select_weights(pools: Pools, start: Mapping[str, float]) -> tuple[dict[str, float], float]:
    """The best weights found from `start`, and their quality."""

    def judge(trial: Mapping[str, float]) -> float:
        return pools.value(pools.fused(trial))

    weights = {name: start.get(name, 0.0) for name in pools.names}
    value = judge(weights)
    for _ in range(2):
        before = value
        for name, step in itertools.product(pools.names, STEPS):
            trial = weights | {name: step}
            if any(trial.values()) and (candidate := judge(trial)) > value + WORTH:
                weights, value = trial, candidate
        if value == before:
            break
    weights = _pruned(weights, judge)
    value = judge(weights)
    log.info("weights %s: %.4f", weights, value)
    return weights, value


def _pruned(
    weights: dict[str, float], judge: Callable[[Mapping[str, float]], float]
) -> dict[str, float]:
    """Without those parts fitted to plays, but one, that together add less than `PART_WORTH`."""
    enough = judge(weights) - PART_WORTH
    while len(left := [name for name in FIRST_WEIGHTS if weights.get(name, 0.0) > 0]) > 1:
        fewer = max((weights | {name: 0.0} for name in left), key=judge)
        if judge(fewer) < enough:
            break
        weights = fewer
    return weights


def select_forest(pools: Pools, seed: int) -> tuple[Forest | None, float]:
    """A forest for candidates that stand best first, if it surely ranks listeners better that it
    was not fitted to; and how much better.
    """
    every = 1 + pools.users.size // MAX_FOREST_POOLS
    pools = pools.of(np.arange(pools.users.size) % every == 0)
    halves = [pools.of(pools.users % 2 == half) for half in (0, 1)]
    votes = [votes_of(_fit(here, seed), there) for here, there in (halves, halves[::-1])]
    unseen = joined(halves[::-1])
    votes_unseen: Floats = np.concatenate(votes)
    logs: Floats = np.log1p(unseen.listeners)
    gains, sure = {}, []
    for discount in DISCOUNTS:
        discounted = votes_unseen - np.float32(discount) * logs
        gains[discount] = float(gains_of(discounted, unseen).mean())
        if surely_better(discounted, unseen):
            sure.append(discount)
    log.info("forest by discount: %s", {k: round(gain, 4) for k, gain in gains.items()})
    taken = affordable(gains, sure)
    log.info("of which sure: %s, taken: %s", sure, taken)
    if taken is None:
        return None, 0.0
    return replace(_fit(pools, seed), discount=taken), gains[taken]


def affordable(gains: Mapping[float, float], sure: Collection[float]) -> float | None:
    """Of the discounts whose gain is `sure`, the largest that costs little and leaves what a forest
    must be worth; None where none does.
    """
    enough = max(max(gains.values()) * (1 - DISCOUNT_COST), FOREST_WORTH)
    return max((discount for discount in sure if gains[discount] >= enough), default=None)


def select_for_strangers(
    pools: Pools, weights: Mapping[str, float], forest: Forest | None, seed: int
) -> tuple[dict[str, float] | None, Forest | None]:
    """Weights and forest for listeners unknown to the parts, from `pools` of such; neither where
    they are served best as others, with `weights` and `forest`.
    """
    as_others = pools.value(pools.fused(weights))
    if forest is not None:
        best = pools.best(weights, POOL)
        as_others += float(gains_of(votes_of(forest, best), best).mean())
    chosen, value = select_weights(pools, weights)
    own_forest, gain = select_forest(pools.best(chosen, POOL), seed)
    log.info("strangers: %.4f, of their own %.4f + %.4f", as_others, value, gain)
    return (chosen, own_forest) if value + gain > as_others else (None, None)


def _fit(pools: Pools, seed: int) -> Forest:
    return fit_forest(pools.described(), pools.wanted[pools.real], pools.names, seed)


def votes_of(forest: Forest, pools: Pools) -> Floats:
    """The forest's votes (q, p), -inf where there is no candidate."""
    votes = np.full(pools.real.shape, -np.inf, dtype=np.float32)
    votes[pools.real] = forest.scores(pools.described())
    return votes


def surely_better(votes: Floats, pools: Pools) -> bool:
    """Whether the order of `votes` gains more than chance, and not by finding more of what is
    hidden but putting it lower.
    """
    sure = sure_gain(gains_of(votes, pools), pools.users) > 0
    return sure and bool(gains_of(votes, pools, Pools.ndcgs).mean() >= 0)


def gains_of(
    votes: Floats,
    pools: Pools,
    measure: Callable[[Pools, Floats], NDArray[np.float64]] = Pools.values,
) -> NDArray[np.float64]:
    """What the order of `votes` adds to `measure` for each listener (q,), to that of `pools`, whose
    candidates stand best first.
    """
    places = -np.arange(pools.z_scores.shape[2], dtype=np.float32)
    return measure(pools, votes) - measure(pools, np.where(pools.real, places, votes))
