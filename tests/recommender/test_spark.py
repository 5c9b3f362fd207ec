"""The engine spark itself, for `make test-spark`: it needs PySpark and Java."""

import json
from pathlib import Path

import pytest

from recommender import artifacts
from recommender.__main__ import main
from tests.recommender.worlds import GROUPS, group_of, group_plays, item, item_ids

pytestmark = pytest.mark.spark


def test_spark_trains_the_same_artifacts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SPARK_MASTER", "local[2]")
    plays = group_plays()
    rows = zip(plays.users.tolist(), plays.items.tolist(), plays.weights.tolist(), strict=True)
    lines = [f"u{user}\t{item_ids()[k]}\t{weight}\n" for user, k, weight in rows]
    (tmp_path / "plays.tsv").write_text("".join(lines))
    (tmp_path / "users.txt").write_text("u0\nu1\nu2\n")
    files = ["--train", str(tmp_path / "plays.tsv"), "--users", str(tmp_path / "users.txt")]
    out = ["--out", str(tmp_path / "recs.tsv"), "--top", "5", "--model", str(tmp_path / "model")]
    assert main(["rank", *files, *out, "--engine", "spark"]) == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (told["model"], told["users"]) == ("als", 3)
    ranked = [line.split("\t") for line in (tmp_path / "recs.tsv").read_text().splitlines()]
    first = {user: found for user, found, rank, *_ in ranked if rank == "1"}
    assert [group_of(first[f"u{group}"]) for group in range(GROUPS)] == [0, 1, 2]
    served = artifacts.load(tmp_path / "model")
    assert served.trained["users"] == GROUPS * 30
    top = served.recommend({item(2, 0): 1.0, item(2, 4): 1.0}, 4)
    assert {group_of(each.item_id) for each in top} == {2}


def test_a_malformed_row_is_told_before_spark_starts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "plays.tsv").write_text("u1\ta\tlots\n")
    (tmp_path / "users.txt").write_text("u1\n")
    files = ["--train", str(tmp_path / "plays.tsv"), "--users", str(tmp_path / "users.txt")]
    out = ["--out", str(tmp_path / "recs.tsv"), "--top", "5", "--engine", "spark"]
    assert main(["rank", *files, *out]) == 2
    assert "the weight 'lots'" in capsys.readouterr().err
