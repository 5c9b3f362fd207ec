"""What a listener's privacy costs: epsilon -> NDCG@10 of a federated model beside central training.

python -m tests.benchmarks.federated --data DIR [--only lastfm,ml100k,made] [--seeds 42,1,2]
    [--epsilons 1,2,4,8,16,32,64,128] [--processes]

Split "user" of `tests.benchmarks.recommender`; central rows are implicit's ALS and EASE, both tuned
there. The federated model is made of sums with the noise that three nodes add, of which one may
collude; each seed splits anew and draws its noise anew. One row has no noise. `made` has listeners
drawn from a model of few tastes, 2,000 to 32,000 of them, split the same way, and EASE alone for
central: it shows what more listeners are worth, not how well anything ranks real ones.
`--processes` trains once more by three processes over loopback, at epsilon 8, and says what that
took. The figures' constants were chosen on seed 42 of both sets.
"""

import argparse
import json
import math
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from scipy import sparse
from threadpoolctl import threadpool_limits

from recommender.artifacts import load
from recommender.federated import masks
from recommender.federated.coordinator import Sum, fitted
from recommender.federated.fit import listeners_of, tracks_worth, usual_of
from recommender.federated.rounds import Federation, Kind
from recommender.federated.sums import ONE, listeners_sum, taste_sum
from recommender.fits import EaseSettings, fit_ease, preference
from recommender.interactions import Matrix, hold_out
from recommender.metrics import Ints, ndcg
from recommender.model import Model
from tests.benchmarks.recommender import (
    Task,
    als,
    ease,
    masked_top,
    popularity,
    ranked_by,
    read_lastfm,
    read_ml100k,
    rows_of,
    user_task,
)

NODES, COLLUDING, DELTA = 3, 1, 1e-6
EPSILON_OF_PROCESSES = 8.0
MADE_LISTENERS = (2_000, 8_000, 32_000)
MADE_TRACKS, MADE_TASTES = 1_000, 40
MADE_JUDGED = 1_000
GOAL = 0.97


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--only", default="lastfm,ml100k,made")
    parser.add_argument("--seeds", default="42,1,2")
    parser.add_argument("--epsilons", default="1,2,4,8,16,32,64,128")
    parser.add_argument("--processes", action="store_true")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    seeds = [int(seed) for seed in options.seeds.split(",")]
    epsilons = [float(epsilon) for epsilon in options.epsilons.split(",")]
    print(f"{NODES} nodes, {COLLUDING} colluding, delta {DELTA:g}, seeds {options.seeds}")
    print("data       listeners  model                 tracks  NDCG@10  +-      of central")
    with threadpool_limits(1, "blas"):
        for name in options.only.split(","):
            if name == "made":
                measure_made(seeds[:1], epsilons)
                continue
            matrix = (read_lastfm if name == "lastfm" else read_ml100k)(options.data)
            tasks = [user_task(matrix, seed) for seed in seeds]
            measure(name, tasks, epsilons, {"ALS": als, "EASE": ease})
            if options.processes:
                measure_processes(name, tasks[0])


def measure(
    name: str,
    tasks: Sequence[Task],
    epsilons: Sequence[float],
    central: dict[str, Callable[[Matrix, Matrix], list[Ints]]],
) -> None:
    """Rows of one data set, and from which epsilon on the goal is reached."""

    def row(model: str, gains: Sequence[float], tracks: float = 0) -> float:
        mean, error = float(np.mean(gains)), float(np.std(gains) / max(1, len(gains) - 1) ** 0.5)
        share = f"{mean / best:9.1%}" if best else ""
        print(
            f"{name:9s} {tasks[0].train.shape[0]:10d}  {model:20s} {tracks:7.0f}  {mean:7.4f}"
            f"  {error:6.4f} {share}",
            flush=True,
        )
        return mean

    best = 0.0
    for model, rank in central.items():
        gains = [ndcg_of(rank(task.train, task.own), task) for task in tasks]
        best = max(best, row(f"central {model}", gains))
    row("popularity", [ndcg_of(popularity(task.train, task.own), task) for task in tasks])
    reached = math.inf
    for epsilon in [math.inf, *sorted(epsilons, reverse=True)]:
        models = [federated(task.train, epsilon, seed) for seed, task in enumerate(tasks)]
        gains = [
            ndcg_of(ranked_by(model, task), task) for model, task in zip(models, tasks, strict=True)
        ]
        label = "no noise" if math.isinf(epsilon) else f"epsilon {epsilon:g}"
        tracks = float(np.mean([model.warm for model in models]))
        if row(label, gains, tracks) >= GOAL * best:
            reached = epsilon
    told = f"from epsilon {reached:g}" if math.isfinite(reached) else "at none of these"
    print(f"{name:9s} within {1 - GOAL:.0%} of the better central model {told}", flush=True)


def ndcg_of(ranked: Sequence[Ints], task: Task) -> float:
    return float(np.mean([ndcg(top, held) for top, held in zip(ranked, task.held, strict=True)]))


def federated(train: Matrix, epsilon: float, seed: int) -> Model:
    """As `NODES` nodes with about as many listeners each would make it, their noise from `seed`."""
    item_ids = [str(k) for k in range(train.shape[1])]
    listeners = listeners_of(released(listeners_sum(train), "listeners", epsilon, seed).values)
    expected = released(np.zeros(1, dtype=np.int64), "taste", epsilon, seed).deviation
    tracks = tracks_worth(listeners, expected)
    plain = taste_sum(train, tracks, usual_of(listeners, tracks))
    return fitted(item_ids, listeners, tracks, released(plain, "taste", epsilon, seed))


