"""The engine spark beside implicit's ALS: NDCG@10 of both after each one's own tuning.

python -m tests.benchmarks.spark --data DIR [--only ml100k,lastfm] [--seeds 42]

PySpark and Java must be there (`recommender/requirements-spark.txt`); on the cores of this machine
unless `SPARK_MASTER` says otherwise, so its seconds are no measure of a cluster. Split "user" of
`tests.benchmarks.recommender`; the table of plays goes through a file, as it does for `rank`.
"""

import argparse
import tempfile
import time
import warnings
from pathlib import Path

from threadpoolctl import threadpool_limits

from recommender.model import Model
from recommender.spark_train import train_by_spark
from tests.benchmarks.federated import ndcg_of
from tests.benchmarks.recommender import Task, als, ranked_by, read_lastfm, read_ml100k, user_task

GOAL = 0.98


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--only", default="ml100k,lastfm")
    parser.add_argument("--seeds", default="42")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    print("data     seed  users  implicit  seconds    spark  seconds  of implicit  goal")
    for name in options.only.split(","):
        matrix = (read_lastfm if name == "lastfm" else read_ml100k)(options.data)
        for seed in map(int, options.seeds.split(",")):
            measure(name, user_task(matrix, seed), seed)


def measure(name: str, task: Task, seed: int) -> None:
    started = time.perf_counter()
    with threadpool_limits(1, "blas"):
        theirs = ndcg_of(als(task.train, task.own), task)
    between = time.perf_counter()
    ours = ndcg_of(ranked_by(model_of(task, seed), task), task)
    seconds = time.perf_counter() - between
    print(
        f"{name:7s} {seed:5d} {len(task.held):6d}   {theirs:7.4f} {between - started:8.0f}"
        f"  {ours:7.4f} {seconds:8.0f}  {ours / theirs:11.1%}  {GOAL:.0%}",
        flush=True,
    )


def model_of(task: Task, seed: int) -> Model:
    rows = task.train.tocoo()
    triples = zip(rows.row.tolist(), rows.col.tolist(), rows.data.tolist(), strict=True)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "plays.tsv"
        path.write_text("".join(f"u{user}\t{item}\t{weight:g}\n" for user, item, weight in triples))
        items = [str(k) for k in range(task.train.shape[1])]
        return train_by_spark(path, None, None, items, seed).model


if __name__ == "__main__":
    main()
