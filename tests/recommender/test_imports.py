"""What each kind of process pays for: web processes load numpy alone."""

import subprocess
import sys

import pytest

SERVING = ("recommender.model", "recommender.artifacts", "recommender.sound", "recommender.reasons")
FOREIGN = ("django", "celery", "brownie", "rest_framework")


def loaded_after(*modules: str, then: str = "pass") -> set[str]:
    names = "print(*(m.partition('.')[0] for m in sys.modules))"
    code = f"import {', '.join(modules)}, sys; {then}; {names}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_serving_needs_numpy_alone() -> None:
    loaded = loaded_after(*SERVING)
    assert "numpy" in loaded
    assert not loaded & {*FOREIGN, "implicit", "librosa", "scipy", "numba", "soundfile", "av"}


@pytest.mark.parametrize(
    "module", ["recommender.train", "recommender.features", "recommender.audio"]
)
def test_nothing_here_knows_the_rest_of_the_product(module: str) -> None:
    assert not loaded_after(module) & {*FOREIGN, "marketplace", "royalties", "contracts", "av"}


def test_describing_a_sound_compiles_nothing() -> None:
    """A worker's start: librosa, numba and what they bring cost 1.5 seconds of a processor."""
    describe = "recommender.features.describe(numpy.sin(numpy.arange(44_100.0)), 22_050)"
    loaded = loaded_after("numpy", "recommender.features", then=describe)
    assert "soxr" in loaded
    assert not loaded & {"librosa", "numba", "joblib", "sklearn"}


def test_training_does_not_load_audio() -> None:
    assert not loaded_after("recommender.train") & {"librosa", "numba", "soundfile"}
