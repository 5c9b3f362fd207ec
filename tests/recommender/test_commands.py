"""The command line, as other programs drive it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pytest
import soundfile

from recommender.__main__ import main
from recommender.sound import FEATURE_COUNT
from tests.recommender.worlds import group_features, group_of, group_plays, item, item_ids, tone


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    plays = group_plays()
    rows = zip(plays.users, plays.items, plays.weights, strict=True)
    lines = [f"u{u}\t{item_ids()[i]}\t{w:g}\n" for u, i, w in rows]
    (tmp_path / "plays.tsv").write_text("".join(lines))
    (tmp_path / "users.txt").write_text("u0\nu1\nu2\nstranger\n")
    return tmp_path


def rank(folder: Path, *more: str) -> int:
    files = ["--train", str(folder / "plays.tsv"), "--users", str(folder / "users.txt")]
    return main(["rank", *files, "--top", "5", "--out", str(folder / "recs.tsv"), *more])


def rankings(folder: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in (folder / "recs.tsv").read_text().splitlines():
        user, item_id, place, score, reason = line.split("\t")
        found.setdefault(user, []).append(item_id)
        assert int(place) == len(found[user])
        assert np.isfinite(float(score))
        assert reason
    return found


def played(folder: Path, user: str) -> set[str]:
    rows = [line.split("\t") for line in (folder / "plays.tsv").read_text().splitlines()]
    return {row[1] for row in rows if row[0] == user}


def test_rank_writes_every_users_unseen_tracks(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert rank(folder) == 0
    summary = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert summary["users"] == 4
    assert {"select_seconds", "fit_seconds", "rank_seconds", "model"} <= set(summary)
    found = rankings(folder)
    assert list(found) == ["u0", "u1", "u2", "stranger"]
    for user, ranked in found.items():
        assert len(ranked) == len(set(ranked)) == 5
        assert not set(ranked) & played(folder, user)
    assert [group_of(found[f"u{g}"][0]) for g in range(3)] == [0, 1, 2]


def test_the_same_seed_writes_the_same_file(folder: Path) -> None:
    rank(folder, "--seed", "7")
    first = (folder / "recs.tsv").read_bytes()
    rank(folder, "--seed", "7")
    assert (folder / "recs.tsv").read_bytes() == first


def test_the_order_of_rows_says_nothing(folder: Path) -> None:
    rank(folder)
    first = (folder / "recs.tsv").read_bytes()
    rows = (folder / "plays.tsv").read_text().splitlines(keepends=True)
    (folder / "plays.tsv").write_text("".join(rows[::-1]))
    rank(folder)
    assert (folder / "recs.tsv").read_bytes() == first


def test_folded_in_plays_shape_the_ranking_and_are_never_returned(folder: Path) -> None:
    (folder / "later.tsv").write_text(f"stranger\t{item(2, 0)}\t4\nu0\t{item(0, 7)}\t1\n")
    rank(folder, "--fold-in", str(folder / "later.tsv"))
    found = rankings(folder)
    assert group_of(found["stranger"][0]) == 2
    assert item(2, 0) not in found["stranger"]
    assert item(0, 7) not in found["u0"]


def test_new_tracks_are_ranked_by_sound_and_only_candidates_appear(folder: Path) -> None:
    x = group_features()
    ids = [*item_ids(), "new-0", "new-1", "new-2"]
    np.savez(folder / "f.npz", ids=np.array(ids), x=np.concatenate([x, x[[0, 8, 16]] + 0.1]))
    (folder / "items.txt").write_text("new-0\nnew-1\nnew-2\nnever-heard\n")
    (folder / "artists.tsv").write_text("".join(f"{i}\ta-{i[:2]}\n" for i in item_ids()))
    more = ["--features", "f.npz", "--items", "items.txt", "--artists", "artists.tsv"]
    assert rank(folder, *[str(folder / m) if "." in m else m for m in more]) == 0
    found = rankings(folder)
    assert [found[f"u{g}"][0] for g in range(3)] == ["new-0", "new-1", "new-2"]
    assert all(
        set(ranked) == {"new-0", "new-1", "new-2", "never-heard"} for ranked in found.values()
    )


def test_without_any_play_sound_ranks(folder: Path) -> None:
    np.savez(folder / "f.npz", ids=np.array(item_ids()), x=group_features())
    (folder / "later.tsv").write_text(f"u1\t{item(1, 0)}\t1\n")
    (folder / "plays.tsv").write_text("")
    more = ["--features", str(folder / "f.npz"), "--fold-in", str(folder / "later.tsv")]
    assert rank(folder, *more) == 0
    assert {group_of(i) for i in rankings(folder)["u1"]} == {1}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--engine", "abacus"], "Unknown engine 'abacus'"),
        (["--top", "0"], "--top must be at least 1"),
        (["--top", "many"], "invalid int value"),
        (["--fold-in", "/nowhere/plays.tsv"], "No such file: /nowhere/plays.tsv"),
        (["--features", "/nowhere/f.npz"], "No such file: /nowhere/f.npz"),
        (["--out", "/nowhere/recs.tsv"], "does not exist"),
        (["--out", "/"], "--out is a folder, not a file: /"),
        (["--model", f"{__file__}/below"], "--model is no folder"),
        (["--model", "/proc/model"], "--model /proc/model can't be written"),
        (["--out", "/proc/recs.tsv"], "/proc/recs.tsv can't be written"),
        (["--out", "/tmp/" + 300 * "x"], "can't be written: File name too long"),
        (["--seed", "-1"], "--seed must not be negative"),
    ],
)
def test_bad_arguments_get_one_sentence_and_exit_2(
    arguments: list[str], words: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert rank(folder, *arguments) == 2
    told = capsys.readouterr().err
    assert words in told
    assert told.count("\n") == 1
    assert not (folder / "recs.tsv").exists()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("plays.tsv", b"u1\ta\t1\nu1\tb\n", "plays.tsv, line 2"),
        ("plays.tsv", b"u1\ta\tlots\n", "line 1: the weight 'lots'"),
        ("plays.tsv", b"u1\ta\t-3\n", "line 1: the weight '-3'"),
        ("plays.tsv", b"u1\ta\tnan\n", "line 1: the weight 'nan'"),
        ("plays.tsv", b"u1\ta\t1\nu1\ta\t3e38\n", "line 2: the weight '3e38'"),
        ("plays.tsv", b"u1\ta\t1e-300\n", "line 1: the weight '1e-300'"),
        ("plays.tsv", b"u1\ta\t1e-30\n", "line 1: the weight '1e-30'"),
        ("plays.tsv", b"\xff\xfe\x00", "not UTF-8"),
        ("plays.tsv", b"", "nothing to recommend"),
        ("users.txt", b"u1\tu2\n", "users.txt, line 1"),
    ],
)
def test_malformed_tables_are_named_with_their_line(
    name: str, content: bytes, words: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / name).write_bytes(content)
    assert rank(folder) == 2
    assert words in capsys.readouterr().err


def test_a_file_that_is_no_feature_file_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "f.npz").write_text("no arrays")
    assert rank(folder, "--features", str(folder / "f.npz")) == 2
    assert "is not an .npz file" in capsys.readouterr().err


def write_music(home: Path) -> None:
    (home / "album").mkdir(parents=True)
    soundfile.write(home / "album" / "one.wav", tone(300), 22_050)
    soundfile.write(home / "two.v2.flac", tone(900), 22_050)
    (home / "broken.mp3").write_text("words")
    (home / "notes.txt").write_text("not audio, and not asked about")


def test_features_describes_a_folder_and_lists_what_failed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_music(tmp_path / "music")
    out = tmp_path / "f.npz"
    assert main(["features", str(tmp_path / "music"), "--out", str(out)]) == 0
    summary = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert summary["tracks"] == 2
    assert summary["audio_seconds"] == pytest.approx(8.0)
    assert summary["x_realtime"] == pytest.approx(8.0 / summary["cpu_seconds"], rel=0.05)
    assert [Path(f["path"]).name for f in summary["failed"]] == ["broken.mp3"]
    with np.load(out) as arrays:
        assert arrays["ids"].tolist() == ["album/one", "two.v2"]
        assert arrays["x"].shape == (2, FEATURE_COUNT)
        assert arrays["x"].dtype == np.float32


def test_a_file_named_itself_has_its_bare_name(tmp_path: Path) -> None:
    write_music(tmp_path / "music")
    out = tmp_path / "f.npz"
    assert main(["features", str(tmp_path / "music/album/one.wav"), "--out", str(out)]) == 0
    with np.load(out) as arrays:
        assert arrays["ids"].tolist() == ["one"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["/nowhere/music"],
        ["/dev/null"],
        [".", "--workers", "0"],
        [__file__, "--out", "/"],
        [__file__, "--out", "/proc/f.npz"],
    ],
)
def test_features_refuses_bad_input(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["features", "--out", str(tmp_path / "f.npz"), *arguments]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_worker_processes_give_the_same_vectors(tmp_path: Path) -> None:
    write_music(tmp_path / "music")
    arguments = ["features", str(tmp_path / "music"), "--out"]
    alone, shared = tmp_path / "1.npz", tmp_path / "2.npz"
    assert main([*arguments, str(alone)]) == 0
    command = [sys.executable, "-m", "recommender", *arguments, str(shared), "--workers", "2"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout.splitlines()[-1])["tracks"] == 2
    assert alone.read_bytes() == shared.read_bytes()


def test_any_number_of_threads_gives_the_same_file(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "one.wav", tone(300, seconds=30), 22_050)
    made = []
    for threads in ("1", "2"):
        command = ["features", str(tmp_path / "one.wav"), "--out", str(tmp_path / "f.npz")]
        subprocess.run(
            [sys.executable, "-m", "recommender", *command],
            env={**os.environ, "OPENBLAS_NUM_THREADS": threads},
            capture_output=True,
            check=True,
        )
        made.append((tmp_path / "f.npz").read_bytes())
    assert made[0] == made[1]


def test_a_name_that_fits_no_table_is_listed_and_not_the_end(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_music(tmp_path / "music")
    folder = os.fsencode(tmp_path / "music")
    for name in (b"caf\xe9.wav", b"two\tcells.wav", b"two\nlines.wav"):
        os.link(folder + b"/album/one.wav", folder + b"/" + name)
    assert main(["features", str(tmp_path / "music"), "--out", str(tmp_path / "f.npz")]) == 0
    summary = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert summary["tracks"] == 2
    assert "caf\ufffd.wav" in {Path(one["path"]).name for one in summary["failed"]}


def test_a_pipe_is_written_to_and_a_link_stays(folder: Path) -> None:
    assert rank(folder) == 0
    expected = (folder / "recs.tsv").read_bytes()
    os.mkfifo(folder / "pipe")
    (folder / "link.tsv").symlink_to(folder / "far.tsv")
    got: list[bytes] = []
    reader = Thread(target=lambda: got.append((folder / "pipe").read_bytes()), daemon=True)
    reader.start()
    assert rank(folder, "--out", str(folder / "pipe")) == 0
    reader.join(timeout=60)
    assert got == [expected]
    assert rank(folder, "--out", str(folder / "link.tsv")) == 0
    assert (folder / "link.tsv").is_symlink()
    assert (folder / "far.tsv").read_bytes() == expected


@pytest.mark.parametrize(
    "arrays",
    [
        {"ids": np.array(["a\tb"]), "x": np.ones((1, 2))},
        {"ids": np.array(["a\nb"]), "x": np.ones((1, 2))},
        {"ids": np.array(["\ud800"]), "x": np.ones((1, 2))},
        {"ids": np.array([["a", "b"]]), "x": np.ones((1, 2))},
        {"ids": np.array("a"), "x": np.ones((1, 2))},
        {"ids": np.array(["a"]), "x": np.ones((1, 0))},
        {"ids": np.array(["a"]), "x": np.ones((1, 2), complex)},
        {"ids": np.array(["a"]), "x": np.full((1, 2), 1e300)},
    ],
)
def test_features_that_no_table_can_hold_are_refused(
    arrays: dict[str, "np.ndarray[tuple[int, ...], np.dtype[Any]]"],
    folder: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    np.savez(folder / "f.npz", **arrays)  # type: ignore[arg-type]
    assert rank(folder, "--features", str(folder / "f.npz")) == 2
    assert str(folder / "f.npz") in capsys.readouterr().err


def test_ids_written_as_bytes_are_their_text(folder: Path) -> None:
    np.savez(folder / "f.npz", ids=np.array([b"new"]), x=np.ones((1, 2)))
    (folder / "items.txt").write_text("new\n")
    more = ["--features", str(folder / "f.npz"), "--items", str(folder / "items.txt")]
    assert rank(folder, *more) == 0
    assert rankings(folder)["u0"] == ["new"]


def test_scores_fall_for_those_nothing_is_known_of_too(folder: Path) -> None:
    (folder / "artists.tsv").write_text("".join(f"{i}\ta-{i[:2]}\n" for i in item_ids()))
    assert rank(folder, "--top", "20", "--artists", str(folder / "artists.tsv")) == 0
    rows = [line.split("\t") for line in (folder / "recs.tsv").read_text().splitlines()]
    scores = [float(row[3]) for row in rows if row[0] == "stranger"]
    assert scores == sorted(scores, reverse=True)
