"""Plays, features and artists in, one `Model` out: the only way a model comes to be."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

from recommender.content import Prediction, predict_factors
from recommender.errors import DataError
from recommender.fits import Settings, fit_als, preference
from recommender.interactions import Matrix, Plays
from recommender.layout import lay_out
from recommender.likeness import known_by_taste
from recommender.model import LEAST_SPREAD, NEAREST, Model
from recommender.nearest import nearest
from recommender.parts import part_fits
from recommender.placing import Map, region_of
from recommender.scorers import ArtistScorer, FactorScorer, Floats, Ints, Scorer, SoundScorer
from recommender.selection import select
from recommender.sound import embed, standardise

log = logging.getLogger(__name__)

MAX_TRIED_ITEMS = 20_000  # settings are chosen on the most played; all items are fitted with them


class Trained(NamedTuple):
    """A model, what was chosen for it, and what choosing and fitting took."""

    model: Model
    settings: Settings | None
    select_seconds: float
    fit_seconds: float


class _Catalogue(NamedTuple):
    """Everything by position: warm items first, most played first; NaN rows where not heard."""

    item_ids: tuple[str, ...]
    listeners: Floats
    trained: Mapping[str, int]
    features: Floats | None
    artists: Ints | None

    @property
    def warm(self) -> int:
        return int(np.count_nonzero(self.listeners))


def train(
    plays: Plays,
    item_ids: Sequence[str],
    features: Floats | None = None,
    artists: Sequence[str | None] | None = None,
    seed: int = 0,
) -> Trained:
    """A model of `item_ids` (n,) from `plays`, `features` (n, d; NaN rows where not heard) and
    `artists` (n,).

    Plays alone, features alone or one track alone are enough. The same input and seed give the same
    model. Raises `DataError` if there is no track at all or the shapes disagree.
    """
    # On matrices this small BLAS's own threads only wait for each other, most on a busy machine.
    with threadpool_limits(1, "blas"):
        return _train(*_arrange(plays, item_ids, features, artists), seed)


def around_factors(
    als: FactorScorer,
    settings: Settings,
    item_ids: Sequence[str],
    listeners: Floats,
    trained: Mapping[str, int],
    features: Floats | None = None,
    artists: Sequence[str | None] | None = None,
    seed: int = 0,
) -> Model:
    """The model of factors `als` fitted elsewhere to the first of `item_ids` (n,), those that
    `listeners` (n,), falling, play; the others are known by sound or artist.
    """
    numbers = None if artists is None else _numbered(artists)
    catalogue = _Catalogue(tuple(item_ids), listeners, trained, features, numbers)
    artist = None if numbers is None else ArtistScorer(numbers)
    return _assemble(catalogue, _sound(catalogue), artist, settings, als, {}, seed)


def refit(
    plays: Plays,
    item_ids: Sequence[str],
    features: Floats | None,
    artists: Sequence[str | None] | None,
    settings: Settings,
    seed: int = 0,
) -> Model:
    """`train` with settings that were chosen before, for other plays of the same tracks."""
    with threadpool_limits(1, "blas"):
        catalogue, counts = _arrange(plays, item_ids, features, artists)
        artist = None if catalogue.artists is None else ArtistScorer(catalogue.artists)
        return _fit(catalogue, counts, _sound(catalogue), artist, settings, seed)


def with_nearest(model: Model, seed: int = 0) -> Model:
    """The model with the tracks most like each, by sound of those that were heard, by taste of
    those played: for whoever serves it, a ranking needs none of them.
    """
    found: dict[str, Any] = {}
    with threadpool_limits(1, "blas"):
        if model.sound is not None:
            heard = np.asarray(model.sound.unit.any(axis=1))
            found["sound_nearest"] = nearest(model.sound.unit, heard, NEAREST, seed)
        if model.tastes is not None:
            known = known_by_taste(model.listeners)
            found["taste_nearest"] = nearest(model.tastes, known, NEAREST, seed)
    return replace(model, **found)


def with_map(model: Model, before: Model | None = None, seed: int = 0) -> Model:
    """The model with the map of its songs by sound (`layout`), which begins as that of the model
    `before`. Where every song has its place there and none has gone, the map stays as it is.
    """
    if model.sound is None:
        return model
    old, kept = _places_before(model.item_ids, before)
    heard = np.asarray(model.sound.unit.any(axis=1))
    placed = np.isfinite(old).all(axis=1)
    gone = 0 if kept is None else np.isfinite(kept.places).all(axis=1).sum() - placed.sum()
    if kept is not None and not gone and np.array_equal(placed, heard):
        regions = np.where(heard, region_of(np.nan_to_num(old), kept.centres), -1)
        return replace(model, map=Map(old, regions, kept.centres))
    ends = None
    if model.axes is not None and model.features is not None:
        ends = model.axes.places(np.nan_to_num(model.features))[:, [0, 2]]
    return replace(model, map=lay_out(model.sound.unit, old, ends, seed))


def _places_before(item_ids: Sequence[str], before: Model | None) -> tuple[Floats, Map | None]:
    """Each song's place (n, 2) on the map before, NaN where it had none; and that map."""
    old = np.full((len(item_ids), 2), np.nan, dtype=np.float32)
    if before is None or before.map is None:
        return old, None
    known = [(k, before.positions[one]) for k, one in enumerate(item_ids) if before.knows(one)]
    if known:
        here, there = np.array(known).T
        old[here] = before.map.places[there]
    return old, before.map