def released(plain: Ints, kind: Kind, epsilon: float, seed: int) -> Sum:
    """The sum and each node's noise, as masks leave them."""
    if math.isinf(epsilon):
        return Sum(plain / ONE, 0.0)
    agreed = Federation({}, epsilon, DELTA, COLLUDING)
    each = agreed.node_deviation(kind, NODES) * ONE
    words = masks.to_words(plain)
    for node in range(NODES):
        noise = masks.gaussian(plain.size, each, f"{seed} {kind} {node}".encode().ljust(32))
        words = words + masks.to_words(noise)
    return Sum(masks.from_words(words) / ONE, agreed.sum_deviation(kind, NODES))


def measure_made(seeds: Sequence[int], epsilons: Sequence[float]) -> None:
    for n_listeners in MADE_LISTENERS:
        tasks = [made_task(n_listeners, seed) for seed in seeds]
        measure("made", tasks, epsilons, {"EASE": partial(plain_ease)})


def made_task(n_listeners: int, seed: int) -> Task:
    """Listeners of three tastes each of forty; a taste likes a tenth of the tracks, some more."""
    rng = np.random.default_rng(seed)
    popular = 1 / np.arange(1, MADE_TRACKS + 1) ** 0.7
    liked = np.where(rng.random((MADE_TASTES, MADE_TRACKS)) < 0.1, 1.0, 0.02)
    chances = popular * liked * rng.lognormal(0, 0.7, (MADE_TASTES, MADE_TRACKS))
    chances /= chances.sum(axis=1, keepdims=True)
    cumulated = np.cumsum(chances, axis=1)
    counts = rng.integers(20, 80, n_listeners)
    users = np.repeat(np.arange(n_listeners), counts)
    tastes = rng.integers(MADE_TASTES, size=(n_listeners, 3))
    which = tastes[users, rng.choice(3, users.size, p=[0.6, 0.3, 0.1])]
    items = np.empty(users.size, dtype=np.int64)
    for taste in range(MADE_TASTES):
        mine = which == taste
        items[mine] = np.searchsorted(cumulated[taste], rng.random(int(mine.sum())))
    items = np.minimum(items, MADE_TRACKS - 1)
    matrix = sparse.csr_matrix(
        (np.ones(users.size, dtype=np.float32), (users, items)), (n_listeners, MADE_TRACKS)
    )
    matrix.sum_duplicates()
    split = hold_out(matrix, seed, share=0.2)
    judged = slice(MADE_JUDGED)
    own = split.train[split.users[judged]].tocsr()
    return Task(split.train, own, split.held[judged])


def plain_ease(train: Matrix, own: Matrix) -> list[Ints]:
    """EASE over all tracks, its penalty the best of five on plays hidden within train."""
    inner = hold_out(train, seed=0, share=0.1)
    some = slice(MADE_JUDGED)

    def rank(matrix: Matrix, rows: Matrix, penalty: float) -> list[Ints]:
        settings = EaseSettings(0.5, 0.0, penalty, matrix.shape[1])
        scorer = fit_ease(preference(matrix, counts_matter=True), settings)
        scores = preference(rows, counts_matter=True) @ scorer.matrix
        return [
            masked_top(score, items)
            for score, (items, _) in zip(scores, rows_of(rows), strict=True)
        ]

    def judge(penalty: float) -> float:
        ranked = rank(inner.train, inner.train[inner.users[some]].tocsr(), penalty)
        pairs = zip(ranked, inner.held[some], strict=True)
        return float(np.mean([ndcg(top, held) for top, held in pairs]))

    diagonal = float(train.sum()) / train.shape[1] / 7
    return rank(train, own, max((diagonal * times for times in (1, 3, 10, 30, 100)), key=judge))


def measure_processes(name: str, task: Task) -> None:
    """The command line, three processes and all, on a third of the listeners each."""
    with tempfile.TemporaryDirectory() as work:
        folder = Path(work)
        items = [str(k) for k in range(task.train.shape[1])]
        (folder / "items.txt").write_text("\n".join(items) + "\n")
        command = [sys.executable, "-m", "recommender", "federate", "local"]
        command += ["--items", str(folder / "items.txt"), "--out", str(folder / "run")]
        command += ["--epsilon", str(EPSILON_OF_PROCESSES), "--delta", str(DELTA)]
        rows = task.train.tocoo()
        for node in range(NODES):
            mine = rows.row % NODES == node
            triples = zip(rows.row[mine], rows.col[mine], rows.data[mine], strict=True)
            path = folder / f"{node}.tsv"
            path.write_text("".join(f"u{u}\t{i}\t{w:g}\n" for u, i, w in triples))
            command += ["--plays", str(path)]
        started = time.perf_counter()
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        seconds = time.perf_counter() - started
        told = json.loads(done.stdout.splitlines()[-1])
        sent = sum(path.stat().st_size for path in (folder / "run").glob("*.u64")) / NODES
        gain = ndcg_of(ranked_by(load(folder / "run"), task), task)
    print(
        f"{name:9s} {NODES} processes over loopback, epsilon {told['epsilon']:g}: NDCG@10"
        f" {gain:.4f}, {seconds:.1f} s, {sent / 1e6:.1f} MB sent a node",
        flush=True,
    )


if __name__ == "__main__":
    main()
