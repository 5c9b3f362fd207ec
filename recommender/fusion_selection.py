"""Choosing how scorers are put together: weights of their z-scores, then the forest's order, each
kept only if it ranks hidden items better.
"""

import itertools
import logging
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import NamedTuple

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
DISCOUNT_COST = 1 / 4  # of what a forest gains, for more of the catalogue to be heard
STRANGER_COST = 1 / 10  # the same where strangers are served: they are few, and hear it first
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


class Order(NamedTuple):
    """A forest, or None where none surely ranks better, and what it gains for listeners it was not
    fitted to. `halves` are what it was judged by: fitted to listeners of even and of odd numbers.
    """

    forest: Forest | None
    gain: float
    halves: tuple[Forest, ...]


NO_ORDER = Order(None, 0.0, ())


def select_forest(pools: Pools, seed: int, cost: float = DISCOUNT_COST) -> Order:
    """A forest for candidates that stand best first, if it surely ranks listeners better that it
    was not fitted to. Its discount may cost that share of what it gains.
    """
    every = 1 + pools.users.size // MAX_FOREST_POOLS
    pools = pools.of(np.arange(pools.users.size) % every == 0)
    halves = [pools.of(pools.users % 2 == half) for half in (0, 1)]
    forests = [_fit(here, seed) for here in halves]
    votes = [votes_of(*pair) for pair in zip(forests, halves[::-1], strict=True)]
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
    taken = affordable(gains, sure, cost)
    log.info("of which sure: %s, taken: %s", sure, taken)
    if taken is None:
        return NO_ORDER
    forest, *each = (replace(one, discount=taken) for one in (_fit(pools, seed), *forests))
    return Order(forest, gains[taken], tuple(each))


def affordable(
    gains: Mapping[float, float], sure: Collection[float], cost: float = DISCOUNT_COST
) -> float | None:
    """Of the discounts whose gain is `sure`, the largest that costs no more than that share of the
    best and leaves what a forest must be worth; None where none does.
    """
    enough = max(max(gains.values()) * (1 - cost), FOREST_WORTH)
    return max((discount for discount in sure if gains[discount] >= enough), default=None)


def select_for_strangers(
    pools: Pools, weights: Mapping[str, float], order: Order, seed: int
) -> tuple[dict[str, float] | None, Forest | None]:
    """Weights and forest for listeners unknown to the parts, from `pools` of such; neither where
    they are served best as others, with `weights` and the forest of `order`. Its halves tell what
    that gains: they have not seen in other draws what these listeners were hiding.
    """
    as_others = pools.value(pools.fused(weights))
    if order.forest is not None:
        halves = [pools.of(pools.users % 2 != k).best(weights, POOL) for k in (0, 1)]
        pairs = zip(order.halves, halves, strict=True)
        gains = [gains_of(votes_of(forest, best), best) for forest, best in pairs]
        as_others += float(np.concatenate(gains).mean())
    chosen, value = select_weights(pools, weights)
    own = select_forest(pools.best(chosen, POOL), seed, STRANGER_COST)
    log.info("strangers: %.4f, of their own %.4f + %.4f", as_others, value, own.gain)
    return (chosen, own.forest) if value + own.gain > as_others else (None, None)


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
