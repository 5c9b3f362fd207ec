"""The gas bench prints one line of JSON with every figure the protocol names."""

import json
from pathlib import Path

import pytest

from contracts import bench, node


def test_the_last_line_is_json_with_every_figure(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bench, "TREE_SIZES", {"1e3": 1_000, "1e5": 2_000, "1e6": 3_000})
    monkeypatch.setattr(bench, "BATCH", 8)
    assert bench.main() == 0
    figures = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert set(figures.pop("tree_seconds")) == {"1e3", "1e5", "1e6"}
    assert set(figures) == {
        "publish",
        "sync_1e3",
        "sync_1e5",
        "sync_1e6",
        "sync_many_100",
        "sync_many_100_apart",
        "claim_first",
        "claim_later",
        "claim_many_100",
        "transfer_existing",
        "transfer_new",
        "register_3",
        "erc20_transfer",
    }
    assert all(5_000 < gas < 200_000 for gas in figures.values())
    assert figures["sync_1e3"] < figures["sync_1e5"] < figures["sync_1e6"]
    assert figures["sync_many_100"] < figures["sync_many_100_apart"] < figures["sync_1e6"]
    assert figures["transfer_existing"] < figures["transfer_new"]
    assert figures["claim_many_100"] < figures["claim_later"] < figures["claim_first"]


def test_a_missing_node_is_told_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(node, "_PACKAGES", tmp_path / "node_modules" / "@foundry-rs")
    assert bench.main() == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("The local chain's binary")
    assert told.err.count("\n") == 1
