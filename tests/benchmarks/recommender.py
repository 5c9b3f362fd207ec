"""Peers x data: how well each ranks what listeners were hiding. `--data DIR` holds the public sets.

python -m tests.benchmarks.recommender --data DIR [--seeds 42,1,2] [--only lastfm,strong,ml100k]
    [--without PART,PART] [--keep FILE]

Split "user" of the data's description: for each user with at least five items int(20 %) of them at
random are hidden; the whole catalogue is ranked, what was seen masked. Split "strong" (Last.fm):
the same, but of 15 % of users alone, none of whom is trained on; the rest of their plays is folded
in. ALS and BM25 are implicit's own; they and EASE are tuned on a validation split inside train, as
ours is. Intervals: paired bootstrap over users of ours less the peer. `--without PART,PART` adds
rows of ours less its forest, and of that less one scorer each, the other weights as they were; the
part `members` leaves only one of ALS's. `--keep FILE` writes each row there, and reads it the next
time instead of measuring it anew: empty it when the code has changed.
"""

import argparse
import itertools
import json
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from implicit.cpu.als import AlternatingLeastSquares
from implicit.nearest_neighbours import BM25Recommender
from scipy import linalg, sparse
from threadpoolctl import threadpool_limits

from recommender.batch import tops
from recommender.highest import top_of
from recommender.interactions import Matrix, Plays, hold_out
from recommender.metrics import Ints, ndcg, quality
from recommender.model import Model
from recommender.scorers import Floats
from recommender.train import train

TOP = 20
ALS_GRID = [(32.0, r, a) for r in (3.0, 10.0, 30.0) for a in (1.0, 2.0, 5.0)]
ALS_FACTORS = (16.0, 64.0)  # tried with the grid's best
EASE_GRID = [(penalty,) for penalty in (30.0, 100.0, 300.0, 1_000.0, 3_000.0)]
EASE_ITEMS = 4_000
BM25_GRID = [(k, k1) for k in (50, 200, 600) for k1 in (0.2, 1.2, 3.0)]
Rank = Callable[[Matrix], list[Ints]]  # of listeners' own plays, a row each
Ranker = Callable[[Matrix, Matrix], list[Ints]]


class Task(NamedTuple):
    """Train on `train`; rank for listeners whose known plays are the rows `own`, `held` hidden."""

    train: Matrix
    own: Matrix
    held: list[Ints]
    strangers: bool = False  # to what is trained


class Row(NamedTuple):
    data: str
    model: str
    seed: int
    gains: list[float]
    recall: float
    coverage: float
    seconds: float


