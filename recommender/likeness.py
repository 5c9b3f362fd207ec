"""How like each other tracks are, 0 to 1: the mean of what is known of their sound and of who plays
them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from recommender.scorers import Floats, Ints

if TYPE_CHECKING:
    from recommender.model import Model

TASTE_FROM_LISTENERS = 3  # fewer say nothing about taste
ALL_ALIKE = 0.9  # of two tracks on average: factors under a penalty so heavy tell no taste


def likeness(model: Model, of: Ints | slice, to: Ints) -> Floats:
    """(len(of), len(to)) of the tracks at these positions; zeros where nothing is known of any."""
    senses = [
        vectors
        for vectors in (None if model.sound is None else model.sound.unit, model.tastes)
        if vectors is not None
    ]
    n_of = np.arange(len(model.item_ids))[of].size
    found = np.zeros((n_of, to.size), dtype=np.float32)
    for vectors in senses:
        found += np.clip(vectors[of] @ vectors[to].T, 0.0, 1.0) / np.float32(len(senses))
    return found


def known_by_taste(listeners: Floats) -> NDArray[np.bool_]:
    """Which tracks enough listeners play to say whom else they play."""
    return np.asarray(listeners >= TASTE_FROM_LISTENERS)


def directions(factors: Floats) -> Floats:
    """Unit vectors (n, f), whose product is the likeness in taste."""
    norms = np.linalg.norm(factors, axis=1, keepdims=True)
    return np.ascontiguousarray(factors / np.maximum(norms, 1e-9), dtype=np.float32)


def tells_apart(unit: Floats, known: NDArray[np.bool_]) -> bool:
    """Whether these directions (n, f) tell the tracks that are `known` (n,) from each other."""
    if not known.any():
        return False
    mean = unit[known].mean(axis=0)
    return float(mean @ mean) < ALL_ALIKE  # the mean product of any two
