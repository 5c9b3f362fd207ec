"""A model whose factors Apache Spark fitted, for plays that one machine does not hold.

MLlib's ALS alone ranks: the parts that need all plays in one memory are left out. Settings are
chosen as elsewhere on plays held out, here of a sample of listeners, who are folded in as when
they are served.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

from recommender.errors import DataError
from recommender.fits import AlsSettings, EaseSettings, Settings
from recommender.interactions import HELD_OUT_SHARE
from recommender.mllib import Cluster, MllibSettings, Table
from recommender.model import Model
from recommender.panel import Panel, climb, panel_of
from recommender.scorers import FactorScorer, Floats
from recommender.tables import FeatureTable, aligned
from recommender.train import Trained, around_factors

log = logging.getLogger(__name__)

JUDGED = 2_000  # listeners
LEAST_JUDGED = 30
ROUNDS, TRIAL_ROUNDS = 12, 7
STEP = 3.0
MOST_STEPS = 4
FOLD_IN_ALPHAS = (0.5, 1.0, 3.0)
FOLD_IN_PENALTIES = (0.3, 1.0, 3.0)


class Known(NamedTuple):
    """Of every item (n,), those with plays first: how many play it, features, artist."""

    item_ids: list[str]
    listeners: Floats
    features: Floats | None
    artists: list[str | None] | None


def train_by_spark(
    path: Path,
    features: FeatureTable | None,
    artists: Mapping[str, str] | None,
    candidates: Sequence[str],
    seed: int,
) -> Trained:
    """A model of the plays in `path` (`user<TAB>item<TAB>weight`; anything that Spark reads), and
    of items known by sound or as `candidates` alone. Raises `DataError`.
    """
    with Cluster() as cluster, threadpool_limits(1, "blas"):
        started = perf_counter()
        table = cluster.read(path)
        if not table.plays:
            raise DataError(f"{path} holds no play, and Spark has nothing to train on.")
        chosen, scorer, quality = _select(cluster, table, seed)
        selected = perf_counter()
        factors = cluster.fit(table, chosen, ROUNDS, seed)
    with threadpool_limits(1, "blas"):
        als = _with_factors(scorer, factors)
        known = _known_besides(table, features, artists, candidates)
        model = _model(als, quality, table, known, seed)
    return Trained(model, _settings(als, quality), selected - started, perf_counter() - selected)


def _with_factors(scorer: FactorScorer, factors: Floats) -> FactorScorer:
    gram = (factors.T @ factors)[None]
    return replace(scorer, factors=np.asfortranarray(factors), gram=gram)


def _settings(als: FactorScorer, quality: float | None) -> Settings:
    fitted = AlsSettings(als.factors.shape[1], als.regularisation, als.alpha)
    return Settings(als=fitted, ease=EaseSettings(), weights={"als": 1.0}, quality=quality)


def _model(
    als: FactorScorer, quality: float | None, table: Table, known: Known, seed: int
) -> Model:
    return around_factors(
        als,
        _settings(als, quality),
        known.item_ids,
        known.listeners,
        {"users": table.users, "plays": table.plays},
        known.features,
        known.artists,
        seed,
    )


def _known_besides(
    table: Table,
    features: FeatureTable | None,
    artists: Mapping[str, str] | None,
    candidates: Sequence[str],
) -> Known:
    heard = features.ids if features else []
    item_ids = list(dict.fromkeys([*table.item_ids, *heard, *candidates]))
    listeners = np.zeros(len(item_ids), dtype=np.float32)
    listeners[: table.listeners.size] = table.listeners
    item_index = {item: k for k, item in enumerate(item_ids)}
    return Known(
        item_ids,
        listeners,
        None if features is None else aligned(features, item_index),
        None if artists is None else [artists.get(item) for item in item_ids],
    )


def _select(
    cluster: Cluster, table: Table, seed: int
) -> tuple[MllibSettings, FactorScorer, float | None]:
    """Settings of the fit, and how listeners are folded into its factors."""
    start = MllibSettings(factors=min(MllibSettings().factors, len(table.item_ids)))
    kept, split = cluster.held_out(table, HELD_OUT_SHARE, JUDGED, seed)
    if split.users.size < LEAST_JUDGED:
        nothing = np.zeros((1, 0, 0), dtype=np.float32)
        return start, FactorScorer(nothing[0], nothing, regularisation=1.0, alpha=1.0), None
    panel = panel_of(split, seed)
    per_item = table.plays / max(table.users, 1)

    @cache
    def judge(settings: MllibSettings) -> tuple[float, FactorScorer]:
        factors = cluster.fit(kept, settings, TRIAL_ROUNDS, seed)
        found = best_fold_in(factors, settings, per_item, panel)
        log.info("%s: %.4f", settings, found[0])
        return found

    penalty, _ = climb(
        lambda value: judge(replace(start, penalty=value))[0], start.penalty, STEP, MOST_STEPS
    )
    best = replace(start, penalty=penalty)
    alpha, _ = climb(
        lambda value: judge(replace(best, alpha=value))[0], best.alpha, STEP, MOST_STEPS
    )
    best = replace(best, alpha=alpha)
    larger = replace(best, factors=min(2 * best.factors, len(table.item_ids)))
    best = max((best, larger), key=lambda settings: judge(settings)[0])
    value, scorer = judge(best)
    return best, scorer, value


def best_fold_in(
    factors: Floats, settings: MllibSettings, per_listener: float, panel: Panel
) -> tuple[float, FactorScorer]:
    """How the panel's listeners are best folded into `factors`, and the quality then. MLlib's
    penalty counts once for each item, ours once, so it starts from the mean listener's.
    """
    gram = (factors.T @ factors)[None]
    tried = [
        FactorScorer(factors, gram, settings.penalty * per_listener * times, alpha)
        for times in FOLD_IN_PENALTIES
        for alpha in FOLD_IN_ALPHAS
    ]
    values = [panel.judge(scorer, panel.train) for scorer in tried]
    best = int(np.argmax(values))
    return values[best], tried[best]
