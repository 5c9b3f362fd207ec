"""Choosing settings on plays held out of the training matrix itself: never on a test set.

The work is a fixed list of trials whose size follows from the matrix alone, not from a clock, so
the same plays and seed always choose the same settings.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from recommender.fits import (
    AlsSettings,
    EaseProblem,
    EaseSettings,
    NeighbourSettings,
    ScaledSettings,
    Settings,
    TopicSettings,
    ease_problem,
    fit_als,
    fit_neighbours,
    preference,
)
from recommender.forest import POOL
from recommender.fusion_selection import (
    FIRST_WEIGHTS,
    select_for_strangers,
    select_forest,
    select_weights,
)
from recommender.interactions import Matrix, hold_out
from recommender.kernel_fits import select_kernels
from recommender.panel import Panel, climb, panel_of
from recommender.parts import part_fits
from recommender.pools import Pools, joined, pools_of
from recommender.scaled_fits import fit_scaled
from recommender.scorers import PopularityScorer, Scorer

log = logging.getLogger(__name__)
S = TypeVar("S", AlsSettings, ScaledSettings)

MIN_USERS = 30
MIN_FOREST_USERS = 200
HOLD_OUTS = 5  # each after the first shows how a fifth of the listeners is served as strangers
STRANGER_FOLDS = 5
MAX_EASE_ITEMS = 6_000
MANY_PLAYS = 250_000  # beyond, trials are fewer, coarser and on fewer listeners
MANY_PAIRS = 1e8  # of plays by one listener
POWERS = ((0.5, 0.25), (1.0, 0.25), (0.0, 0.0), (1.0, 0.0))
POWERS_TO_CLIMB = 2
EASE_START = 5.0  # of the mean diagonal
DEFAULT_WEIGHTS = {
    "ease": 0.6,
    "als": 0.5,
    "neighbours": 0.3,
    "popularity": 0.1,
    "artist": 0.2,
    "sound": 0.2,
}


def defaults(n_items: int) -> Settings:
    """What serves when there are too few listeners to choose by."""
    return Settings(
        AlsSettings(), EaseSettings(items=min(n_items, MAX_EASE_ITEMS)), dict(DEFAULT_WEIGHTS)
    )


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is tried for how many plays."""

    listeners: int
    ease_items: int
    als_starts: tuple[AlsSettings, ...]
    als_rounds: int
    als_members: int  # of both kinds
    scaled_starts: tuple[ScaledSettings, ...]
    topics: TopicSettings | None
    steps: int
    hold_outs: int
    forest_hears_all: bool  # or only the parts that have a weight, since others cost time to serve


THOROUGH = Effort(
    listeners=10_000,
    ease_items=2_500,
    als_starts=(AlsSettings(32, 3.0, 1.0), AlsSettings(32, 20.0, 4.0), AlsSettings(32, 8.0, 1.0)),
    als_rounds=10,
    als_members=4,
    scaled_starts=(ScaledSettings(32, 0.01, 4.0), ScaledSettings(32, 0.03, 20.0)),
    topics=TopicSettings(),
    steps=30,
    hold_outs=HOLD_OUTS,
    forest_hears_all=True,
)
BRISK = Effort(
    listeners=600,
    ease_items=1_500,
    als_starts=(AlsSettings(64, 8.0, 1.0), AlsSettings(64, 20.0, 4.0)),
    als_rounds=6,
    als_members=1,
    scaled_starts=(),
    topics=None,
    steps=2,
    hold_outs=1,
    forest_hears_all=False,
)


def select(counts: Matrix, extras: Mapping[str, Scorer], seed: int) -> Settings:
    """Settings for `counts` (n_users, n_items), most played items first.

    `extras` are scorers that need no fit (sound, artist). Too few listeners with five items: the
    defaults.
    """
    split = hold_out(counts, seed)
    if split.users.size < MIN_USERS:
        return defaults(counts.shape[1])
    effort = BRISK if counts.nnz > MANY_PLAYS else THOROUGH
    panel = panel_of(split, seed)
    settings = _select_parts(panel.sample(effort.listeners), effort, seed)
    known, strange = _draws(counts, panel, settings, extras, effort.hold_outs, seed)
    weights, value = select_weights(joined(known), FIRST_WEIGHTS)
    settings = replace(settings, weights=weights, quality=value)
    if panel.users.size < MIN_FOREST_USERS:
        return settings
    if not effort.forest_hears_all:
        used = [name for name, weight in weights.items() if weight > 0]
        known, strange = ([draw.by(used) for draw in draws] for draws in (known, strange))
    return _with_order(settings, known, strange, seed)


