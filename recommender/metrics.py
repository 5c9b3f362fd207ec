"""How good a ranking is: NDCG and recall of hidden items, binary gains."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Scores = NDArray[np.float32]
STRIDE = 16
LINE = 16  # floats
ROWS = 8
LOWEST = np.finfo(np.float32).min
SIGN = np.uint32(1 << 31)
LAST = np.uint64((1 << 32) - 1)  # half a key


class Quality(NamedTuple):
    """Means over users with hidden items; coverage is distinct items in top-10s / catalogue."""

    ndcg_10: float
    recall_20: float
    coverage_10: float
    users: int

    @property
    def value(self) -> float:
        """The one number that choices maximise."""
        return (self.ndcg_10 + self.recall_20) / 2


def ndcg(top: Ints, hidden: Ints, at: int = 10) -> float:
    """Sum of 1/log2(rank + 1) over hits, over the ideal for min(at, len(hidden)) hits."""
    gains = 1.0 / np.log2(np.arange(2, at + 2))
    hits = np.isin(top[:at], hidden)
    return float(gains[: hits.size][hits].sum() / gains[: min(at, hidden.size)].sum())


def recall(top: Ints, hidden: Ints, at: int = 20) -> float:
    return float(np.isin(top[:at], hidden).sum() / hidden.size)


def quality(tops: Sequence[Ints], held: Sequence[Ints], n_items: int) -> Quality:
    """Quality of rankings `tops` (best first) against `held`; users with nothing hidden don't
    count.
    """
    pairs = [(top, hidden) for top, hidden in zip(tops, held, strict=True) if hidden.size]
    if not pairs:
        return Quality(0.0, 0.0, 0.0, 0)
    shown = {int(item) for top, _ in pairs for item in top[:10]}
    return Quality(
        float(np.mean([ndcg(top, hidden) for top, hidden in pairs])),
        float(np.mean([recall(top, hidden) for top, hidden in pairs])),
        len(shown) / n_items,
        len(pairs),
    )


def values(hits: NDArray[np.bool_], hidden: Ints) -> Floats:
    """`Quality.value` of each listener (q,) for rankings given as `hits` (q, 20 or fewer), best
    first, of `hidden` (q,) items each, at least one.
    """
    return np.asarray((ndcgs(hits, hidden) + hits[:, :20].sum(axis=1) / hidden) / 2)


def ndcgs(hits: NDArray[np.bool_], hidden: Ints) -> Floats:
    """NDCG@10 of each listener (q,), of the same."""
    gains = 1.0 / np.log2(np.arange(2, 12))
    ideal = np.cumsum(gains)[np.minimum(hidden, 10) - 1]
    first = hits[:, :10]
    return np.asarray((first @ gains[: first.shape[1]]) / ideal)


def sure_gain(gains: Floats, users: Ints) -> float:
    """Mean of `gains` (q,) over listeners less its standard error: above 0 where a gain is hardly
    chance.

    `users` (q,) names whose gain each is. A listener's several gains are averaged first, since they
    are not independent of each other. A single listener's gain is never sure.
    """
    _, who = np.unique(users, return_inverse=True)
    each = np.bincount(who, gains) / np.bincount(who)
    if each.size < 2:
        return -np.inf
    return float(each.mean() - each.std(ddof=1) / np.sqrt(each.size))


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
    found = np.diff(ends)
    rows = np.repeat(np.arange(n_rows), found)
    keys = np.zeros((n_rows, found.max()), dtype=np.uint64)
    keys[rows, np.arange(places.size) - ends[rows]] = _keys(
        scores.ravel()[places], places - rows * n_items
    )
    keys.sort(axis=1)
    return (LAST - (keys[:, : -count - 1 : -1] & LAST)).astype(np.int64)


def top_of(scores: Scores, count: int) -> Ints:
    """Positions of the `count` highest scores, best first, ties by position; -inf never appears."""
    found = _contenders(scores, count)
    return np.asarray(found[np.lexsort((found, -scores[found]))[:count]], dtype=np.int64)


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
    """Integers in the order of `scores` (n,), the lower of `positions` (n,) higher among equals.

    One sort of whole numbers does what sorting floats, then ties, does in many times the time: a
    float's bits are in its order once those of negative ones are turned over.
    """
    bits = (scores + np.float32(0)).view(np.uint32)  # -0 is 0
    ordered = np.where(bits >> 31, ~bits, bits | SIGN)
    return (ordered.astype(np.uint64) << np.uint64(32)) | (LAST - positions.astype(np.uint64))


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
