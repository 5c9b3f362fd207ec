"""How good a model's settings are on plays hidden from a fit of their own, beside baselines.

Every part is fitted anew without what is hidden. Settings, weights and forest were chosen on other
draws of the same plays, so the figures flatter a little. The seed differs from those they were
chosen by.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from recommender.batch import tops
from recommender.exposure import coverage, gini
from recommender.fits import NeighbourSettings, Settings, fit_neighbours, preference
from recommender.interactions import Matrix, Plays, Split, hold_out
from recommender.metrics import ndcg, recall
from recommender.model import Model
from recommender.scorers import Floats, Ints
from recommender.train import refit

APART = 1_000  # added to the seed
MOST = 2_000  # listeners judged, drawn at random where there are more
LEAST = 30  # fewer tell nothing
TOP = 10
OURS = "this model"


@dataclass(frozen=True, slots=True)
class Row:
    """One ranking's means over listeners with their standard errors; and of the ten best of all of
    them together the share of tracks that stand there, and the Gini of how often each does.
    """

    name: str
    ndcg_10: float
    ndcg_10_error: float
    recall_20: float
    recall_20_error: float
    coverage_10: float
    gini_10: float


@dataclass(frozen=True)
class HeldOut:
    """`listeners` judged, with `hidden` plays of theirs in all; the model first, then baselines."""

    seed: int
    listeners: int
    hidden: int
    rows: tuple[Row, ...]


def held_out(
    plays: Plays,
    item_ids: Sequence[str],
    features: Floats | None,
    artists: Sequence[str | None] | None,
    settings: Settings,
    seed: int,
) -> HeldOut | None:
    """Figures of a fit with these settings; None where fewer than `LEAST` listeners have five
    tracks.
    """
    seed += APART
    split = hold_out(plays.matrix(len(item_ids)), seed)
    if split.users.size < LEAST:
        return None
    model = refit(_plays_of(split.train), item_ids, features, artists, settings, seed)
    judged = _drawn(split, seed)
    listeners = [_own(split.train, user, item_ids) for user in split.users[judged].tolist()]
    hidden = [_places(model, item_ids, split.held[k]) for k in judged.tolist()]
    rows = [
        _row(name, list(tops(one, listeners, 20)), hidden, len(item_ids))
        for name, one in _rankings(model, split, item_ids, settings).items()
    ]
    return HeldOut(seed, len(listeners), sum(one.size for one in hidden), tuple(rows))


def _rankings(
    model: Model, split: Split, item_ids: Sequence[str], settings: Settings
) -> Mapping[str, Model]:
    """The model, and the same with one part alone."""
    places = {item_id: k for k, item_id in enumerate(item_ids)}
    order = [places[item_id] for item_id in model.item_ids[: model.warm]]
    matrix = preference(split.train[:, order].tocsr(), settings.counts_matter)
    found = {OURS: model, "most played": _alone(model, "popularity")}
    cosine = replace(model, neighbours=fit_neighbours(matrix, NeighbourSettings()))
    found["item cosine"] = _alone(cosine, "neighbours")
    if model.als is not None:
        found["ALS"] = _alone(model, "als")
    return found


def _alone(model: Model, part: str) -> Model:
    return replace(
        model, weights={part: 1.0}, forest=None, stranger_weights=None, stranger_forest=None
    )


def _row(name: str, lists: list[Ints], hidden: list[Ints], n_items: int) -> Row:
    gains = np.array([ndcg(top, own) for top, own in zip(lists, hidden, strict=True)])
    finds = np.array([recall(top, own) for top, own in zip(lists, hidden, strict=True)])
    shown = np.bincount(np.concatenate([top[:TOP] for top in lists]), minlength=n_items)
    counts = shown.astype(np.float64)
    return Row(name, *_mean(gains), *_mean(finds), coverage(counts), gini(counts))


def _mean(values: NDArray[np.float64]) -> tuple[float, float]:
    """With its standard error."""
    return float(values.mean()), float(values.std(ddof=1) / np.sqrt(values.size))


def _drawn(split: Split, seed: int) -> Ints:
    n = split.users.size
    if n <= MOST:
        return np.arange(n)
    return np.sort(np.random.default_rng(seed).choice(n, MOST, replace=False))


def _plays_of(matrix: Matrix) -> Plays:
    kept = matrix.tocoo()
    return Plays(kept.row.astype(np.int64), kept.col.astype(np.int64), kept.data)


def _own(matrix: Matrix, user: int, item_ids: Sequence[str]) -> dict[str, float]:
    row = slice(matrix.indptr[user], matrix.indptr[user + 1])
    items, counts = matrix.indices[row].tolist(), matrix.data[row].tolist()
    return {item_ids[item]: count for item, count in zip(items, counts, strict=True)}


def _places(model: Model, item_ids: Sequence[str], items: Ints) -> Ints:
    return np.array([model.positions[item_ids[item]] for item in items.tolist()], dtype=np.int64)
