"""`rank`: train on a table of plays, then rank tracks for each listener named."""

import argparse
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import IO

from threadpoolctl import threadpool_limits

from recommender import __main__ as cli
from recommender import mllib
from recommender.artifacts import save
from recommender.batch import recommend_all
from recommender.errors import DataError
from recommender.interactions import Plays
from recommender.model import Recommendation
from recommender.outputs import check_out, written
from recommender.reasons import Reason
from recommender.spark_train import train_by_spark
from recommender.tables import (
    FeatureTable,
    Play,
    aligned,
    read_artists,
    read_features,
    read_ids,
    read_plays,
)
from recommender.train import Trained, train

Listeners = Mapping[str, Mapping[str, float]]


def run(options: argparse.Namespace) -> int:
    """Write the rankings and print the summary. Raises `RecommenderError` on bad input."""
    _check(options)
    users = read_ids(options.users)
    by_spark = options.engine == "spark"  # it reads all plays itself
    plays = read_plays(options.train, set(users) if by_spark else None)
    later = read_plays(options.fold_in) if options.fold_in else []
    features = read_features(options.features) if options.features else None
    artists = read_artists(options.artists) if options.artists else None
    candidates = read_ids(options.items) if options.items else None
    if by_spark:
        trained = train_by_spark(options.train, features, artists, candidates or [], options.seed)
    else:
        trained = _train(plays, features, artists, candidates or [], options.seed)
    if options.model:
        _save(trained, options.model)
    started = perf_counter()
    known = _histories(plays + later, set(users))
    with threadpool_limits(1, "blas"), written(options.out) as out:
        trained_on = {play.user for play in plays}
        strangers = {k for k, user in enumerate(users) if user not in trained_on}
        histories = [known.get(user, {}) for user in users]
        rankings = recommend_all(trained.model, histories, options.top, candidates, strangers)
        _write(out, users, rankings)
    print(json.dumps(_summary(trained, len(users), perf_counter() - started)))
    return 0


def _check(options: argparse.Namespace) -> None:
    if options.engine not in cli.ENGINES:
        raise DataError(f"Unknown engine {options.engine!r}: choose {' or '.join(cli.ENGINES)}.")
    if options.engine == "spark":
        mllib.require()
    if options.top < 1:
        raise DataError(f"--top must be at least 1, not {options.top}.")
    if options.seed < 0:
        raise DataError(f"--seed must not be negative, not {options.seed}.")
    check_out(options.out)
    if options.model and any(p.is_file() for p in (options.model, *options.model.parents)):
        raise DataError(f"--model is no folder: {options.model}.")


def _train(
    plays: Sequence[Play],
    features: FeatureTable | None,
    artists: Mapping[str, str] | None,
    candidates: Sequence[str],
    seed: int,
) -> Trained:
    """By the ids' order, so that the same plays in any order of rows make the same model."""
    heard = features.ids if features else []
    item_ids = sorted({*(p.item for p in plays), *heard, *candidates})
    item_index = {item: k for k, item in enumerate(item_ids)}
    user_index = {user: k for k, user in enumerate(sorted({p.user for p in plays}))}
    return train(
        Plays.of((user_index[p.user], item_index[p.item], p.weight) for p in plays),
        item_ids,
        None if features is None else aligned(features, item_index),
        None if artists is None else [artists.get(item) for item in item_ids],
        seed,
    )


def _save(trained: Trained, folder: Path) -> None:
    try:
        save(trained.model, folder, datetime.now(UTC).isoformat(timespec="seconds"))
    except OSError as error:
        raise DataError(f"--model {folder} can't be written: {error.strerror}.") from error


def _histories(plays: Sequence[Play], users: set[str]) -> Listeners:
    histories: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for play in plays:
        if play.user in users:
            histories[play.user][play.item] += play.weight
    return histories


def _write(out: IO[bytes], users: Sequence[str], rankings: Iterable[list[Recommendation]]) -> None:
    for user, ranking in zip(users, rankings, strict=True):
        lines = [
            f"{user}\t{item.item_id}\t{rank}\t{item.score:.6g}\t{reason_text(item.reason)}\n"
            for rank, item in enumerate(ranking, start=1)
        ]
        out.write("".join(lines).encode())


def reason_text(reason: Reason) -> str:
    """kind, then the own item it rests on, then shared traits: `sound:song-7:tempo,brightness`."""
    parts: list[str] = [reason.kind]
    if reason.because_item is not None:
        parts.append(reason.because_item)
    if reason.traits:
        parts.append(",".join(trait.name for trait in reason.traits))
    return ":".join(parts)


def _summary(trained: Trained, users: int, rank_seconds: float) -> dict[str, object]:
    model = trained.model
    used = [name for name, weight in model.weights.items() if weight > 0 and name in model.scorers]
    return {
        "select_seconds": round(trained.select_seconds, 3),
        "fit_seconds": round(trained.fit_seconds, 3),
        "rank_seconds": round(rank_seconds, 3),
        "users": users,
        "model": "+".join(used) or ("sound" if model.sound else "none"),
        "items": len(model.item_ids),
        "plays": model.trained.get("plays", 0),
    }