class Keep:
    """Rows by data, model and seed, so that a run that was stopped goes on from them."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        lines = path.read_text().splitlines() if path is not None and path.exists() else []
        rows = [Row(*json.loads(line)) for line in lines]
        self.found = {row[:3]: row for row in rows}

    def rows(self, *wanted: tuple[str, str, int]) -> list[Row]:
        """All of them or none."""
        if not all(one in self.found for one in wanted):
            return []
        for one in wanted:
            show(self.found[one])
        return [self.found[one] for one in wanted]

    def add(self, row: Row) -> None:
        if self.path is not None and row[:3] not in self.found:
            with self.path.open("a") as file:
                file.write(json.dumps(row) + "\n")
        self.found[row[:3]] = row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--seeds", default="42")
    parser.add_argument("--only", default="lastfm,strong,ml100k")
    parser.add_argument("--without", default="")
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    with threadpool_limits(1, "blas"):
        measure_all(options)


def measure_all(options: argparse.Namespace) -> None:
    tasks = {
        "lastfm": (read_lastfm, user_task),
        "strong": (read_lastfm, strong_task),
        "ml100k": (read_ml100k, user_task),
    }
    keep = Keep(options.keep)
    without = ["forest", *options.without.split(",")] if options.without else []
    print("data    model                seed  users  NDCG@10  Recall@20  coverage@10  seconds")
    for name in options.only.split(","):
        read, split = tasks[name]
        matrix = read(options.data)
        rows = []
        for seed in map(int, options.seeds.split(",")):
            rows += measure(name, split(matrix, seed), seed, without, keep)
        report_differences(rows)


def read_lastfm(folder: Path) -> Matrix:
    rows = np.loadtxt(folder / "lastfm2k" / "user_artists.dat", skiprows=1)
    return numbered(rows)


def read_ml100k(folder: Path) -> Matrix:
    """Ratings of 4 and more, each one play."""
    rows = np.loadtxt(folder / "ml100k" / "u.data")[:, :3]
    rows = rows[rows[:, 2] >= 4]
    rows[:, 2] = 1.0
    return numbered(rows)


def numbered(rows: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]") -> Matrix:
    users, items = (np.unique(rows[:, k], return_inverse=True)[1] for k in (0, 1))
    return sparse.csr_matrix((rows[:, 2].astype(np.float32), (users, items)))


def user_task(matrix: Matrix, seed: int) -> Task:
    """int(20 %) of each user with five items: never fewer than one, since 20 % of five is one."""
    split = hold_out(matrix, seed, share=0.2)
    return Task(split.train, split.train[split.users].tocsr(), split.held)


def strong_task(matrix: Matrix, seed: int) -> Task:
    """15 % of users are left out of training and judged."""
    order = np.random.default_rng(seed).permutation(matrix.shape[0])
    outside = np.sort(order[: int(matrix.shape[0] * 0.15)])
    inside = np.setdiff1d(order, outside)
    split = hold_out(matrix[outside].tocsr(), seed, share=0.2)
    return Task(matrix[inside].tocsr(), split.train[split.users].tocsr(), split.held, True)


def measure(data: str, task: Task, seed: int, without: Sequence[str], keep: Keep) -> list[Row]:
    rankers: dict[str, Ranker] = {
        "popularity": popularity,
        "BM25": bm25,
        "ALS tuned": als,
        "EASE tuned": ease,
    }
    rows = []
    for model, ranker in rankers.items():
        rows += keep.rows((data, model, seed)) or [judged(data, model, seed, task, ranker)]
        keep.add(rows[-1])
    wanted = [(data, model, seed) for model in ("ours", *(f"ours less {part}" for part in without))]
    ours = keep.rows(*wanted) or list(measure_ours(data, task, seed, without))
    for row in ours:
        keep.add(row)
    return rows + ours


def measure_ours(data: str, task: Task, seed: int, without: Sequence[str]) -> Iterator[Row]:
    models: list[Model] = []

    def ours(train_matrix: Matrix, _: Matrix) -> list[Ints]:
        models.append(our_model(train_matrix))
        return ranked_by(models[0], task)

    yield judged(data, "ours", seed, task, ours)
    for part in without:
        ranker = partial(ranked_without, models[0], task, part)
        yield judged(data, f"ours less {part}", seed, task, ranker)


def ranked_without(model: Model, task: Task, part: str, *_: Matrix) -> list[Ints]:
    return ranked_by(less(model, part), task)


def judged(data: str, model: str, seed: int, task: Task, ranker: Ranker) -> Row:
    started = time.perf_counter()
    ranked = ranker(task.train, task.own)
    seconds = time.perf_counter() - started
    found = quality(ranked, task.held, task.train.shape[1])
    gains = [ndcg(top, hidden) for top, hidden in zip(ranked, task.held, strict=True)]
    row = Row(data, model, seed, gains, found.recall_20, found.coverage_10, seconds)
    show(row)
    return row


def show(row: Row) -> None:
    print(
        f"{row.data:7s} {row.model:20s} {row.seed:4d} {len(row.gains):6d}  "
        f"{np.mean(row.gains):7.4f}  {row.recall:9.4f}  {row.coverage:11.3f}  {row.seconds:7.1f}",
        flush=True,
    )


def report_differences(rows: Sequence[Row]) -> None:
    """Mean NDCG of ours less each peer over all seeds, with a 95 % paired bootstrap interval."""
    rng = np.random.default_rng(0)
    mine = np.concatenate([row.gains for row in rows if row.model == "ours"])
    for peer in dict.fromkeys(row.model for row in rows if row.model != "ours"):
        other = np.concatenate([row.gains for row in rows if row.model == peer])
        lead = mine - other
        means = [lead[rng.integers(0, lead.size, lead.size)].mean() for _ in range(2_000)]
        low, high = np.percentile(means, [2.5, 97.5])
        print(f"{rows[0].data:7s} ours - {peer:20s} {lead.mean():+.4f} [{low:+.4f}, {high:+.4f}]")


def popularity(train_matrix: Matrix, own: Matrix) -> list[Ints]:
    listeners = np.asarray((train_matrix > 0).sum(axis=0), dtype=np.float32).ravel()
    return [masked_top(listeners, items) for items, _ in rows_of(own)]


def rows_of(own: Matrix) -> Iterator[tuple[Ints, Floats]]:
    """Item indices and play counts of each row."""
    for start, end in itertools.pairwise(own.indptr):
        yield own.indices[start:end].astype(np.int64), own.data[start:end]


def masked_top(scores: Floats, items: Ints) -> Ints:
    left = scores.copy()
    left[items] = -np.inf
    return top_of(left, TOP)


def bm25(train_matrix: Matrix, own: Matrix) -> list[Ints]:
    def fit(matrix: Matrix, setting: tuple[float, ...]) -> Rank:
        model = BM25Recommender(K=int(setting[0]), K1=setting[1], B=0.2)
        model.fit(logged(matrix), show_progress=False)
        return implicit_rank(model)

    return tuned(fit, BM25_GRID, train_matrix, own)


def als(train_matrix: Matrix, own: Matrix) -> list[Ints]:
    def fit(matrix: Matrix, setting: tuple[float, ...]) -> Rank:
        model = AlternatingLeastSquares(
            factors=int(setting[0]), regularization=setting[1], alpha=setting[2], random_state=1
        )
        model.fit(logged(matrix), show_progress=False)
        return implicit_rank(model, recalculate_user=True)

    return tuned(fit, ALS_GRID, train_matrix, own, ALS_FACTORS)


def ease(train_matrix: Matrix, own: Matrix) -> list[Ints]:
    """Steck 2019 on log plays, over the `EASE_ITEMS` most played items."""
    best = np.argsort(-np.asarray((train_matrix > 0).sum(axis=0)).ravel(), kind="stable")
    best = best[:EASE_ITEMS]

    def fit(matrix: Matrix, setting: tuple[float, ...]) -> Rank:
        block = logged(matrix)[:, best].toarray()
        gram = block.T @ block + np.float32(setting[0]) * np.eye(best.size, dtype=np.float32)
        inverse = linalg.inv(gram, assume_a="pos", overwrite_a=True)
        weights = inverse / -np.diag(inverse)
        np.fill_diagonal(weights, 0.0)

        def rank(rows: Matrix) -> list[Ints]:
            scores = np.full(matrix.shape, -np.inf, dtype=np.float32)[: rows.shape[0]]
            scores[:, best] = logged(rows)[:, best] @ weights
            return [
                masked_top(s, items) for s, (items, _) in zip(scores, rows_of(rows), strict=True)
            ]

        return rank

    return tuned(fit, EASE_GRID, train_matrix, own)


def logged(matrix: Matrix) -> Matrix:
    result = matrix.astype(np.float32)
    result.data = np.log1p(result.data)
    return result


def tuned(
    fit: Callable[[Matrix, tuple[float, ...]], Rank],
    grid: Sequence[tuple[float, ...]],
    train_matrix: Matrix,
    own: Matrix,
    firsts: Sequence[float] = (),
) -> list[Ints]:
    """The grid's best on plays hidden inside train, or it with one of `firsts` in the first place
    where that is better, fitted again on all of train.
    """
    inner = hold_out(train_matrix, seed=0, share=0.1)
    rows = inner.train[inner.users].tocsr()

    @cache
    def judge(setting: tuple[float, ...]) -> float:
        return quality(fit(inner.train, setting)(rows), inner.held, train_matrix.shape[1]).value

    best = max(grid, key=judge)
    best = max([best, *((first, *best[1:]) for first in firsts)], key=judge)
    return fit(train_matrix, best)(own)


def implicit_rank(model: Any, **options: bool) -> Rank:
    def rank(rows: Matrix) -> list[Ints]:
        users = np.arange(rows.shape[0])
        found, _ = model.recommend(
            users, logged(rows), N=TOP, filter_already_liked_items=True, **options
        )
        return [row.astype(np.int64) for row in found]

    return rank


def our_model(matrix: Matrix) -> Model:
    rows = matrix.tocoo()
    plays = Plays(
        rows.row.astype(np.int64), rows.col.astype(np.int64), rows.data.astype(np.float32)
    )
    return train(plays, [str(k) for k in range(matrix.shape[1])], seed=0).model


def less(model: Model, part: str) -> Model:
    """`model` without its forest, and with the scorer `part` silent or ALS's first member alone."""
    if part == "members" and (als := model.als) is not None:
        first = replace(als, factors=als.factors[:, : als.gram.shape[1]], gram=als.gram[:1])
        return replace(model, forest=None, stranger_forest=None, als=first)
    theirs = model.stranger_weights
    return replace(
        model,
        forest=None,
        stranger_forest=None,
        weights={**model.weights, part: 0.0},
        stranger_weights=theirs and {**theirs, part: 0.0},
    )


def ranked_by(model: Model, task: Task) -> list[Ints]:
    listeners = [
        dict(zip(map(str, items.tolist()), counts.tolist(), strict=True))
        for items, counts in rows_of(task.own)
    ]
    strangers = range(len(listeners)) if task.strangers else ()
    items = np.array(model.item_ids, dtype=np.int64)
    return [items[top] for top in tops(model, listeners, TOP, strangers)]


if __name__ == "__main__":
    main()
