"""Where a song's sound stands among all songs, in a listener's words."""

from __future__ import annotations

import json
from dataclasses import dataclass
from uuid import UUID

import numpy as np

from marketplace.discovery import serving
from recommender.axes import Standing
from recommender.sound import FEATURE_COUNT
from royalties.prepared import prepared

ENDS = {"brightness": ("dark", "bright"), "density": ("sparse", "dense"), "speed": ("slow", "fast")}
FEATURES = "SELECT features FROM catalog_track WHERE id = %s"


@dataclass(frozen=True)
class Scale:
    """A line from `low` to `high`, the song at `place` percent of it, and what that says."""

    low: str
    high: str
    place: float
    words: str


def scales_of(pk: UUID) -> list[Scale]:
    """One for each axis; none before the first training, or where the song was not heard."""
    model = serving.current()
    if model.axes is None:
        return []
    position = model.positions.get(pk.hex)
    if position is not None and model.features is not None:
        vector = model.features[position]
    else:  # it came out after the training
        with prepared() as cursor:
            cursor.execute(FEATURES, [pk])
            vector = np.array(json.loads(cursor.fetchone()[0]), np.float32)
    if vector.shape != (FEATURE_COUNT,) or not np.isfinite(vector).all():
        return []
    return [_scale(standing) for standing in model.axes.standings(vector)]


def _scale(standing: Standing) -> Scale:
    low, high = ENDS[standing.axis.name]
    return Scale(low, high, round(100 * standing.place, 1), in_words(standing))


def in_words(standing: Standing) -> str:
    """Brighter than 70 % of songs: cut, never rounded up."""
    word, share = standing.axis.high, standing.below
    if standing.above > standing.below:
        word, share = standing.axis.low, standing.above
    percent = int(100 * share + 1e-9)
    if percent == 0:
        return "like the others"
    return f"{word} than {percent}\u00a0% of songs"
