"""How long a map of many songs takes to draw when a model is trained, and what it keeps together.

`python -m tests.benchmarks.song_map [--songs 100000]`: made sounds in groups of about 400, on one
thread; and the bytes a browser loads of it.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from recommender.layout import lay_out
from recommender.scorers import Ints
from recommender.sound import FEATURE_COUNT, Floats, embed, standardise

GROUP = 400
ASKED = 2_000  # songs whose nearest on the map is looked at


def made(n: int, seed: int = 0) -> tuple[Floats, Ints]:
    """Unit vectors (n, FEATURE_COUNT) and the group of each."""
    rng = np.random.default_rng(seed)
    count = max(2, n // GROUP)
    group = rng.integers(count, size=n)
    styles = rng.normal(size=(max(2, count // 12), FEATURE_COUNT))
    centres = styles[np.arange(count) % len(styles)] + 0.6 * rng.normal(size=(count, FEATURE_COUNT))
    x = (centres[group] + 0.5 * rng.normal(size=(n, FEATURE_COUNT))).astype(np.float32)
    return embed(x, *standardise(x)), group


def together(places: Floats, group: Ints) -> float:
    """The share of some songs whose nearest on the map is of their group."""
    asked = np.random.default_rng(1).permutation(len(places))[:ASKED]
    same = 0
    for k in asked.tolist():
        away = ((places - places[k]) ** 2).sum(axis=1)
        away[k] = np.inf
        same += int(group[int(away.argmin())] == group[k])
    return same / len(asked)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--songs", type=int, default=100_000)
    parser.add_argument("--keep", help="a file for the map's places, as .npy")
    options = parser.parse_args()
    unit, group = made(options.songs)
    started = time.process_time()
    chart = lay_out(unit)
    seconds = time.process_time() - started
    print(f"{options.songs:,} songs: {seconds:.0f} CPU seconds, {len(chart.centres)} regions")
    print(f"nearest on the map of the same group: {together(chart.places, group):.3f}")
    if options.keep:
        np.save(options.keep, chart.places)


if __name__ == "__main__":
    main()
