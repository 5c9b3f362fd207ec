"""Less like this: what a listener's score of a track loses for being like one of which less is
wanted. Nothing is fitted anew.

This is negative feedback after Rocchio (1971), by the nearest of the tracks named rather than by
their mean: two that have nothing in common don't point anywhere between them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from recommender.fusion import spread
from recommender.likeness import likeness
from recommender.scorers import Floats, Ints

if TYPE_CHECKING:
    from recommender.model import Model

STRENGTH = 4.0  # deviations of score that a perfect likeness costs
MOST = 20  # tracks named that count, the first ones


def aversion(model: Model, scores: Floats, less: Ints) -> Floats:
    """What is to be taken off `scores` (n,), all of them finite, for likeness to any of `less`
    (k,), the one named last first.

    The likeness is squared: the nearest lose most, what is only of the same world little.
    """
    near = likeness(model, slice(None), less[:MOST]).max(axis=1)
    deviation = spread(scores[: model.warm])[1] or spread(scores)[1] or 1.0
    return np.asarray(np.float32(STRENGTH * deviation) * near**2, dtype=np.float32)
