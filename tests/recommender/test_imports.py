"""What each kind of process pays for: web processes load numpy alone."""

import subprocess
import sys

import pytest

SERVING = ("recommender.model", "recommender.artifacts", "recommender.sound", "recommender.reasons")
FOREIGN = ("django", "celery", "brownie", "rest_framework")


def loaded_after(*modules: str) -> set[str]:
    code = f"import {', '.join(modules)}, sys; print(*(m.partition('.')[0] for m in sys.modules))"
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


def test_training_does_not_load_audio() -> None:
    assert not loaded_after("recommender.train") & {"librosa", "numba", "soundfile"}