def _train(catalogue: _Catalogue, counts: Matrix, seed: int) -> Trained:
    sound = _sound(catalogue)
    artist = None if catalogue.artists is None else ArtistScorer(catalogue.artists)
    started = perf_counter()
    if not catalogue.warm:
        return Trained(_assemble(catalogue, sound, artist, None, None, {}), None, 0.0, 0.0)
    tried = min(catalogue.warm, MAX_TRIED_ITEMS)
    settings = select(counts[:, :tried].tocsr(), _extras(tried, sound, artist), seed)
    selected = perf_counter()
    model = _fit(catalogue, counts, sound, artist, settings, seed)
    return Trained(model, settings, selected - started, perf_counter() - selected)


def _fit(
    catalogue: _Catalogue,
    counts: Matrix,
    sound: SoundScorer | None,
    artist: ArtistScorer | None,
    settings: Settings,
    seed: int,
) -> Model:
    matrix = preference(counts[:, : catalogue.warm].tocsr(), settings.counts_matter)
    als = fit_als(matrix, settings.als, seed) if min(matrix.shape) > 1 else None
    return _assemble(catalogue, sound, artist, settings, als, _fitted(matrix, settings), seed)


def _arrange(
    plays: Plays,
    item_ids: Sequence[str],
    features: Floats | None,
    artists: Sequence[str | None] | None,
) -> tuple[_Catalogue, Matrix]:
    """And the counts, their columns in its order."""
    if not item_ids:
        raise DataError("There is nothing to recommend: no plays, no features, no items.")
    if len(set(item_ids)) != len(item_ids):
        raise DataError("Item ids must differ from each other.")
    if features is not None and len(features) != len(item_ids):
        raise DataError(f"{len(features)} feature rows for {len(item_ids)} items.")
    if artists is not None and len(artists) != len(item_ids):
        raise DataError(f"{len(artists)} artists for {len(item_ids)} items.")
    counts = plays.matrix(len(item_ids))
    listeners = np.asarray((counts > 0).sum(axis=0), dtype=np.float32).ravel()
    order = np.argsort(-listeners, kind="stable")
    catalogue = _Catalogue(
        tuple(item_ids[k] for k in order.tolist()),
        listeners[order],
        {"users": counts.shape[0], "plays": int(counts.nnz)},
        None if features is None else np.asarray(features, dtype=np.float32)[order],
        None if artists is None else _numbered([artists[k] for k in order.tolist()]),
    )
    ordered = counts[:, order].tocsr()
    ordered.sort_indices()  # what is held out is drawn by place
    return catalogue, ordered


def _numbered(names: Sequence[str | None]) -> Ints:
    numbers: dict[str, int] = {}
    found = [-1 if name is None else numbers.setdefault(name, len(numbers)) for name in names]
    return np.array(found, dtype=np.int64)


def _extras(
    warm: int, sound: SoundScorer | None, artist: ArtistScorer | None
) -> Mapping[str, Scorer]:
    extras: dict[str, Scorer] = {}
    if sound is not None:
        extras["sound"] = SoundScorer(sound.unit[:warm])
    if artist is not None:
        extras["artist"] = ArtistScorer(artist.artists[:warm])
    return extras


def _sound(catalogue: _Catalogue) -> SoundScorer | None:
    features = catalogue.features
    if features is None:
        return None
    heard = np.isfinite(features).all(axis=1)
    if not heard.any():
        return None
    unit = np.zeros_like(features)
    unit[heard] = embed(features[heard], *standardise(features[heard]))
    return SoundScorer(unit)


def _assemble(
    catalogue: _Catalogue,
    sound: SoundScorer | None,
    artist: ArtistScorer | None,
    settings: Settings | None,
    als: FactorScorer | None,
    fitted: Mapping[str, Any],
    seed: int = 0,
) -> Model:
    features = catalogue.features
    mean, scale = (None, None)
    if features is not None and sound is not None:
        mean, scale = standardise(features[np.isfinite(features).all(axis=1)])
    cold, appeal = None, None
    if 0 < catalogue.warm < len(catalogue.item_ids):
        logs = np.log1p(catalogue.listeners[: catalogue.warm])
        appeal = _predict(logs[:, None], catalogue, seed).values[:, 0]
        cold = None if als is None else _predict(als.factors, catalogue, seed)
    if als is not None and cold is not None:
        als = als.joined(cold.values)
    return Model(
        item_ids=catalogue.item_ids,
        listeners=catalogue.listeners,
        weights={} if settings is None else settings.weights,
        counts_matter=True if settings is None else settings.counts_matter,
        **fitted,
        forest=None if settings is None else settings.forest,
        stranger_weights=None if settings is None else settings.stranger_weights,
        stranger_forest=None if settings is None else settings.stranger_forest,
        als=als,
        sound=sound,
        artist=artist,
        appeal=appeal,
        cold_spread=max(LEAST_SPREAD, 0.0 if cold is None else float(np.sqrt(cold.explained))),
        features=None if sound is None else features,
        feature_mean=mean,
        feature_scale=scale,
        trained=dict(catalogue.trained),
    )


def _fitted(matrix: Matrix, settings: Settings) -> dict[str, Any]:
    """The parts besides ALS that have a weight: the others would only fill memory."""
    fits = part_fits(matrix, settings, seed=0)
    return {name: fit() for name, fit in fits.items() if name != "als" and settings.uses(name)}


def _predict(known: Floats, catalogue: _Catalogue, seed: int) -> Prediction:
    """Of the cold items what `known` (w, f) says of the warm ones."""
    if catalogue.features is None and catalogue.artists is None:
        cold = len(catalogue.item_ids) - len(known)
        return Prediction(np.tile(known.mean(axis=0), (cold, 1)), 0.0)
    listeners = catalogue.listeners[: len(known)]
    return predict_factors(known, listeners, catalogue.features, catalogue.artists, seed)
