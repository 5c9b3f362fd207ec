"""Choosing settings on plays held out of the training matrix itself: never on a test set.

The work is a fixed list of trials whose size follows from the matrix alone, not from a clock, so
the same plays and seed always choose the same settings.
"""

import logging
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from recommender.fits import (
    AlsSettings,
    EaseSettings,
    Settings,
    ease_problem,
    fit_als,
    fit_ease,
    fit_neighbours,
    preference,
)
from recommender.fusion_selection import Pool, pools_of, select_forest, select_weights
from recommender.interactions import Matrix, hold_out
from recommender.kernel_fits import fit_kernel, select_kernels
from recommender.panel import Panel, climb, panel_of
from recommender.scorers import PopularityScorer, Scorer

log = logging.getLogger(__name__)

MIN_USERS = 30
MIN_FOREST_USERS = 200
HOLD_OUTS = 3  # more show the forest more hidden items
MAX_EASE_ITEMS = 6_000
EASE_TRIAL_ITEMS = 2_500
ALS_STARTS = ((3.0, 1.0), (20.0, 4.0), (8.0, 1.0))
MANY_PLAYS = 400_000
POWERS = ((0.5, 0.25), (1.0, 0.25), (0.0, 0.0), (1.0, 0.0))
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


def select(counts: Matrix, extras: Mapping[str, Scorer], seed: int) -> Settings:
    """Settings for `counts` (n_users, n_items), most played items first.

    `extras` are scorers that need no fit (sound, artist). Too few listeners with five items: the
    defaults.
    """
    split = hold_out(counts, seed)
    if split.users.size < MIN_USERS:
        return defaults(counts.shape[1])
    panel = panel_of(split, seed)
    matrix = preference(panel.train, counts_matter=True)
    ease, counts_matter = _select_ease(panel, matrix)
    matrix = preference(panel.train, counts_matter)
    settings = replace(defaults(counts.shape[1]), ease=ease, counts_matter=counts_matter)
    settings = replace(settings, als=_select_als(panel, matrix, seed))
    settings = replace(settings, kernels=select_kernels(panel, matrix))
    names, pools = _pools(panel, settings, extras, seed)
    weights, value = select_weights(pools, names, counts.shape[1])
    settings = replace(settings, weights=weights, quality=value)
    if panel.users.size < MIN_FOREST_USERS:
        return settings
    for k in range(1, 1 if counts.nnz > MANY_PLAYS else HOLD_OUTS):
        panel = panel_of(hold_out(counts, seed + k), seed)
        pools += _pools(panel, settings, extras, seed)[1]
    return replace(settings, forest=select_forest(pools, weights, counts.shape[1], seed))


def _pools(
    panel: Panel, settings: Settings, extras: Mapping[str, Scorer], seed: int
) -> tuple[list[str], list[Pool]]:
    """Names of all scorers, and what those fitted to the panel's listeners say of each of them."""
    matrix = preference(panel.train, settings.counts_matter)
    listeners = np.asarray((matrix > 0).sum(axis=0), dtype=np.float32).ravel()
    scorers: dict[str, Scorer] = {
        name: fit_kernel(matrix, kernel) for name, kernel in settings.kernels.items()
    }
    scorers |= {
        "ease": fit_ease(matrix, settings.ease),
        "als": fit_als(matrix, settings.als, seed),
        "neighbours": fit_neighbours(matrix, settings.neighbours),
        "popularity": PopularityScorer(listeners),
        **extras,
    }
    return list(scorers), pools_of(panel, matrix, scorers)


def _select_ease(panel: Panel, matrix: Matrix) -> tuple[EaseSettings, bool]:
    counts = np.asarray((matrix > 0).sum(axis=0)).ravel()
    worth = int((counts >= (3 if counts.size > 1_500 else 1)).sum())
    final = max(1, min(worth, MAX_EASE_ITEMS, counts.size))
    trial = min(final, EASE_TRIAL_ITEMS)
    best, best_value = EaseSettings(items=final), -1.0
    for user_power, item_power in POWERS:
        problem = ease_problem(matrix, user_power, item_power, trial)

        def judge(penalty: float, problem: object = problem) -> float:
            return panel.judge(problem.solve(penalty), matrix)  # type: ignore[attr-defined]

        penalty, value = climb(judge, 5.0 * problem.mean_diagonal, 2.0)
        log.info("ease %s %s penalty %.3g: %.4f", user_power, item_power, penalty, value)
        if value > best_value:
            best, best_value = EaseSettings(user_power, item_power, penalty, final), value
    if np.ptp(matrix.data) == 0:
        return best, True
    ones = preference(panel.train, counts_matter=False)
    problem = ease_problem(ones, best.user_power, best.item_power, trial)
    scale = (
        problem.mean_diagonal
        / ease_problem(matrix, best.user_power, best.item_power, trial).mean_diagonal
    )
    if panel.judge(problem.solve(best.penalty * scale), ones) > best_value:
        return replace(best, penalty=best.penalty * scale), False
    return best, True


def _select_als(panel: Panel, matrix: Matrix, seed: int) -> AlsSettings:
    tried: dict[AlsSettings, float] = {}

    def judge(settings: AlsSettings) -> float:
        if settings not in tried:
            tried[settings] = panel.judge(fit_als(matrix, settings, seed, rounds=10), matrix)
            log.info("%s: %.4f", settings, tried[settings])
        return tried[settings]

    best = max((AlsSettings(32, r, a) for r, a in ALS_STARTS), key=judge)
    for _ in range(1 if matrix.nnz > MANY_PLAYS else 2):
        before = best
        factors = (
            best.factors // 2,
            best.factors * 3 // 4,
            best.factors * 3 // 2,
            best.factors * 2,
        )
        best = max((best, *(replace(best, factors=f) for f in factors if 8 <= f <= 192)), key=judge)
        for walk in (_stronger, _more_confident):
            step, _ = climb(lambda m, s=best, w=walk: judge(w(s, m)), 1.0, 1.7)  # type: ignore[misc]
            best = walk(best, step)
        if best == before:
            break
    return best


def _stronger(settings: AlsSettings, times: float) -> AlsSettings:
    return replace(settings, regularisation=settings.regularisation * times)


def _more_confident(settings: AlsSettings, times: float) -> AlsSettings:
    """Confidence and penalty grow together: the penalty is felt relative to the evidence."""
    return replace(
        settings, alpha=settings.alpha * times, regularisation=settings.regularisation * times
    )
