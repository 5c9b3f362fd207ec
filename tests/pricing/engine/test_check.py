"""An outsider works published prices out again, and notices whatever was changed in them."""

import json
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marketplace.pricing.engine import Engine, Settings, check, published
from marketplace.pricing.engine.packed import joined, split
from marketplace.pricing.engine.published import document, read, zipped
from tests.pricing.engine.worlds import hour

MARKET = Settings(floor=0.5, cap=1.2, p0=0.6, max_step=0.05, tick=0.01, seed=7)
KEYS = ["c1", "a2", "b3", "d4"]
FIRST = 492_000
FEW = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


def published_hours(count: int = 4) -> list[bytes]:
    """The files of a small market, in which a song joins at the third hour."""
    engine, keys, follows, files = Engine.new(MARKET, [0, 1, 0], 2, KEYS[:3]), KEYS[:3], "", []
    for t in range(count):
        if t == 2:
            engine.add_tracks([1], KEYS[3:])
            keys = KEYS
        asked = np.arange(len(keys)) * 9.0
        hour(FIRST + t, engine.price(), asked, np.floor(asked * 0.8)).feed(engine)
        data = document(engine, keys, FIRST + t + 1, f"2026-03-02T0{t}:00:00+00:00", follows)
        follows = read(data).sha256
        files.append(data)
    return files


HOURS = published_hours()
Written = Callable[..., list[str]]


@pytest.fixture
def written(tmp_path: Path) -> Written:
    def write(*files: bytes) -> list[str]:
        paths = [tmp_path / f"{place}.gz" for place in range(len(files))]
        for path, data in zip(paths, files, strict=True):
            path.write_bytes(data)
        return [str(path) for path in paths]

    return write


def with_array(data: bytes, name: str, place: int, change: float) -> bytes:
    """The file with one number of one array changed."""
    head, arrays = split(data)
    changed = arrays[name].copy()
    changed[place] += change
    return joined({**arrays, name: changed}, **head)


