"""What of the engine spark can be told without Java: refusals, and how data goes there and back."""

import sys
from pathlib import Path

import numpy as np
import pytest

from recommender import artifacts, mllib
from recommender.__main__ import main
from recommender.fits import AlsSettings, EaseSettings, Settings
from recommender.mllib import MllibSettings, split_of
from recommender.panel import panel_of
from recommender.scorers import FactorScorer
from recommender.spark_train import best_fold_in
from recommender.train import around_factors
from tests.recommender.worlds import GROUPS, ITEMS_EACH, group_features, group_of, item, item_ids


def rank_by_spark(folder: Path) -> int:
    (folder / "plays.tsv").write_text("u1\ta\t1\n")
    (folder / "users.txt").write_text("u1\n")
    files = ["--train", str(folder / "plays.tsv"), "--users", str(folder / "users.txt")]
    out = ["--out", str(folder / "recs.tsv"), "--top", "5", "--engine", "spark"]
    return main(["rank", *files, *out])


def java_that_says(folder: Path, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    java = folder / "java" / "bin" / "java"
    java.parent.mkdir(parents=True)
    java.write_text(f"#!/bin/sh\necho '{told}' >&2\n")
    java.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(folder / "java"))


def without_java(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(folder))


def with_pyspark(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package of that name, enough to be found."""
    (folder / "found" / "pyspark").mkdir(parents=True)
    (folder / "found" / "pyspark" / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(str(folder / "found"))
    monkeypatch.delitem(sys.modules, "pyspark", raising=False)


def test_without_pyspark_one_sentence_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "pyspark", None)
    assert rank_by_spark(tmp_path) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "pip install -r recommender/requirements-spark.txt" in told
    assert "Java runtime of version 17" in told
    assert not (tmp_path / "recs.tsv").exists()


def test_without_java_one_sentence_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with_pyspark(tmp_path, monkeypatch)
    without_java(tmp_path, monkeypatch)
    assert rank_by_spark(tmp_path) == 2
    assert "found none: install one (Debian: openjdk-17-jre-headless)" in capsys.readouterr().err


def test_an_old_java_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with_pyspark(tmp_path, monkeypatch)
    java_that_says(tmp_path, 'openjdk version "11.0.2" 2019-01-15', monkeypatch)
    assert rank_by_spark(tmp_path) == 2
    assert "version 17 or later, found 11" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("told", "version"),
    [
        ('openjdk version "17.0.15" 2025-04-15', 17),
        ('openjdk version "25-ea" 2025-09-16', 25),
        ('java version "1.8.0_292"', 1),
        ("no such thing", None),
    ],
)
def test_javas_version_is_read(
    told: str, version: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    java_that_says(tmp_path, told, monkeypatch)
    assert mllib.java_version() == version


def test_a_sample_of_rows_becomes_a_split_of_listeners_with_enough() -> None:
    full = [(9, k, 1.0 + k, k == 2) for k in range(6)]
    few = [(3, k, 1.0, k == 0) for k in range(4)]
    all_kept = [(4, k, 1.0, False) for k in range(6)]
    all_hidden = [(5, k, 1.0, True) for k in range(6)]
    split = split_of([*few, *full, *all_kept, *all_hidden], 8)
    assert split.train.shape == (4, 8)
    assert [held.tolist() for held in split.held] == [[2]]
    own = split.train[split.users[0]]
    assert own.indices.tolist() == [0, 1, 3, 4, 5]
    assert own.data.tolist() == [1.0, 2.0, 4.0, 5.0, 6.0]
    assert split_of([], 8).users.size == 0


def group_factors() -> "np.ndarray[tuple[int, int], np.dtype[np.float32]]":
    """A direction a group, as ALS would find."""
    return np.repeat(np.eye(GROUPS, dtype=np.float32), ITEMS_EACH, axis=0)


def test_the_fold_in_that_ranks_best_is_chosen() -> None:
    rows = [
        (user, user % GROUPS * ITEMS_EACH + k, 1.0, k == 0) for user in range(60) for k in range(6)
    ]
    panel = panel_of(split_of(rows, GROUPS * ITEMS_EACH), 0)
    value, scorer = best_fold_in(group_factors(), MllibSettings(), 6.0, panel)
    assert value > 0.5
    assert scorer.gram.shape == (1, GROUPS, GROUPS)


def test_factors_from_elsewhere_become_the_same_artifacts(tmp_path: Path) -> None:
    factors = group_factors()
    als = FactorScorer(factors, (factors.T @ factors)[None], 1.0, 1.0)
    x = group_features()
    model = around_factors(
        als,
        Settings(AlsSettings(GROUPS), EaseSettings(), {"als": 1.0}),
        [*item_ids(), "new-0", "new-1", "new-2"],
        np.array([9.0] * len(factors) + [0.0] * 3, dtype=np.float32),
        {"users": 90, "plays": 216},
        np.concatenate([x, x[::ITEMS_EACH] + np.float32(0.1)]),
    )
    artifacts.save(model, tmp_path, "2026-01-01T00:00:00")
    served = artifacts.load(tmp_path)
    for group in range(GROUPS):
        own = {item(group, 0): 1.0, item(group, 3): 2.0}
        top = served.recommend(own, 5)
        assert {group_of(each.item_id) for each in top} == {group}
        new = served.recommend(own, 3, candidates=["new-0", "new-1", "new-2"])
        assert new[0].item_id == f"new-{group}"
    assert served.trained == {"users": 90, "plays": 216}
