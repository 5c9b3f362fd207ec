"""Places on the map of a catalogue for songs it was not drawn with: beside those they sound like.

numpy only, since web processes place what came out after the last training.
"""

from typing import NamedTuple

import numpy as np

from recommender.scorers import Floats, Ints

BESIDE = 6  # songs whose places decide
AT_ONCE = 1 << 22  # likenesses in memory
SHARPEST = 6.0  # a likeness counts by this power: the nearest weighs most


class Map(NamedTuple):
    """Songs by sound in the plane: `places` (n, 2), NaN where not heard, about 0 with a root mean
    square distance of 1; `regions` (n,), the part of the map each lies in, -1 for none; `centres`
    (k, 2) of the regions.
    """

    places: Floats
    regions: Ints
    centres: Floats


def beside(unit: Floats, others: Floats, places: Floats) -> Floats:
    """Places (m, k) of songs with unit vectors `unit` (m, d) among `others` (n, d), which lie at
    `places` (n, k): the mean of those most like each, the likest weighing most.
    """
    found = np.zeros((len(unit), places.shape[1]), dtype=np.float32)
    step = max(1, AT_ONCE // max(1, len(others)))
    few = min(BESIDE, len(others))
    for start in range(0, len(unit), step):
        likeness = unit[start : start + step] @ others.T
        near = np.argpartition(-likeness, few - 1, axis=1)[:, :few]
        close = np.take_along_axis(likeness, near, axis=1)
        weight = np.exp(SHARPEST * (close - close.max(axis=1, keepdims=True)))
        weight /= weight.sum(axis=1, keepdims=True)
        found[start : start + step] = np.einsum("mk,mkd->md", weight, places[near])
    return found


def region_of(places: Floats, centres: Floats) -> Ints:
    """The nearest region (m,) of each place (m, 2)."""
    if not len(centres):
        return np.full(len(places), -1)
    away = ((places[:, None, :] - centres[None]) ** 2).sum(axis=2)
    return np.asarray(away.argmin(axis=1))