def failures(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return [line for line in capsys.readouterr().out.splitlines() if line.startswith("FAILED")]


def test_a_chain_of_hours_is_worked_out_without_a_database(written: Written) -> None:
    paths = written(*map(zipped, HOURS))
    last = read(HOURS[-1])
    price = last.song("b3").micros
    asked = ["--sha256", last.sha256, "--song", "B3", "--price", str(price)]
    done = subprocess.run(
        [sys.executable, "-m", "marketplace.pricing.engine.check", *paths, *asked],
        capture_output=True, text=True, timeout=60, check=False, env={},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert f"ok     price of b3 at hour {FIRST + 4}: {price} micros" in done.stdout
    assert f"hour {FIRST + 4} goes on: from hour {FIRST + 3}" in done.stdout
    assert "FAILED" not in done.stdout


def test_the_same_hour_is_the_same_bytes_zipped_or_not() -> None:
    assert published_hours() == HOURS
    assert zipped(HOURS[0]) == zipped(published_hours(1)[0])
    assert read(zipped(HOURS[0])).sha256 == read(HOURS[0]).sha256 == sha256(HOURS[0]).hexdigest()


def test_a_price_that_does_not_follow_is_named_with_song_and_hour(
    written: Written, capsys: pytest.CaptureFixture[str]
) -> None:
    place = read(HOURS[1]).keys.index("b3")
    forged = with_array(HOURS[1], "price_micros", place, -100)
    assert check.main(written(forged)) == 1
    (line,) = failures(capsys)
    cost = read(HOURS[1]).song("b3").micros
    assert line == (
        f"FAILED prices of hour {FIRST + 2}: of b3: the file says {cost - 100} micros,"
        f" its inputs give {cost}"
    )


def test_a_price_paid_that_was_never_set_is_named(
    written: Written, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = written(HOURS[3])
    assert check.main([*paths, "--song", "a2", "--price", "1"]) == 1
    (line,) = failures(capsys)
    assert line.startswith(f"FAILED price of a2 at hour {FIRST + 4}: it cost")


@pytest.mark.parametrize("name", ["track_u", "genre_kappa", "track_price", "hour_accepts"])
def test_what_was_learned_before_cannot_be_changed_within_a_chain(
    name: str, written: Written, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of the hour itself it would change what the next one goes on from."""
    forged = with_array(HOURS[1], name, 1, -1 if name == "hour_accepts" else 1)
    assert check.main(written(HOURS[0], forged, HOURS[2])) == 1
    told = failures(capsys)
    assert any(f"hour {FIRST + 3} goes on: from {read(HOURS[1]).sha256}" in one for one in told)


def test_a_forged_history_hashed_anew_is_noticed_where_it_joins_the_true_one(
    written: Written, capsys: pytest.CaptureFixture[str]
) -> None:
    forged = with_array(HOURS[1], "track_n", 0, 5)
    assert check.main(written(HOURS[0], forged)) == 1
    (line,) = failures(capsys)
    assert line.endswith(f"track_n is not what hour {FIRST + 1} left")


def test_hours_out_of_order_or_with_one_missing_are_no_chain(written: Written) -> None:
    assert check.main(written(HOURS[1], HOURS[0])) == 0  # the second begins a chain of its own
    assert check.main(written(HOURS[0], HOURS[2])) == 1
    assert check.main(written(HOURS[0], HOURS[1], HOURS[2])) == 0


@FEW
@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_any_bit_that_changed_is_noticed(place: float, bit: int, written: Written) -> None:
    data = bytearray(HOURS[2])
    data[int(place * len(data))] ^= 1 << bit
    paths = written(HOURS[1], bytes(data))
    assert check.main([*paths, "--sha256", read(HOURS[2]).sha256]) in (1, 2)


@FEW
@given(cut=st.floats(0, 1, exclude_max=True), junk=st.binary(max_size=8), gz=st.booleans())
def test_a_damaged_file_is_refused_in_one_sentence(
    cut: float, junk: bytes, gz: bool, written: Written, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = zipped(HOURS[2]) if gz else HOURS[2]
    damaged = whole[: int(cut * len(whole))] + junk
    assert check.main(written(damaged)) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert len(told.err.strip().splitlines()) == 1


def head_changed(**changes: object) -> bytes:
    head, arrays = split(HOURS[0])
    return joined(arrays, **{**head, **changes})


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (head_changed(formula=99), "by formula 99"),
        (head_changed(formula="1"), "first line"),
        (head_changed(hour=FIRST + 9), "not those of the hour before"),
        (head_changed(follows="ab"), "SHA-256"),
        (head_changed(listener="x"), "not a file of an hour"),
        (b"[]\n", "not a file of an hour"),
        (b'{"arrays":[["x","|O",[1]]]}\n12345678', "not a file of an hour"),
        (b'{"arrays":[["x","<f8",[-1]]]}\n', "not a file of an hour"),
    ],
)
def test_what_is_no_hour_of_prices_is_refused(
    data: bytes, said: str, written: Written, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check.main(written(data)) == 2
    assert said in capsys.readouterr().err


def test_a_file_holds_what_the_engine_knows_and_nothing_else(
    written: Written, capsys: pytest.CaptureFixture[str]
) -> None:
    """An array of anything else, such as who was asked, is refused by everybody who checks."""
    head, arrays = split(HOURS[0])
    told = joined({**arrays, "listeners": np.array(["somebody"])}, **head)
    assert check.main(written(told)) == 2
    assert "listeners" in capsys.readouterr().err


def test_bad_words_are_answered_with_two(written: Written) -> None:
    paths = written(HOURS[0])
    assert check.main(["nowhere.gz"]) == 2
    assert check.main([*paths, "--song", "nobody"]) == 2
    with pytest.raises(SystemExit, match="2"):
        check.main([*paths, "--price", "6000"])


def test_json_tells_the_same(written: Written, capsys: pytest.CaptureFixture[str]) -> None:
    assert check.main([*written(HOURS[0]), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["ok"] is True
    assert {one["name"] for one in told["checks"]} >= {f"prices of hour {FIRST + 1}"}


def test_the_formula_still_gives_the_prices_it_gave() -> None:
    """Should this fail, the same inputs give other prices: raise FORMULA, then write them here."""
    engine, keys, path = Engine.new(MARKET, [0, 1, 0, 1], 2, KEYS), np.arange(4), []
    for t in range(240):
        if t == 200:  # a release in a genre that is known by then
            engine.add_tracks([0], ["e5"])
            keys = np.arange(5)
        asked = 12.0 + keys
        taken = np.round(asked * np.exp(-((engine.price() / (0.8 + 0.2 * keys)) ** 1.6)))
        path.append(hour(t, engine.price(), asked, taken).feed(engine))
    told = [path[t].tolist() for t in (0, 20, 60, 119, 215, 239)]
    assert (published.FORMULA, told) == (7, PRICES)


PRICES = [
    [0.6, 0.6, 0.63, 0.6],
    [0.59, 0.6, 1.04, 0.67],
    [0.61, 0.77, 1.02, 1.17],
    [0.61, 0.8, 0.99, 1.14],
    [0.59, 0.79, 0.95, 1.06, 0.76],
    [0.58, 0.8, 0.94, 1.04, 1.0],
]
