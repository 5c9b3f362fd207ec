"""Peers x data: how well each ranks what listeners were hiding. `--data DIR` holds the public sets.

python -m tests.benchmarks.recommender --data DIR [--seeds 42,1,2] [--only lastfm,ml100k]

Split "user" of the data's description: for each user with at least five items int(20 %) of them at
random are hidden; the whole catalogue is ranked, what was seen masked. The peers are implicit's
own; ALS is tuned on a validation split inside train, as ours is. Intervals: paired bootstrap over
users of ours less the peer.
"""

import argparse
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from implicit.cpu.als import AlternatingLeastSquares
from implicit.nearest_neighbours import BM25Recommender
from scipy import sparse
from threadpoolctl import threadpool_limits

from recommender.interactions import Matrix, Plays, Split, hold_out
from recommender.metrics import Ints, ndcg, quality, top_of
from recommender.train import train

TOP = 20
ALS_GRID = [(f, r, a) for f in (16, 32, 64) for r in (3.0, 10.0, 30.0) for a in (1.0, 2.0, 5.0)]
BM25_GRID = [(k, k1) for k in (50, 200, 600) for k1 in (0.2, 1.2, 3.0)]
Ranker = Callable[[Matrix, Ints], list[Ints]]


class Row(NamedTuple):
    data: str
    model: str
    seed: int
    gains: list[float]
    recall: float
    coverage: float
    seconds: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--seeds", default="42")
    parser.add_argument("--only", default="lastfm,ml100k")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    with threadpool_limits(1, "blas"):
        measure_all(options)


def measure_all(options: argparse.Namespace) -> None:
    readers = {"lastfm": read_lastfm, "ml100k": read_ml100k}
    print("data    model       seed  users  NDCG@10  Recall@20  coverage@10  seconds")
    for name in options.only.split(","):
        matrix = readers[name](options.data)
        rows = []
        for seed in map(int, options.seeds.split(",")):
            rows += list(measure(name, matrix, seed))
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


def public_split(matrix: Matrix, seed: int) -> Split:
    """int(20 %) of each user with five items: never fewer than one, since 20 % of five is one."""
    return hold_out(matrix, seed, share=0.2)


def measure(data: str, matrix: Matrix, seed: int) -> Sequence[Row]:
    split = public_split(matrix, seed)
    rankers: dict[str, Ranker] = {
        "popularity": popularity,
        "BM25": bm25,
        "ALS tuned": als,
        "ours": ours,
    }
    rows = []
    for model, ranker in rankers.items():
        started = time.perf_counter()
        tops = ranker(split.train, split.users)
        seconds = time.perf_counter() - started
        found = quality(tops, split.held, matrix.shape[1])
        gains = [ndcg(top, hidden) for top, hidden in zip(tops, split.held, strict=True)]
        rows.append(Row(data, model, seed, gains, found.recall_20, found.coverage_10, seconds))
        print(
            f"{data:7s} {model:11s} {seed:4d} {found.users:6d}  {found.ndcg_10:7.4f}  "
            f"{found.recall_20:9.4f}  {found.coverage_10:11.3f}  {seconds:7.1f}",
            flush=True,
        )
    return rows


def report_differences(rows: Sequence[Row]) -> None:
    """Mean NDCG of ours less each peer over all seeds, with a 95 % paired bootstrap interval."""
    rng = np.random.default_rng(0)
    mine = np.concatenate([row.gains for row in rows if row.model == "ours"])
    for peer in dict.fromkeys(row.model for row in rows if row.model != "ours"):
        other = np.concatenate([row.gains for row in rows if row.model == peer])
        lead = mine - other
        means = [lead[rng.integers(0, lead.size, lead.size)].mean() for _ in range(2_000)]
        low, high = np.percentile(means, [2.5, 97.5])
        print(f"{rows[0].data:7s} ours - {peer:11s} {lead.mean():+.4f} [{low:+.4f}, {high:+.4f}]")


def popularity(matrix: Matrix, users: Ints) -> list[Ints]:
    listeners = np.asarray((matrix > 0).sum(axis=0), dtype=np.float32).ravel()
    return [masked_top(listeners, matrix, user) for user in users]


def masked_top(
    scores: "np.ndarray[tuple[int, ...], np.dtype[np.float32]]", matrix: Matrix, user: int
) -> Ints:
    left = scores.copy()
    left[matrix.indices[matrix.indptr[user] : matrix.indptr[user + 1]]] = -np.inf
    return top_of(left, TOP)


def bm25(matrix: Matrix, users: Ints) -> list[Ints]:
    logged = matrix.copy()
    logged.data = np.log1p(logged.data)

    def fit(train_matrix: Matrix, setting: tuple[float, ...]) -> BM25Recommender:
        model = BM25Recommender(K=int(setting[0]), K1=setting[1], B=0.2)
        model.fit(train_matrix, show_progress=False)
        return model

    return tuned(fit, BM25_GRID, logged, users)


def als(matrix: Matrix, users: Ints) -> list[Ints]:
    logged = matrix.copy()
    logged.data = np.log1p(logged.data)

    def fit(train_matrix: Matrix, setting: tuple[float, ...]) -> AlternatingLeastSquares:
        model = AlternatingLeastSquares(
            factors=int(setting[0]), regularization=setting[1], alpha=setting[2], random_state=1
        )
        model.fit(train_matrix, show_progress=False)
        return model

    return tuned(fit, ALS_GRID, logged, users)


def tuned(
    fit: Callable[..., object], grid: Sequence[tuple[float, ...]], matrix: Matrix, users: Ints
) -> list[Ints]:
    """The grid's best on plays hidden inside train, fitted again on all of train."""
    inner = hold_out(matrix, seed=0, share=0.1)

    def judge(setting: tuple[float, ...]) -> float:
        tops = ranked(fit(inner.train, setting), inner.train, inner.users)
        return quality(tops, inner.held, matrix.shape[1]).value

    return ranked(fit(matrix, max(grid, key=judge)), matrix, users)


def ranked(model: object, matrix: Matrix, users: Ints) -> list[Ints]:
    found, _ = model.recommend(  # type: ignore[attr-defined]
        users, matrix[users].tocsr(), N=TOP, filter_already_liked_items=True
    )
    return [row.astype(np.int64) for row in found]


def ours(matrix: Matrix, users: Ints) -> list[Ints]:
    rows = matrix.tocoo()
    plays = Plays(
        rows.row.astype(np.int64), rows.col.astype(np.int64), rows.data.astype(np.float32)
    )
    model = train(plays, [str(k) for k in range(matrix.shape[1])], seed=0).model
    tops = []
    for user in users:
        row = slice(matrix.indptr[user], matrix.indptr[user + 1])
        own = dict(zip(map(str, matrix.indices[row]), matrix.data[row].tolist(), strict=True))
        tops.append(np.array([int(r.item_id) for r in model.recommend(own, TOP)], dtype=np.int64))
    return tops


if __name__ == "__main__":
    main()
