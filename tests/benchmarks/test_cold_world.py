"""The listeners whom the recommender is measured on know nothing of it."""

import subprocess
import sys

import numpy as np

from tests.benchmarks.cold_world import Rules, draw

SOURCES, ARTISTS = ["a"] * 30 + ["b"] * 30, ["x"] * 20 + ["y"] * 20 + ["z"] * 20


def test_the_simulated_world_shares_no_module_with_what_is_measured() -> None:
    code = "import sys, tests.benchmarks.cold_world; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    theirs = {"recommender", "implicit", "sklearn", "scipy", "librosa", "soundfile"}
    assert not {name.partition(".")[0] for name in done.stdout.split()} & theirs


def test_nobody_plays_what_is_new_and_strangers_play_too() -> None:
    world = draw(SOURCES, ARTISTS, 3, Rules(listeners=40, strangers=10))
    played = {track for _, track, _ in world.plays}
    assert played <= set(world.warm.tolist())
    assert {listener for listener, _, _ in world.plays} == set(range(50))
    assert all(set(wanted.tolist()) <= set(world.cold.tolist()) for wanted in world.wanted)
    liked = [world.appeal[k, wanted].mean() for k, wanted in enumerate(world.wanted)]
    assert np.mean(liked) > world.appeal[:, world.cold].mean()
