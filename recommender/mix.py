"""A list for a week, and songs near a listener's own by sound alone.

A mix draws from what ranks high, other songs for each seed, and each song it takes makes those of
its artist and those that sound like it less likely. numpy only.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from recommender.alike import LIKE_ENOUGH
from recommender.model import Model, Recommendation
from recommender.reasons import traits_of
from recommender.scorers import Floats, SoundScorer
from recommender.sound import SharedTrait, embed

FLAT = 12.0  # places at the top that are about as likely as the first
SAME_ARTIST, SAME_SOUND = 2.0, 0.8  # in units of log chance: what a likeness to one taken costs


class NearOwn(NamedTuple):
    """A song near the listener's own: `because_item` is the one most like it, `likeness` 0 to 1."""

    item_id: str
    because_item: str
    likeness: float
    traits: tuple[SharedTrait, ...]


def mixed(
    model: Model, ranked: Sequence[Recommendation], n: int, seed: int
) -> list[Recommendation]:
    """At most `n` of `ranked` (best first), in the order they were taken.

    The first is drawn by chances that fall with the rank (Gumbel's trick: Gumbel 1954), each next
    one by what is left of them: the same ranking and seed give the same list.
    """
    places = np.array([model.positions[one.item_id] for one in ranked], dtype=np.int64)
    rng = np.random.default_rng(seed)
    value = -np.log(np.arange(places.size) + FLAT) + 0.5 * rng.gumbel(size=places.size)
    taken: list[int] = []
    while len(taken) < min(n, places.size):
        best = int(np.argmax(value))
        taken.append(best)
        value -= _likeness(model, places, best)
        value[taken] = -np.inf
    return [ranked[k] for k in taken]


def _likeness(model: Model, places: np.ndarray[tuple[int], np.dtype[np.int64]], k: int) -> Floats:
    cost = np.zeros(places.size, dtype=np.float32)
    if model.artist is not None and model.artist.artists[places[k]] >= 0:
        owners = model.artist.artists[places]
        cost += np.float32(SAME_ARTIST) * (owners == owners[k])
    if model.sound is not None:
        unit = model.sound.unit
        cost += np.float32(SAME_SOUND) * np.maximum(unit[places] @ unit[places[k]], 0.0)
    return cost


def near_own(
    model: Model, own: Mapping[str, float], candidates: Mapping[str, Floats | None]
) -> list[NearOwn]:
    """Those of `candidates` that sound like what the listener plays, `own` (item id -> count); the
    nearest to all of it first.

    A candidate that came after the training brings its features (FEATURE_COUNT,); else None.
    """
    items, weights = model.own(own)
    if model.sound is None or not items.size:
        return []
    units = {item: _unit(model, item, x) for item, x in candidates.items()}
    placed = {item: unit for item, unit in units.items() if unit is not None}
    if not placed:
        return []
    known = list(placed)
    most = np.argsort(-weights, kind="stable")[: SoundScorer.MOST]
    mine = model.sound.unit[items[most]]
    likeness = np.stack(list(placed.values())) @ mine.T
    value = np.maximum(likeness, 0.0) ** 3 @ weights[most]
    order = np.argsort(-value, kind="stable").tolist()
    best = likeness.argmax(axis=1).tolist()
    return [
        _near(
            model, known[k], candidates[known[k]], int(items[most[best[k]]]), likeness[k, best[k]]
        )
        for k in order
        if likeness[k, best[k]] >= LIKE_ENOUGH
    ]


def _near(
    model: Model, item: str, features: Floats | None, because: int, likeness: float
) -> NearOwn:
    vector = features
    if vector is None and model.features is not None:
        vector = model.features[model.positions[item]]
    traits = () if vector is None else traits_of(model, because, vector)
    return NearOwn(item, model.item_ids[because], float(likeness), tuple(traits))


def _unit(model: Model, item: str, features: Floats | None) -> Floats | None:
    """Of length one; None for a song nobody can place."""
    position = model.positions.get(item)
    if model.sound is None:
        return None
    if position is not None:
        unit: Floats = model.sound.unit[position]
        return unit if unit.any() else None
    mean, scale = model.feature_mean, model.feature_scale
    if features is None or mean is None or scale is None or features.shape != mean.shape:
        return None
    return np.asarray(embed(features[None], mean, scale)[0], dtype=np.float32)
