"""What a block of listeners play, as positions in the catalogue."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recommender.interactions import Matrix
from recommender.scorers import Floats, Ints

if TYPE_CHECKING:
    from recommender.model import Model


@dataclass(frozen=True)
class Own:
    """Own plays of `size` listeners, one after the other: whose, of `rows` (p,), which rise, each
    is, its item, rising for each listener, and its weight. The first `n_items` of all are warm.
    """

    size: int
    rows: Ints
    items: Ints
    weights: Floats
    n_items: int

    @classmethod
    def of(cls, model: Model, listeners: Sequence[Mapping[str, float]]) -> Own:
        """Of listeners' plays by item id, as `Model.own` takes them."""
        place_of = model.positions.get
        counts = np.array([n for one in listeners for n in one.values()], dtype=np.float32)
        items = np.array([place_of(i, -1) for one in listeners for i in one], dtype=np.int64)
        rows = np.repeat(np.arange(len(listeners)), [len(one) for one in listeners])
        known = np.flatnonzero((items >= 0) & (counts > 0))
        known = known[np.argsort(rows[known] * len(model.item_ids) + items[known])]
        counts = counts[known]
        weights = np.log1p(counts) if model.counts_matter else np.ones_like(counts)
        return cls(len(listeners), rows[known], items[known], weights, model.warm)

    def __len__(self) -> int:
        return self.size

    def only(self, places: Ints) -> Own:
        """Those of the listeners `places`, which rise."""
        if places.size == self.size:
            return self
        kept = np.isin(self.rows, places)
        rows = np.searchsorted(places, self.rows[kept])
        return Own(places.size, rows, self.items[kept], self.weights[kept], self.n_items)

    @cached_property
    def counts(self) -> Ints:
        """How many each has, (b,)."""
        return np.bincount(self.rows, minlength=self.size)

    @cached_property
    def ends(self) -> Ints:
        """Where each one's begin, and the last one's end, (b + 1,)."""
        return np.concatenate([[0], np.cumsum(self.counts)])

    @cached_property
    def listeners(self) -> list[tuple[Ints, Floats]]:
        """Items and weights of each."""
        pieces = [slice(*pair) for pair in itertools.pairwise(self.ends.tolist())]
        return [(self.items[piece], self.weights[piece]) for piece in pieces]

    @cached_property
    def warm(self) -> NDArray[np.bool_]:
        """Who has some warm item, (b,)."""
        some = np.zeros(self.size, dtype=bool)
        some[self.rows[self.items < self.n_items]] = True
        return some

    @cached_property
    def matrix(self) -> Matrix:
        """Preferences (b, n_items) for warm items."""
        warm = self.items < self.n_items
        starts = np.concatenate([[0], np.cumsum(np.bincount(self.rows[warm], minlength=self.size))])
        shape = (self.size, self.n_items)
        return sparse.csr_matrix((self.weights[warm], self.items[warm], starts), shape=shape)

    @cached_property
    def wide(self) -> tuple[Ints, Floats]:
        """Positions and weights (b, k), filled up with weights of 0."""
        items = np.zeros((self.size, max(1, int(self.counts.max()))), dtype=np.int64)
        weights = np.zeros(items.shape, dtype=np.float32)
        places = self.rows, np.arange(self.rows.size) - self.ends[self.rows]
        items[places], weights[places] = self.items, self.weights
        return items, weights

    def leading(self, size: int) -> tuple[Ints, Floats]:
        """The same with weights of 0 beyond the first `size` items."""
        items, weights = self.wide
        inside = items < size
        return np.where(inside, items, 0), np.where(inside, weights, np.float32(0))

    def between(self, first: int, end: int) -> tuple[Ints, Ints]:
        """Whose, and which, the items from `first` to before `end` are."""
        some = self._by_item[slice(*np.searchsorted(self._rising, (first, end)))]
        return self.rows[some], self.items[some]

    @cached_property
    def _by_item(self) -> Ints:
        return np.argsort(self.items)

    @cached_property
    def _rising(self) -> Ints:
        rising: Ints = self.items[self._by_item]
        return rising
