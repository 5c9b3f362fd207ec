"""Choosing settings on plays held out of the training matrix itself: never on a test set.

The work is a fixed list of trials whose size follows from the matrix alone, not from a clock, so
the same plays and seed always choose the same settings.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

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
from recommender.fusion import z_scored
from recommender.interactions import Matrix, Split, hold_out
from recommender.metrics import Ints, quality, top_of
from recommender.scorers import Floats, PopularityScorer, Scorer

log = logging.getLogger(__name__)

MIN_USERS = 30
MAX_SCORES = 30_000_000  # listeners x items looked at for one trial
MAX_EASE_ITEMS = 6_000
EASE_TRIAL_ITEMS = 2_500
ALS_STARTS = ((3.0, 1.0), (20.0, 4.0), (8.0, 1.0))
MANY_PLAYS = 400_000
POOL = 60  # each scorer's best items; a fused top 20 comes from their union
POWERS = ((0.5, 0.25), (1.0, 0.25), (0.0, 0.0), (1.0, 0.0))
STEPS = (0.0, 0.1, 0.2, 0.35, 0.5, 0.75, 1.0)
DEFAULT_WEIGHTS = {
    "ease": 0.6,
    "als": 0.5,
    "neighbours": 0.3,
    "popularity": 0.1,
    "artist": 0.2,
    "sound": 0.2,
}
FIRST_WEIGHTS = {"ease": 0.75, "als": 0.5, "neighbours": 0.2}
WORTH = 0.0005  # what a weight must add to be changed: below it is noise


@dataclass(frozen=True, slots=True)
class Panel:
    """The listeners on whom trials are judged: what each has, and what is hidden."""

    train: Matrix
    users: Ints
    held: list[Ints]

    def own(self, matrix: Matrix, user: int) -> tuple[Ints, Floats]:
        row = slice(matrix.indptr[user], matrix.indptr[user + 1])
        return matrix.indices[row].astype(np.int64), matrix.data[row].astype(np.float32)

    def judge(self, scorer: Scorer, matrix: Matrix) -> float:
        """Quality of one scorer alone on the listeners' preferences `matrix`."""
        tops = []
        for user in self.users:
            items, weights = self.own(matrix, user)
            scores = scorer.scores(items, weights)
            scores[items] = -np.inf
            tops.append(top_of(scores, 20))
        return quality(tops, self.held, matrix.shape[1]).value


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
    panel = _panel(split, seed)
    matrix = preference(panel.train, counts_matter=True)
    ease, counts_matter = _select_ease(panel, matrix)
    matrix = preference(panel.train, counts_matter)
    settings = replace(defaults(counts.shape[1]), ease=ease, counts_matter=counts_matter)
    settings = replace(settings, als=_select_als(panel, matrix, seed))
    scorers: dict[str, Scorer] = {
        "ease": fit_ease(matrix, settings.ease),
        "als": fit_als(matrix, settings.als, seed),
        "neighbours": fit_neighbours(matrix, settings.neighbours),
        "popularity": PopularityScorer(
            np.asarray((matrix > 0).sum(axis=0)).ravel().astype(np.float32)
        ),
    }
    weights, value = _select_weights(panel, matrix, scorers | dict(extras))
    return replace(settings, weights=weights, quality=value)


def _panel(split: Split, seed: int) -> Panel:
    most = max(200, MAX_SCORES // split.train.shape[1])
    chosen = np.arange(split.users.size)
    if chosen.size > most:
        chosen = np.sort(np.random.default_rng(seed).choice(chosen, most, replace=False))
    return Panel(split.train, split.users[chosen], [split.held[k] for k in chosen])


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

        penalty, value = _climb(judge, 5.0 * problem.mean_diagonal, 2.0)
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


def _climb(judge: Callable[[float], float], start: float, factor: float) -> tuple[float, float]:
    """Walk a positive setting by `factor`, in the better direction, while it helps."""
    best, value = start, judge(start)
    for step in (factor, 1.0 / factor):
        moved = False
        while (candidate := judge(best * step)) > value and 1e-3 < best / start < 1e3:
            best, value, moved = best * step, candidate, True
        if moved:
            break
    return best, value


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
            step, _ = _climb(lambda m, s=best, w=walk: judge(w(s, m)), 1.0, 1.7)  # type: ignore[misc]
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


def _select_weights(
    panel: Panel, matrix: Matrix, scorers: Mapping[str, Scorer]
) -> tuple[dict[str, float], float]:
    """The best weights found, and their quality."""
    pools = [_pool(panel, matrix, user, scorers) for user in panel.users]
    names = list(scorers)
    weights = np.array([FIRST_WEIGHTS.get(name, 0.0) for name in names], dtype=np.float32)

    def judge(trial: Floats) -> float:
        tops = [items[top_of(trial @ scores, 20)] for items, scores in pools]
        return quality(tops, panel.held, matrix.shape[1]).value

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
    chosen = {name: float(weight) for name, weight in zip(names, weights, strict=True)}
    log.info("weights %s: %.4f", chosen, value)
    return chosen, value


def _pool(
    panel: Panel, matrix: Matrix, user: int, scorers: Mapping[str, Scorer]
) -> tuple[Ints, Floats]:
    """The union of the scorers' best items (p,) and their z-scores (n_scorers, p)."""
    items, weights = panel.own(matrix, user)
    rows = []
    for scorer in scorers.values():
        row = z_scored(scorer.scores(items, weights))
        row[items] = -np.inf
        rows.append(row)
    pool = np.unique(np.concatenate([top_of(row, POOL) for row in rows]))
    return pool, np.stack([row[pool] for row in rows])