def _draws(
    counts: Matrix,
    panel: Panel,
    settings: Settings,
    extras: Mapping[str, Scorer],
    hold_outs: int,
    seed: int,
) -> tuple[list[Pools], list[Pools]]:
    """What the parts say to listeners they were fitted to, and to strangers, on plays held out
    `hold_outs` times: the panel's first, then others, with another fifth of the listeners left out
    of what is fitted.

    One draw would choose weights by its own chance.
    """
    known, strange = [_pools(panel, settings, extras, seed)], []
    for k in range(1, hold_outs):
        more = panel_of(hold_out(counts, seed + k), seed)
        outside = np.arange(counts.shape[0]) % STRANGER_FOLDS == k
        pools = _pools(more, settings, extras, seed, outside)
        known.append(pools.of(~outside[pools.users]))
        strange.append(pools.of(outside[pools.users]))
    return known, strange


def _with_order(
    settings: Settings, known: Sequence[Pools], strange: Sequence[Pools], seed: int
) -> Settings:
    """With a forest, and weights and a forest for strangers, of the parts in the draws."""
    weights = {name: settings.weights[name] for name in known[0].names}
    best = joined([draw.best(weights, POOL) for draw in known])
    order = select_forest(best, seed)
    settings = replace(settings, forest=order.forest)
    if not strange:
        return settings
    theirs = select_for_strangers(joined(strange), weights, order, seed)
    return replace(settings, stranger_weights=theirs[0], stranger_forest=theirs[1])


def _select_parts(panel: Panel, effort: Effort, seed: int) -> Settings:
    ease, counts_matter = _select_ease(panel, effort)
    matrix = preference(panel.train, counts_matter)
    return Settings(
        weights={},
        counts_matter=counts_matter,
        ease=ease,
        als=_select_als(panel, matrix, effort, seed),
        als_scaled=_select_scaled(panel, matrix, effort, seed),
        neighbours=_select_neighbours(panel, matrix),
        kernels=select_kernels(panel, matrix),
        topics=effort.topics,
    )


def _pools(
    panel: Panel,
    settings: Settings,
    extras: Mapping[str, Scorer],
    seed: int,
    outside: NDArray[np.bool_] | None = None,
) -> Pools:
    """What each part says to the panel's listeners, fitted to all but those `outside`."""
    matrix = preference(panel.train, settings.counts_matter)
    inside = matrix if outside is None else matrix[~outside]
    fits = part_fits(inside, settings, seed)
    listeners = np.asarray((inside > 0).sum(axis=0), dtype=np.float32).ravel()
    scorers: dict[str, Scorer] = {name: fit() for name, fit in fits.items()}
    scorers |= {"popularity": PopularityScorer(listeners), **extras}
    return pools_of(panel, matrix, scorers)


def _select_ease(panel: Panel, effort: Effort) -> tuple[EaseSettings, bool]:
    """The best penalty for the most promising powers, and whether counts say more than ones."""
    matrix = preference(panel.train, counts_matter=True)
    counts = np.asarray((matrix > 0).sum(axis=0)).ravel()
    worth = int((counts >= (3 if counts.size > 1_500 else 1)).sum())
    final = max(1, min(worth, MAX_EASE_ITEMS, counts.size))
    trial = min(final, effort.ease_items)

    def judge(problem: EaseProblem, penalty: float) -> float:
        return panel.judge(problem.solve(penalty), matrix)

    def promise(powers: tuple[float, float]) -> float:
        return judge(problems[powers], EASE_START * problems[powers].mean_diagonal)

    problems = {powers: ease_problem(matrix, *powers, trial) for powers in POWERS}

    best, best_value = EaseSettings(items=final), -1.0
    for powers in sorted(POWERS, key=promise)[-POWERS_TO_CLIMB:]:
        start = EASE_START * problems[powers].mean_diagonal
        penalty, value = climb(partial(judge, problems[powers]), start, 2.0, effort.steps)
        log.info("ease %s penalty %.3g: %.4f", powers, penalty, value)
        if value > best_value:
            best, best_value = EaseSettings(*powers, penalty, final), value
    if np.ptp(matrix.data) == 0:
        return best, True
    return _with_or_without_counts(panel, matrix, best, best_value, trial)


