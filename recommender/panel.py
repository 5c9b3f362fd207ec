"""The listeners on whom settings are tried, and how trials are judged and settings moved."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recommender.batch_scores import BLOCK, score_all
from recommender.highest import top_rows
from recommender.interactions import Matrix, Split
from recommender.metrics import Ints, values
from recommender.scorers import Floats, Scorer

MAX_SCORES = 30_000_000  # listeners x items looked at for one trial
MAX_USERS = 2_500  # more hardly make a trial surer
DEPTH = 20


@dataclass(frozen=True, slots=True)
class Panel:
    """The listeners on whom trials are judged: what each has, and `held` (q, n_items), true where
    something is hidden.
    """

    train: Matrix
    users: Ints
    held: Matrix

    @property
    def hidden(self) -> Ints:
        """How many items are hidden of each listener, (q,)."""
        return np.asarray(np.diff(self.held.indptr), dtype=np.int64)

    def sample(self, most: int) -> "Panel":
        """About every so many of the listeners, `most` at most."""
        return self.of(np.arange(self.users.size) % -(-self.users.size // most) == 0)

    def of(self, chosen: NDArray[np.bool_]) -> "Panel":
        """Those of the listeners `chosen` (q,)."""
        return Panel(self.train, self.users[chosen], self.held[chosen])

    def judge(self, scorer: Scorer, matrix: Matrix) -> float:
        """Quality of one scorer alone on the listeners' preferences `matrix`."""
        return self.judge_scores(lambda users: score_all(scorer, matrix[users]))

    def judge_scores(self, score: Callable[[Ints], Floats]) -> float:
        """Quality of `score`, which gives some listeners' scores (b, n_items) to be written on."""
        hits = []
        for block in self.blocks():
            users, held = self.users[block], self.held[block].toarray()
            scores = score(users)
            own = self.train[users]
            scores[np.repeat(np.arange(users.size), np.diff(own.indptr)), own.indices] = -np.inf
            hits.append(np.take_along_axis(held, top_rows(scores, DEPTH), axis=1))
        return float(values(np.concatenate(hits), self.hidden).mean())

    def blocks(self) -> Iterator[slice]:
        return (slice(start, start + BLOCK) for start in range(0, self.users.size, BLOCK))


def panel_of(split: Split, seed: int) -> Panel:
    """The listeners of `split` with something hidden, or a sample where that is too much work."""
    most = min(MAX_USERS, max(200, MAX_SCORES // split.train.shape[1]))
    chosen = np.arange(split.users.size)
    if chosen.size > most:
        chosen = np.sort(np.random.default_rng(seed).choice(chosen, most, replace=False))
    held = [split.held[k] for k in chosen]
    starts = np.concatenate([[0], np.cumsum([h.size for h in held])])
    hidden = sparse.csr_matrix(
        (np.ones(starts[-1], dtype=bool), np.concatenate(held), starts),
        shape=(chosen.size, split.train.shape[1]),
    )
    return Panel(split.train, split.users[chosen], hidden)


def climb(
    judge: Callable[[float], float], start: float, factor: float, most: int = 30
) -> tuple[float, float]:
    """Walk a positive setting by `factor`, in the better direction, while it helps and for `most`
    steps.
    """
    best, value = start, judge(start)
    for step in (factor, 1.0 / factor):
        moved = False
        while most > 0 and 1e-3 < best / start < 1e3:
            most -= 1
            if (candidate := judge(best * step)) <= value:
                break
            best, value, moved = best * step, candidate, True
        if moved:
            break
    return best, value
