"""Choosing the settings of each part that is fitted to plays, alone, on plays held out.

The work is a fixed list of trials whose size follows from the matrix alone, not from a clock.
"""

import logging
from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial
from typing import TypeVar

import numpy as np

from recommender.efforts import Effort
from recommender.fits import (
    AlsSettings,
    EaseProblem,
    EaseSettings,
    NeighbourSettings,
    ScaledSettings,
    Settings,
    ease_problem,
    fit_als,
    fit_neighbours,
    preference,
)
from recommender.interactions import Matrix
from recommender.kernel_fits import select_kernels
from recommender.panel import Panel, climb
from recommender.scaled_fits import fit_scaled
from recommender.scorers import Scorer

log = logging.getLogger(__name__)
S = TypeVar("S", AlsSettings, ScaledSettings)

MAX_EASE_ITEMS = 6_000
MANY_PAIRS = 1e8  # of plays by one listener
POWERS = ((0.5, 0.25), (1.0, 0.25), (0.0, 0.0), (1.0, 0.0))
POWERS_TO_CLIMB = 2
EASE_START = 5.0  # of the mean diagonal


def select_parts(panel: Panel, effort: Effort, seed: int) -> Settings:
    """The settings of every part, without weights, on the listeners of `panel`."""
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
