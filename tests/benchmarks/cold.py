"""Tracks nobody has played, ranked for simulated listeners of real recordings.

python -m tests.benchmarks.cold --data DIR [--seeds 100-119]

`DIR` holds a folder of audio for each source, for instance what is in Debian's packages of game
music; its features are made by `python -m recommender features` and kept in `DIR/features.npz`. An
artist is a recording's tag, or its source where there is none. Listeners are simulated
(`cold_world`), so the figures say how much of what could be known of new tracks is learned, not how
people like them. NDCG@10 among the new tracks; `way` is the share of the way from ridge to oracle.
Listeners are known to what is trained, or strangers folded in. Settings are tried on seeds 0-9 and
reported on 100-119.
"""

import argparse
import subprocess
import sys
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import soundfile
from numpy.typing import NDArray
from sklearn.linear_model import RidgeCV
from threadpoolctl import threadpool_limits

from recommender.batch import recommend_all
from recommender.fits import AlsSettings, fit_als, preference
from recommender.highest import top_of
from recommender.interactions import Plays
from recommender.metrics import ndcg
from recommender.scorers import Floats, Ints
from recommender.sound import embed, standardise
from recommender.tables import read_features
from recommender.train import train
from tests.benchmarks.cold_world import Rules, World, draw

TOP = 10
NEAREST = 10
FACTORS = AlsSettings(16, 10.0, 1.0)  # the best of a few for the ridge, on seeds 0-9
PENALTIES = 10.0 ** np.arange(-1, 5.5, 0.5)


class Recordings(NamedTuple):
    """Ids (n,), source and artist of each, and features (n, d)."""

    ids: list[str]
    sources: list[str]
    artists: list[str]
    x: Floats


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--seeds", default="100-119", help="the first and the last")
    options = parser.parse_args()
    first, last = map(int, options.seeds.split("-"))
    warnings.simplefilter("ignore")
    music = recordings(options.data)
    print(f"{len(music.ids)} tracks, {len(set(music.artists))} artists, seeds {first} to {last}")
    with threadpool_limits(1, "blas"):
        report([measure(music, seed) for seed in range(first, last + 1)])


def recordings(folder: Path) -> Recordings:
    table = folder / "features.npz"
    if not table.exists():
        command = [sys.executable, "-m", "recommender", "features", str(folder)]
        subprocess.run([*command, "--out", str(table)], check=True)
    ids, x = read_features(table)
    sources = [track.split("/")[0] for track in ids]
    files = {
        str(f.relative_to(folder).with_suffix("")): f for f in folder.rglob("*") if f.is_file()
    }
    artists = [_tag(files[track]) or source for track, source in zip(ids, sources, strict=True)]
    return Recordings(ids, sources, artists, x)


def _tag(file: Path) -> str:
    with soundfile.SoundFile(file) as sound:
        return str(sound.artist).strip(" <>").removeprefix("Unknown")


Scores = NDArray[np.float64]  # (n_listeners, n_cold)


def measure(music: Recordings, seed: int) -> dict[str, list[float]]:
    """By model: NDCG@10 of known listeners and of strangers."""
    world = draw(music.sources, music.artists, seed, Rules())
    tops = {name: [top_of(row, TOP) for row in s] for name, s in baselines(music, world, seed)}
    tops |= {"ours, audio": ours(music, world, None)}
    tops |= {"ours, audio and artists": ours(music, world, music.artists)}
    return {name: judged(world, found) for name, found in tops.items()}


def judged(world: World, tops: Sequence[Ints]) -> list[float]:
    gains = [ndcg(world.cold[top], wanted) for top, wanted in zip(tops, world.wanted, strict=True)]
    known, strangers = np.split(np.array(gains), [world.first_stranger])
    return [float(known.mean()), float(strangers.mean())]


def ours(music: Recordings, world: World, artists: list[str] | None) -> list[Ints]:
    rows = [play for play in world.plays if play[0] < world.first_stranger]
    model = train(Plays.of(rows), music.ids, music.x, artists, seed=0).model
    listeners: list[dict[str, float]] = [{} for _ in world.wanted]
    for listener, track, count in world.plays:
        listeners[listener][music.ids[track]] = count
    places = {music.ids[track]: k for k, track in enumerate(world.cold.tolist())}
    strangers = range(world.first_stranger, len(listeners))
    found = recommend_all(model, listeners, TOP, places, strangers)
    return [np.array([places[r.item_id] for r in one], dtype=np.int64) for one in found]


def baselines(music: Recordings, world: World, seed: int) -> Iterator[tuple[str, Scores]]:
    rng = np.random.default_rng(seed)
    yield "random", rng.random((len(world.wanted), world.cold.size))
    plays = Plays.of(world.plays).matrix(len(music.ids))[:, world.warm]
    own = preference(plays.tocsr(), counts_matter=True)
    standard = standardise(music.x)
    unit = embed(music.x, *standard)
    alike = unit[world.warm] @ unit[world.cold].T
    nearest = np.partition(alike, -NEAREST, axis=0)[-NEAREST]
    yield "audio k-NN", own @ np.where(alike >= nearest, alike, 0.0)
    als = fit_als(own[: world.first_stranger], FACTORS, seed)
    tastes = np.stack([als.listener(row.indices.astype(np.int64), row.data) for row in own])
    heard = (music.x - standard[0]) / standard[1]
    names = np.unique(music.artists, return_inverse=True)[1]
    signed = np.concatenate([heard, 3 * np.eye(names.max() + 1)[names]], axis=1)
    for name, x in (("ridge, audio", heard), ("ridge, audio and artists", signed)):
        ridge = RidgeCV(PENALTIES).fit(x[world.warm], als.factors)
        yield name, tastes @ ridge.predict(x[world.cold]).T
    yield "oracle", world.appeal[:, world.cold]


def report(rows: Sequence[dict[str, list[float]]]) -> None:
    each = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    mean = {name: values.mean(axis=0) for name, values in each.items()}
    error = {name: values.std(axis=0) / np.sqrt(len(rows)) for name, values in each.items()}
    low, high = mean["ridge, audio"], mean["oracle"]
    print(f"{'model':<26} known NDCG@10   way  strangers NDCG@10   way")
    for name in each:
        way = (mean[name] - low) / (high - low)
        cells = [f"{mean[name][k]:.4f} +-{error[name][k]:.4f} {way[k]:>5.2f}" for k in (0, 1)]
        print(f"{name:<26} {cells[0]}   {cells[1]}")


if __name__ == "__main__":
    main()
