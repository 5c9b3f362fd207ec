"""The listeners on whom settings are tried, and how trials are judged and settings moved."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from recommender.interactions import Matrix, Split
from recommender.metrics import Ints, quality, top_of
from recommender.scorers import Floats, Scorer

MAX_SCORES = 30_000_000  # listeners x items looked at for one trial
MAX_USERS = 2_500  # more hardly make a trial surer
DEPTH = 20


@dataclass(frozen=True, slots=True)
class Panel:
    """The listeners on whom trials are judged: what each has, and what is hidden."""

    train: Matrix
    users: Ints
    held: list[Ints]

    def own(self, matrix: Matrix, user: int) -> tuple[Ints, Floats]:
        row = slice(matrix.indptr[user], matrix.indptr[user + 1])
        return matrix.indices[row].astype(np.int64), matrix.data[row].astype(np.float32)

    def judge(self, scorer: Scorer, matrix: Matrix) -> float:
        """Quality of one scorer alone on the listeners' preferences `matrix`."""
        return self.judge_scores(scorer.scores(*self.own(matrix, user)) for user in self.users)

    def judge_scores(self, scores: Iterable[Floats]) -> float:
        """Quality of the scores (n_items,) of each of `users`, in their order; overwrites them."""
        tops = []
        for user, row in zip(self.users.tolist(), scores, strict=True):
            row[self.own(self.train, user)[0]] = -np.inf
            tops.append(top_of(row, DEPTH))
        return quality(tops, self.held, self.train.shape[1]).value


def panel_of(split: Split, seed: int) -> Panel:
    """The listeners of `split` with something hidden, or a sample where that is too much work."""
    most = min(MAX_USERS, max(200, MAX_SCORES // split.train.shape[1]))
    chosen = np.arange(split.users.size)
    if chosen.size > most:
        chosen = np.sort(np.random.default_rng(seed).choice(chosen, most, replace=False))
    return Panel(split.train, split.users[chosen], [split.held[k] for k in chosen])


def climb(judge: Callable[[float], float], start: float, factor: float) -> tuple[float, float]:
    """Walk a positive setting by `factor`, in the better direction, while it helps."""
    best, value = start, judge(start)
    for step in (factor, 1.0 / factor):
        moved = False
        while (candidate := judge(best * step)) > value and 1e-3 < best / start < 1e3:
            best, value, moved = best * step, candidate, True
        if moved:
            break
    return best, value
