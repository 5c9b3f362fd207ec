"""The nearest tracks of each track, found once when a model is trained, so that nobody waits.

Every track is compared with every other in catalogues of up to `ALL` tracks. In larger ones with
the tracks of the cells around its own, `REACH` of them at least (an inverted file: Jégou, Douze and
Schmid 2011), so that time grows with the catalogue and not with its square. numpy only.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from recommender.scorers import Floats, Ints

Places = NDArray[np.int32]

ALL = 20_000
REACH = 10_000
CELL = 400  # tracks, on average
SAMPLE = 64  # tracks a cell, of which the cells are made
ROUNDS = 8
BLOCK = 64
AT_ONCE = 1 << 23  # likenesses in memory
NOWHERE = np.float32(-2)  # less like than anything


def nearest(unit: Floats, among: NDArray[np.bool_], count: int, seed: int = 0) -> Places:
    """Of each track the positions (n, count) of those most like it, the likest first.

    `unit` (n, d) are vectors of length one, whose product is the likeness; tracks that are not
    `among` (n,) are near nothing. Ties by position; -1 where there are fewer than `count`.
    """
    found = np.full((len(unit), count), -1, dtype=np.int32)
    places = np.flatnonzero(among)
    points = np.ascontiguousarray(unit[places], dtype=np.float32)
    for rows, others in _neighbourhoods(points, np.random.default_rng(seed)):
        step = max(1, AT_ONCE // others.size)
        for start in range(0, rows.size, step):
            some = rows[start : start + step]
            row, rank, place = _best(points, some, others, count)
            found[places[some[row]], rank] = places[place]
    return found


def _neighbourhoods(points: Floats, rng: np.random.Generator) -> Iterator[tuple[Ints, Ints]]:
    """Tracks in groups, each with the tracks it is compared with, itself included; ascending."""
    if len(points) <= ALL:
        everything = np.arange(len(points))
        if everything.size > 1:
            yield everything, everything
        return
    centres = _centres(points, len(points) // CELL, rng)
    cell_of = _cells(points, centres)
    members = np.split(np.argsort(cell_of, kind="stable"), _ends(cell_of, len(centres)))
    sizes = np.array([one.size for one in members])
    for cell in np.flatnonzero(sizes).tolist():
        around = np.argsort(-(centres @ centres[cell]), kind="stable")
        enough = int(np.searchsorted(np.cumsum(sizes[around]), REACH)) + 1
        around = np.union1d(around[:enough], [cell])
        yield members[cell], np.sort(np.concatenate([members[k] for k in around.tolist()]))


def _ends(cell_of: Ints, n_cells: int) -> Ints:
    return np.cumsum(np.bincount(cell_of, minlength=n_cells))[:-1]


def _centres(points: Floats, n_cells: int, rng: np.random.Generator) -> Floats:
    """Directions (n_cells, d) by spherical k-means over a sample."""
    drawn = rng.permutation(len(points))[: n_cells * SAMPLE]
    sample = points[np.sort(drawn)]
    centres = points[drawn[:n_cells]]
    for _ in range(ROUNDS):
        cell_of = _cells(sample, centres)
        sums = np.zeros_like(centres)
        np.add.at(sums, cell_of, sample)
        norms = np.linalg.norm(sums, axis=1, keepdims=True)
        centres = np.where(norms > 0, sums / np.maximum(norms, 1e-9), centres)
    return np.asarray(centres, dtype=np.float32)


def _cells(points: Floats, centres: Floats) -> Ints:
    """The nearest centre of each point (n,)."""
    step = max(1, AT_ONCE // len(centres))
    parts = [
        np.argmax(points[start : start + step] @ centres.T, axis=1)
        for start in range(0, len(points), step)
    ]
    return np.concatenate(parts)


def _best(points: Floats, rows: Ints, others: Ints, count: int) -> tuple[Ints, Ints, Ints]:
    """(index in `rows`, rank from 0, the other's position) of all that are found.

    As many of the blocks' highest as are wanted are a bound that few but the wanted ones reach.
    """
    n_blocks = -(-others.size // BLOCK)
    beside = np.zeros((n_blocks * BLOCK, points.shape[1]), dtype=np.float32)
    beside[: others.size] = points[others]
    likeness = points[rows] @ beside.T
    likeness[:, others.size :] = NOWHERE
    likeness[np.arange(rows.size), np.searchsorted(others, rows)] = NOWHERE  # itself
    bound = np.full((rows.size, 1), -1.5, dtype=np.float32)
    if n_blocks > count:
        highest = likeness.reshape(rows.size, n_blocks, BLOCK).max(axis=2)
        bound = np.partition(highest, -count, axis=1)[:, [-count]]
    row, column = np.nonzero(likeness >= bound)
    order = np.lexsort((column, -likeness[row, column], row))
    row, column = row[order], column[order]
    rank = np.arange(row.size) - np.searchsorted(row, row)
    kept = rank < count
    return row[kept], rank[kept], others[column[kept]]
