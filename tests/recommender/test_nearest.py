"""The nearest tracks of each: those a comparison with all would find, or nearly so among many."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from recommender import nearest as module
from recommender.nearest import nearest
from recommender.scorers import Floats


def unit(x: NDArray[Any]) -> Floats:
    return np.asarray(x / np.linalg.norm(x, axis=1, keepdims=True), dtype=np.float32)


def groups(n_groups: int, each: int, seed: int = 0) -> Floats:
    rng = np.random.default_rng(seed)
    centres = np.repeat(rng.normal(size=(n_groups, 16)), each, axis=0)
    return unit(centres + rng.normal(0.0, 0.3, centres.shape))


def by_comparing_all(points: Floats, among: NDArray[np.bool_], count: int) -> list[list[int]]:
    likeness = points @ points.T
    np.fill_diagonal(likeness, -2)
    likeness[:, ~among] = -2
    return [
        [int(k) for k in np.argsort(-row, kind="stable")[:count] if row[k] > -2] if known else []
        for row, known in zip(likeness, among, strict=True)
    ]


@pytest.mark.parametrize("size", [1, 2, 9, 700])  # below and above what blocks can bound
def test_they_are_those_a_comparison_with_all_finds(size: int) -> None:
    points = groups(size, 1)
    among = np.arange(size) % 7 != 3
    found = nearest(points, among, 8)
    told = [[k for k in row if k >= 0] for row in found.tolist()]
    assert told == by_comparing_all(points, among, 8)


def test_of_tracks_as_like_as_each_other_the_first_come_first() -> None:
    points = unit(np.ones((900, 4), dtype=np.float32))
    found = nearest(points, np.ones(900, dtype=bool), 3)
    assert found[[0, 1, 2, 3, 899]].tolist() == [
        [1, 2, 3],
        [0, 2, 3],
        [0, 1, 3],
        [0, 1, 2],
        [0, 1, 2],
    ]


def test_among_many_nearly_all_are_found_by_comparing_few(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"ALL": 500, "REACH": 600, "CELL": 50, "AT_ONCE": 1 << 15}.items():
        monkeypatch.setattr(module, name, value)
    points, among = groups(60, 50), np.ones(3_000, dtype=bool)
    found = nearest(points, among, 10, seed=1)
    best = by_comparing_all(points, among, 10)
    hits = sum(len({*told} & {*true}) for told, true in zip(found.tolist(), best, strict=True))
    assert hits / found.size > 0.95
    assert not (found == np.arange(3_000)[:, None]).any()
    assert (found == nearest(points, among, 10, seed=1)).all()
