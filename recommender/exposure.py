"""How evenly what is shown or played spreads over a catalogue and its artists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

Artist = TypeVar("Artist")
Size = Literal["new", "small", "middle", "large"]
SIZES: tuple[Size, ...] = ("new", "small", "middle", "large")


def gini(counts: NDArray[np.float64]) -> float:
    """0 where every item has as much, near 1 where one has all; 0 where nobody has anything.

    `counts` (n,) are of all items, also of those with none (Gini 1912, of the sorted counts).
    """
    total = float(counts.sum())
    if not total:
        return 0.0
    ranks = np.arange(1, counts.size + 1)
    return float((2 * ranks - counts.size - 1) @ np.sort(counts) / (counts.size * total))


def coverage(counts: NDArray[np.float64]) -> float:
    """The share of items with any."""
    return float((counts > 0).mean()) if counts.size else 0.0


def sizes(plays: Mapping[Artist, int], new: Sequence[Artist]) -> dict[Artist, Size]:
    """Each artist's class: `new` ones apart, the others by terciles of their `plays`, ties in the
    order given.
    """
    apart = set(new)
    ranked = sorted((one for one in plays if one not in apart), key=lambda one: plays[one])
    thirds = SIZES[1:]
    found: dict[Artist, Size] = dict.fromkeys(apart, "new")
    for rank, one in enumerate(ranked):
        found[one] = thirds[3 * rank // len(ranked)]
    return found
