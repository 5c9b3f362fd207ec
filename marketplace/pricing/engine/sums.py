"""Sums over groups of tracks. Invariant: they run in row order, so they are the same to the bit."""

import numpy as np
from numpy.typing import NDArray


def sums(
    group: NDArray[np.int64], value: NDArray[np.float64] | NDArray[np.bool_], size: int
) -> NDArray[np.float64]:
    """Sum of `value` (k,) in each of `size` groups, (size,); a group nobody is in has 0.

    One by one in row order, as pairwise summation would depend on rows that add nothing; and
    always floats, which plain bincount does not give for no rows.
    """
    return np.bincount(group, value, size).astype(np.float64)