def _with_or_without_counts(
    panel: Panel, matrix: Matrix, best: EaseSettings, value: float, trial: int
) -> tuple[EaseSettings, bool]:
    ones = preference(panel.train, counts_matter=False)
    of_counts, of_ones = (
        ease_problem(m, best.user_power, best.item_power, trial) for m in (matrix, ones)
    )
    penalty = best.penalty * of_ones.mean_diagonal / of_counts.mean_diagonal
    if panel.judge(of_ones.solve(penalty), ones) > value:
        return replace(best, penalty=penalty), False
    return best, True


def _select_neighbours(panel: Panel, matrix: Matrix) -> NeighbourSettings:
    """The best tempering; none where plays are dense, since fits are dear there and other parts
    better.
    """
    pairs = float((np.diff(matrix.indptr).astype(np.float64) ** 2).sum())
    tried = [NeighbourSettings(user_power=power) for power in (0.0, 0.5, 1.0)]
    if pairs > MANY_PAIRS:
        return tried[0]
    return max(tried, key=lambda one: panel.judge(fit_neighbours(matrix, one), matrix))


def _select_als(panel: Panel, matrix: Matrix, effort: Effort, seed: int) -> AlsSettings:
    """The best start, then more or fewer factors, then penalty and confidence, then members."""

    def fit(settings: AlsSettings) -> Scorer:
        return fit_als(matrix, settings, seed, effort.als_rounds)

    judge = _judge(panel, matrix, fit)
    best = max(effort.als_starts, key=judge)
    for walk in (_sized, _stronger, _more_confident):
        step, _ = climb(
            lambda times, start=best, walk=walk: judge(walk(start, times)),  # type: ignore[misc]
            1.0,
            1.5 if walk is _sized else 1.7,
            effort.steps,
        )
        best = walk(best, step)
    return max((best, replace(best, members=effort.als_members)), key=judge)


def _select_scaled(
    panel: Panel, matrix: Matrix, effort: Effort, seed: int
) -> ScaledSettings | None:
    """The best start, then confidence, then penalty; none where no start is to be tried."""
    if not effort.scaled_starts:
        return None

    def fit(settings: ScaledSettings) -> Scorer:
        return fit_scaled(matrix, settings, seed, effort.als_rounds)

    judge = _judge(panel, matrix, fit)
    best = max(effort.scaled_starts, key=judge)
    alpha, _ = climb(lambda value: judge(replace(best, alpha=value)), best.alpha, 1.7, effort.steps)
    sure = replace(best, alpha=alpha)
    penalty, _ = climb(
        lambda value: judge(replace(sure, penalty=value)), sure.penalty, 1.7, effort.steps
    )
    return replace(sure, penalty=penalty, members=effort.als_members)


def _judge(panel: Panel, matrix: Matrix, fit: Callable[[S], Scorer]) -> Callable[[S], float]:
    """What settings of a part are worth; each is tried once."""

    @cache
    def judge(settings: S) -> float:
        value = panel.judge(fit(settings), matrix)
        log.info("%s: %.4f", settings, value)
        return value

    return judge


def _sized(settings: AlsSettings, times: float) -> AlsSettings:
    return replace(settings, factors=min(192, max(8, round(settings.factors * times))))


def _stronger(settings: AlsSettings, times: float) -> AlsSettings:
    return replace(settings, regularisation=settings.regularisation * times)


def _more_confident(settings: AlsSettings, times: float) -> AlsSettings:
    """Confidence and penalty grow together: the penalty is felt relative to the evidence."""
    return replace(
        settings, alpha=settings.alpha * times, regularisation=settings.regularisation * times
    )
