"""Which tracks are most like one: in sound, in who plays them, or both.

Likeness is 0 to 1. numpy only: this runs in web processes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from recommender.aversion import aversion
from recommender.highest import top_of
from recommender.likeness import known_by_taste
from recommender.reasons import traits_of
from recommender.scorers import Floats, Ints
from recommender.sound import SharedTrait, embed

if TYPE_CHECKING:
    from recommender.model import Model

LIKE_ENOUGH = 0.05
Sense = Literal["sound", "taste"]


@dataclass(frozen=True, slots=True)
class Alike:
    """A track like another: `likeness` 0 to 1, and in sound the traits they share."""

    item_id: str
    likeness: float
    traits: tuple[SharedTrait, ...]


def similar(model: Model, position: int, n: int, unwanted: Ints) -> list[tuple[str, float, float]]:
    """`Model.similar` of the track at `position`, less what is like those at `unwanted`."""
    sound, taste = np.zeros((2, len(model.item_ids)), dtype=np.float32)
    if model.sound is not None:
        sound = np.clip(model.sound.unit @ model.sound.unit[position], 0.0, 1.0)
    if (vectors := model.tastes) is not None:
        taste = np.clip(vectors @ vectors[position], 0.0, 1.0)
    else:
        near, shared = _by_listeners(model, position)
        taste[near] = shared
    value = sound + taste
    if unwanted.size:
        value -= aversion(model, value, unwanted)
    value[position] = -np.inf
    return [
        (model.item_ids[k], float(sound[k]), float(taste[k])) for k in top_of(value, n).tolist()
    ]


def alike(model: Model, position: int, kind: Sense, n: int) -> list[Alike]:
    """`Model.alike` of the track at `position`: in taste by factors, or by shared listeners alone
    where factors do not tell tracks apart.
    """
    vectors = _vectors(model, kind)
    if vectors is None:
        return _best(model, *_by_listeners(model, position), n, None) if kind == "taste" else []
    found = model.sound_nearest if kind == "sound" else model.taste_nearest
    if found is not None and n <= found.shape[1]:
        near = found[position][found[position] >= 0].astype(np.int64)
        likeness = vectors[near] @ vectors[position]
    else:
        near = np.flatnonzero(_comparable(model, kind, position))
        likeness = (vectors @ vectors[position])[near]
    vector = None if model.features is None else model.features[position]
    return _best(model, near, likeness, n, vector if kind == "sound" else None)


def sounding_like(model: Model, vector: Floats, n: int) -> list[Alike]:
    """`Model.sounding_like`."""
    mean, scale = model.feature_mean, model.feature_scale
    if model.sound is None or mean is None or scale is None or vector.shape != mean.shape:
        return []
    likeness = model.sound.unit @ embed(vector[None], mean, scale)[0]
    return _best(model, np.arange(likeness.size), likeness, n, vector)


def _by_listeners(model: Model, position: int) -> tuple[Ints, Floats]:
    """Positions (m,) of tracks that share listeners with the one there, and the cosine of both."""
    if model.neighbours is None or position >= model.warm:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
    near, cosine = model.neighbours.nearest(position)
    known = _comparable(model, "taste", position)[near]
    return near[known], cosine[known]


def _vectors(model: Model, kind: Sense) -> Floats | None:
    """Of every track, of length one; their product is the likeness."""
    if kind == "taste":
        return model.tastes
    return None if model.sound is None else model.sound.unit


def _comparable(model: Model, kind: Sense, position: int) -> NDArray[np.bool_]:
    """What the track there may be like at all (n_items,)."""
    others = np.ones(len(model.item_ids), dtype=np.bool_)
    if kind == "taste":
        others = known_by_taste(model.listeners)
        others &= others[position]
    others[position] = False
    return others


def _best(model: Model, near: Ints, likeness: Floats, n: int, vector: Floats | None) -> list[Alike]:
    """The best `n` of positions `near` (m,) of that likeness (m,); traits shared with `vector`
    (d,).
    """
    best = [k for k in top_of(likeness, n).tolist() if likeness[k] >= LIKE_ENOUGH]
    return [
        Alike(
            model.item_ids[near[k]],
            float(likeness[k]),
            () if vector is None else traits_of(model, int(near[k]), vector),
        )
        for k in best
    ]
