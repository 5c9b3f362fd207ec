"""What a list of 20 costs one process, alone and with many listeners at once, on made models.

python -m tests.benchmarks.serving [--items 41000,200000] [--listeners 300]

The model is of the kind training chooses for large data (EASE over the 6,000 most played, ALS of 32
factors, a forest of 100 trees), its numbers drawn at random: no quality is claimed, only cost, in
CPU milliseconds of one thread. Each listener has 30 tracks, popularity by a power law; those and
400 withdrawn tracks, looked up once, are left out.
"""

import argparse
import time
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from threadpoolctl import threadpool_limits

from recommender.batch import recommend_all, tops
from recommender.fold_in import fold_in
from recommender.forest import Forest
from recommender.model import Model
from recommender.scorers import FactorScorer, LinearScorer

EASE_ITEMS, FACTORS, TREES, DEPTH = 6_000, 32, 100, 4
OWN, WITHDRAWN, TOP = 30, 400, 20
Listener = Mapping[str, float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--items", default="41000,200000")
    parser.add_argument("--listeners", type=int, default=300)
    options = parser.parse_args()
    with threadpool_limits(1):
        for n_items in map(int, options.items.split(",")):
            measure(n_items, options.listeners)


def measure(n_items: int, n_listeners: int) -> None:
    rng = np.random.default_rng(0)
    model, listeners = made_model(n_items, rng), made_listeners(n_items, n_listeners, rng)
    withdrawn = {str(k) for k in rng.choice(n_items, WITHDRAWN, replace=False)}
    hidden = model.hidden(withdrawn, None)
    model.recommend(listeners[0], TOP, withdrawn)  # what is worked out once, at loading
    print(f"{n_items} items, CPU milliseconds       median     p99")
    timed("folding in, scoring all", lambda one: fold_in(model, *model.own(one)), listeners)
    timed("list with reasons", lambda one: model.ranked(*model.own(one), TOP, hidden), listeners)
    for what, all_of in (("with reasons", recommend_all), ("without reasons", tops)):
        started = time.process_time()
        for _ in all_of(model, listeners, TOP):
            pass
        seconds = time.process_time() - started
        print(f"  many at once, {what:17s}{len(listeners) / seconds:10.0f} listeners/s", flush=True)


def timed(what: str, answer: Callable[[Listener], object], listeners: Sequence[Listener]) -> None:
    took = []
    for listener in listeners:
        started = time.process_time()
        answer(listener)
        took.append(1_000 * (time.process_time() - started))
    print(f"  {what:30s}{np.median(took):11.2f}{np.percentile(took, 99):8.2f}")


def made_model(n_items: int, rng: np.random.Generator) -> Model:
    def normal(*shape: int) -> "np.ndarray[tuple[int, ...], np.dtype[np.float32]]":
        return rng.normal(0, 0.1, shape).astype(np.float32)

    factors = normal(n_items, FACTORS)
    thresholds = rng.normal(2, 2, (TREES, 2**DEPTH - 1)).astype(np.float32)
    thresholds[:, 2 ** (DEPTH - 1) - 1 :] = np.inf  # eight leaves a tree, as training makes
    forest = Forest(
        ("ease", "als"),
        rng.integers(0, 5, (TREES, 2**DEPTH - 1)).astype(np.int32),
        thresholds,
        normal(TREES, 2**DEPTH),
        0.1,
    )
    return Model(
        item_ids=tuple(map(str, range(n_items))),
        listeners=np.sort(rng.zipf(1.5, n_items).clip(1, 10_000))[::-1].astype(np.float32),
        weights={"ease": 0.5, "als": 0.35},
        forest=forest,
        als=FactorScorer(np.asfortranarray(factors), (factors.T @ factors)[None], 3.0, 1.0),
        ease=LinearScorer(normal(EASE_ITEMS, EASE_ITEMS), n_items),
    )


def made_listeners(n_items: int, count: int, rng: np.random.Generator) -> list[Listener]:
    """By a power law: most own tracks are among the most played."""
    made: list[Listener] = []
    for _ in range(count):
        own = (n_items * rng.random(OWN) ** 3).astype(int)
        made.append({str(k): float(rng.integers(1, 20)) for k in own})
    return made


if __name__ == "__main__":
    main()
