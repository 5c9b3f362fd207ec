"""How good a ranking is: NDCG and recall of hidden items, binary gains."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


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
