"""What a node adds up over its listeners: integers to which each listener adds at most 1.

A listener's part is a vector of length (L2) at most 1 in units of 2^-32, by arithmetic on integers
alone, whatever the plays: that is what noise is measured against. Two sums make a model: how many
listeners each track has, and for the most played tracks how listeners' tastes go together.
"""

import numpy as np
from numpy.typing import NDArray

from recommender.interactions import Matrix

Integers = NDArray[np.int64]
Doubles = NDArray[np.float64]

ROW_ONE = 1 << 16  # a listener's row; products of two are in units of ONE
ONE = ROW_ONE * ROW_ONE
PRESENCE = 0.3  # of a listener's part in the first sum, for how many listeners there are
BLOCK = 2_048  # listeners whose rows are dense at a time
NOTHING = 1e-6


def listeners_sum(counts: Matrix) -> Integers:
    """(n + 1,): of each track its listeners, each weighed by 1/root of how many tracks they play,
    and last the number of listeners. `counts` (listeners, n).
    """
    played = np.diff(counts.indptr)
    share = np.sqrt(1 - PRESENCE**2) / np.sqrt(np.maximum(played, 1))
    each = np.trunc(ONE * share).astype(np.int64)
    total = np.zeros(counts.shape[1] + 1, dtype=np.int64)
    np.add.at(total, counts.indices, np.repeat(each, played))
    total[-1] = int(ONE * PRESENCE) * int(np.count_nonzero(played))
    return total


def taste_sum(counts: Matrix, tracks: Integers, usual: Doubles) -> Integers:
    """(m (m + 1) / 2,): the upper triangle, row by row, of the sum over listeners of their
    `taste_rows` times themselves. `tracks` (m,) are columns of `counts`, `usual` (m,) what
    everybody plays.
    """
    own = counts[:, tracks].tocsr().log1p()
    triangle = np.triu_indices(tracks.size)
    result = np.zeros(triangle[0].size, dtype=np.int64)
    for start in range(0, own.shape[0], BLOCK):
        rows = taste_rows(own[start : start + BLOCK].toarray(), usual).astype(np.float64)
        total = rows.T @ rows  # whole numbers below 2^53, so exact
        result += total[triangle].astype(np.int64)
    return result


def taste_rows(own: NDArray[np.float32], usual: Doubles) -> Integers:
    """Of each listener's preferences `own` (b, m) what differs from the usual, (b, m) in units of
    2^-16: of length one, the usual taken off, and scaled so that the upper triangle of the row
    times itself has length 1. Rounding towards 0 never makes it longer.
    """
    rows = _unit(own.astype(np.float64))
    rows = rows - np.outer(rows @ usual, usual) / max(float(usual @ usual), NOTHING)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    rows = np.where(lengths > NOTHING, rows, 0.0)
    squares = rows**2
    triangle = np.sqrt((squares.sum(axis=1) ** 2 + (squares**2).sum(axis=1)) / 2)
    scale = (1 - 1e-9) / np.sqrt(np.maximum(triangle, NOTHING**2))
    return np.asarray(np.trunc(rows * scale[:, None] * ROW_ONE), dtype=np.int64)


def symmetric(triangle: Doubles, m: int) -> Doubles:
    """The matrix (m, m) of an upper triangle, row by row."""
    matrix = np.zeros((m, m))
    matrix[np.triu_indices(m)] = triangle
    return np.asarray(matrix + np.triu(matrix, 1).T)


def _unit(rows: Doubles) -> Doubles:
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), NOTHING))
