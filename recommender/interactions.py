"""Plays as arrays and as a sparse matrix, and the split that holds some of them out."""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recommender.errors import DataError

Matrix = Any  # scipy.sparse.csr_matrix (n_users, n_items) float32; scipy carries no types
MIN_ITEMS_TO_HOLD_OUT = 5
FEWER_ITEMS = (4, 3, 2)  # what may do where too few listeners have five
LISTENERS_WANTED = (200, 30)  # or at least so many
HELD_OUT_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class Plays:
    """Who played what how often: three arrays (n,); repeated pairs add up.

    `users` and `items` are indices from 0, `weights` counts above 0.
    """

    users: NDArray[np.int64]
    items: NDArray[np.int64]
    weights: NDArray[np.float32]

    @classmethod
    def of(cls, rows: Iterable[tuple[int, int, float]]) -> "Plays":
        """Plays of (user index, item index, weight) rows."""
        table = np.array(list(rows), dtype=np.float64).reshape(-1, 3)
        users, items = table[:, 0].astype(np.int64), table[:, 1].astype(np.int64)
        return cls(users, items, table[:, 2].astype(np.float32))

    def matrix(self, n_items: int) -> Matrix:
        """Counts (n_users, n_items), duplicates added. Raises `DataError` on impossible values."""
        if not self.users.size == self.items.size == self.weights.size:
            raise DataError("Plays need as many users as items and weights.")
        if self.users.size and (self.users.min() < 0 or self.items.min() < 0):
            raise DataError("User and item indices count from 0.")
        if self.items.size and self.items.max() >= n_items:
            raise DataError(f"Item index {self.items.max()} is beyond the {n_items} items named.")
        if not (np.isfinite(self.weights).all() and (self.weights > 0).all()):
            raise DataError("Play counts must be finite numbers above 0.")
        n_users = int(self.users.max(initial=-1)) + 1
        return sparse.csr_matrix(
            (self.weights.astype(np.float32), (self.users, self.items)), shape=(n_users, n_items)
        )


class Split(NamedTuple):
    """`train` is the matrix less what is held out; `held[k]` are the hidden items of `users[k]`."""

    train: Matrix
    users: NDArray[np.int64]
    held: list[NDArray[np.int64]]


def items_to_hold_out(matrix: Matrix) -> int:
    """From how many items on some are hidden when settings are chosen: five, or so many fewer that
    there are listeners enough to choose by.
    """
    items, each = np.diff(matrix.indptr), (MIN_ITEMS_TO_HOLD_OUT, *FEWER_ITEMS)
    tried = itertools.product(LISTENERS_WANTED, each)
    enough = (least for wanted, least in tried if (items >= least).sum() >= wanted)
    return next(enough, MIN_ITEMS_TO_HOLD_OUT)


def hold_out(
    matrix: Matrix,
    seed: int,
    share: float = HELD_OUT_SHARE,
    least: int = MIN_ITEMS_TO_HOLD_OUT,
) -> Split:
    """Hide `share` of the items, at least one, of each user with `least` or more, at random, in row
    order.
    """
    rng = np.random.default_rng(seed)
    kept = np.ones(matrix.nnz, dtype=bool)
    users, held = [], []
    for user in range(matrix.shape[0]):
        start, end = matrix.indptr[user], matrix.indptr[user + 1]
        if end - start < least:
            continue
        hidden = rng.permutation(end - start)[: max(1, int((end - start) * share))]
        kept[start + hidden] = False
        users.append(user)
        held.append(matrix.indices[start + hidden].astype(np.int64))
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))[kept]
    train = sparse.csr_matrix((matrix.data[kept], (rows, matrix.indices[kept])), shape=matrix.shape)
    return Split(train, np.array(users, dtype=np.int64), held)
