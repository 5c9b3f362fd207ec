"""The highest of many scores, in order, without sorting all of them. Ties stand by position."""

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Scores = NDArray[np.float32]
STRIDE = 16
LINE = 16  # floats
ROWS = 8
LOWEST = np.finfo(np.float32).min
SIGN = np.uint32(1 << 31)
LAST = np.uint64((1 << 32) - 1)  # half a key
NOTHING = np.uint64(0x007FFFFF << 32)  # a key of -inf


def top_rows(scores: Scores, count: int) -> Ints:
    """`top_of` each row of `scores` (b, n): positions (b, count), those of -inf too, last."""
    n_rows, n_items = scores.shape
    count = min(count, n_items)
    if not n_rows * count:
        return np.zeros((n_rows, count), dtype=np.int64)
    bounds = _bounds(scores, count)
    places, ends = _reaching(scores, bounds)
    if (few := np.flatnonzero(np.diff(ends) < count)).size:  # the sample was luckier than the rest
        last = n_items - count
        bounds[few] = np.partition(scores[few], last, axis=1)[:, last]
        places, ends = _reaching(scores, bounds)
    keys = _keyed(scores, places, ends)
    keys.sort(axis=1)
    return _positions(keys[:, : -count - 1 : -1])


def top_of(scores: Scores, count: int) -> Ints:
    """Positions of the `count` highest scores, best first, ties by position; -inf never appears."""
    found = _contenders(scores, count)
    return np.asarray(found[np.lexsort((found, -scores[found]))[:count]], dtype=np.int64)


class Best:
    """The `count` highest scores of each of several rows, some columns of which are looked at after
    the others: one look at most of them, while the processor's cache holds them.
    """

    def __init__(self, count: int) -> None:
        self.count = count
        self.keys = np.zeros((0, 0), dtype=np.uint64)  # of each row's best so far, rising
        self.bounds = np.zeros(0, dtype=np.float32)

    def look(self, scores: Scores, first: int) -> None:
        """At `scores` (b, m) of the columns from `first` on, of the same rows each time."""
        if not len(self.keys):
            best = top_rows(scores, self.count)
            found = np.take_along_axis(scores, best, axis=1)
            self._keep(slice(None), _keys(found, best + first)[:, ::-1])
            return
        rows = np.flatnonzero(scores.max(axis=1) >= self.bounds)
        if not rows.size:
            return
        some = scores if rows.size == len(scores) else scores[rows]
        more = _keyed(some, *_reaching(some, self.bounds[rows]), first)
        keys = np.concatenate([self.keys[rows], more], axis=1)
        keys.sort(axis=1)
        wide = min(self.count, self.keys.shape[1] + scores.shape[1])
        self._keep(rows, keys[:, -wide:])

    def _keep(self, rows: Ints | slice, keys: NDArray[np.uint64]) -> None:
        """`keys` (r, k) for those of some rows; all rows have as many."""
        if keys.shape[1] > self.keys.shape[1]:
            wide = np.zeros((max(len(keys), len(self.keys)), keys.shape[1]), dtype=np.uint64)
            if self.keys.size:
                wide[:, -self.keys.shape[1] :] = self.keys
            self.keys = wide
        self.keys[rows] = keys
        full = self.keys.shape[1] == self.count
        self.bounds = np.maximum(
            _scores(self.keys[:, 0]) if full else LOWEST, np.full(len(self.keys), LOWEST)
        )

    def found(self) -> tuple[Ints, Scores]:
        """Columns and scores (b, k), best first, ties by column; -1 and -inf where there are no
        more above -inf.
        """
        keys = self.keys[:, ::-1]
        scores = _scores(keys)
        return np.where(scores >= LOWEST, _positions(keys), -1), scores


def _reaching(scores: Scores, bounds: Scores) -> tuple[Ints, Ints]:
    """Flat places of the scores that reach their row's bound (b,), and where each row's begin and
    the last's end among them, (b + 1,).
    """
    n_rows, n_items = scores.shape
    found = [
        np.flatnonzero(scores[k : k + ROWS] >= bounds[k : k + ROWS, None]) + k * n_items
        for k in range(0, n_rows, ROWS)  # few at a time, in the processor's cache
    ]
    places = np.concatenate(found)
    return places, np.searchsorted(places, np.arange(n_rows + 1) * n_items)


def _keys(scores: Scores, positions: Ints) -> NDArray[np.uint64]:
    """Integers in the order of `scores` (...), the lower of `positions` (...) higher among equals.

    One sort of whole numbers does what sorting floats, then ties, does in many times the time: a
    float's bits are in its order once those of negative ones are turned over.
    """
    bits = (scores + np.float32(0)).view(np.uint32)  # -0 is 0
    ordered = np.where(bits >> 31, ~bits, bits | SIGN)
    return (ordered.astype(np.uint64) << np.uint64(32)) | (LAST - positions.astype(np.uint64))


def _keyed(scores: Scores, places: Ints, ends: Ints, first: int = 0) -> NDArray[np.uint64]:
    """Keys (b, k) of what `_reaching` found in the columns from `first` on, 0 where a row has
    fewer.
    """
    n_rows, n_items = scores.shape
    found = np.diff(ends)
    rows = np.repeat(np.arange(n_rows), found)
    keys = np.zeros((n_rows, found.max()), dtype=np.uint64)
    columns = places - rows * n_items + first
    keys[rows, np.arange(places.size) - ends[rows]] = _keys(scores.ravel()[places], columns)
    return keys


def _positions(keys: NDArray[np.uint64]) -> Ints:
    return (LAST - (keys & LAST)).astype(np.int64)


def _scores(keys: NDArray[np.uint64]) -> Scores:
    """-inf for a key of 0, which is none."""
    ordered = (np.where(keys > 0, keys, NOTHING) >> np.uint64(32)).astype(np.uint32)
    return np.where(ordered & SIGN, ordered ^ SIGN, ~ordered).view(np.float32)


def _bounds(scores: Scores, count: int) -> Scores:
    """Of each row (b,) what about the `count` highest and few others reach: a score that a
    sixteenth of them, a cache line here and there, places just low enough; -inf in short rows.
    """
    lines = scores.shape[1] // (LINE * STRIDE)
    every = scores[:, : lines * LINE * STRIDE].reshape(len(scores), lines, LINE * STRIDE)
    sample = every[:, :, :LINE].reshape(len(scores), -1)
    rank = 4 + 2 * count // STRIDE
    if rank >= sample.shape[1]:
        return np.full(len(scores), -np.inf, dtype=np.float32)
    place = sample.shape[1] - rank
    return np.asarray(np.partition(sample, place, axis=1)[:, place])


def _contenders(scores: Scores, count: int) -> Ints:
    """Positions that hold the `count` highest scores and few others, none of -inf."""
    bound = max(_bounds(scores[None], count)[0], LOWEST)
    if bound > LOWEST and (near := np.flatnonzero(scores >= bound)).size >= count:
        return near
    return np.flatnonzero(scores >= LOWEST)
