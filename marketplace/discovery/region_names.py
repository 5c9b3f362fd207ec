"""Names of the map's regions: styles commoner there than elsewhere, and how it sounds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from marketplace.discovery.axes import ENDS
from recommender.axes import AXES

LEAST_SHARE = 0.2  # of a region's songs; a style of fewer doesn't name it
STYLES = 2
TOLD_FROM = 0.15  # from the middle of an axis, in shares of the catalogue


class Named(NamedTuple):
    name: str
    words: str  # "dark and slow"; empty where nothing sets it apart


def name_regions(
    regions: NDArray[np.uint8], count: int, genres: Sequence[str], axes: NDArray[np.float64]
) -> list[Named]:
    """Of regions 0 to `count` - 1, no name twice. `regions` (n,), `genres` and percentile ranks
    `axes` (n, 3) are the songs'.
    """
    styles = np.array([genre.strip() for genre in genres], dtype=object)
    everywhere = Counter(styles[regions < count].tolist())
    found: list[Named] = []
    for number in range(count):
        here = regions == number
        words = _words(axes[here])
        name = _styles(Counter(styles[here].tolist()), everywhere) or words.capitalize() or "Middle"
        taken = {one.name for one in found}
        if name in taken and words:
            name = f"{name}, {words}"
        while name in taken:
            name = f"{name} too"
        found.append(Named(name, "" if words and words in name.lower() else words))
    return found


def _styles(here: Counter[str], everywhere: Counter[str]) -> str:
    n, total = sum(here.values()), sum(everywhere.values())
    common = [style for style, k in here.items() if style and k >= LEAST_SHARE * n]

    def worth(style: str) -> tuple[float, str]:
        lift = here[style] / n / (everywhere[style] / total)
        return -(here[style] / n) * min(lift, 4.0), style

    return ", ".join(sorted(common, key=worth)[:STYLES])


def _words(places: NDArray[np.float64]) -> str:
    """The ends of the axes to which these songs lean, at most two, the farthest first."""
    if not len(places):
        return ""
    away = places.mean(axis=0) - 0.5
    order = [
        k for k in np.argsort(-np.abs(away), kind="stable").tolist() if abs(away[k]) >= TOLD_FROM
    ]
    return " and ".join(ENDS[AXES[k].name][int(away[k] > 0)] for k in order[:2])
