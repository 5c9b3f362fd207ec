"""What bundles name, and what is said of files of prices beside them."""

import zipfile
from hashlib import sha256
from pathlib import Path

import pytest

from marketplace.pricing.engine import check
from marketplace.pricing.engine.packed import joined, split
from marketplace.pricing.engine.published import read
from royalties.verify import archive
from royalties.verify.prices import parted, prices_json
from tests.benchmarks import verify_world
from tests.pricing.engine.test_check import FIRST, HOURS

HASHES = {FIRST + 1 + place: read(data).sha256 for place, data in enumerate(HOURS)}
FACTS, MEMBERS = verify_world.made(verify_world.Size(3, 1, 2, 1), 1)


@pytest.fixture
def paths(tmp_path: Path) -> list[str]:
    for place, data in enumerate(HOURS):
        (tmp_path / f"{place}.gz").write_bytes(data)
    return [str(tmp_path / f"{place}.gz") for place in range(len(HOURS))]


def a_bundle(path: Path, prices: object) -> str:
    facts = {name: value for name, value in FACTS.items() if name != "prices"}
    facts |= {"prices": prices} if prices is not None else {}
    path.write_bytes(archive.pack(facts, MEMBERS)[0])
    return str(path)


def said(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return [one for one in capsys.readouterr().out.splitlines() if "log of prices" in one]


def test_files_before_the_first_named_one_are_covered_by_what_it_goes_on_from(
    paths: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    last = {FIRST + 4: HASHES[FIRST + 4]}
    named = a_bundle(tmp_path / "b.zip", prices_json(last))
    assert check.main([*paths, "--bundle", named]) == 0
    assert check.main([*paths[:2], "--bundle", named]) == 1
    told = said(capsys)
    assert told[1:] == [
        f"FAILED log of prices: no bundle given names the file of hour {FIRST + place}:"
        f" they name hours {FIRST + 4} to {FIRST + 4}"
        for place in (1, 2)
    ]


def test_files_of_another_formula_are_compared_though_nobody_works_them_out(
    paths: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    head, arrays = split(HOURS[0])
    old = joined({"price_micros": arrays["price_micros"]}, **head | {"formula": 6})
    Path(paths[0]).write_bytes(old)
    head, arrays = split(HOURS[1])
    head["follows"] = sha256(old).hexdigest()
    Path(paths[1]).write_bytes(new := joined(arrays, **head))
    hashes = {FIRST + 1: head["follows"], FIRST + 2: sha256(new).hexdigest()}
    named = a_bundle(tmp_path / "b.zip", prices_json(hashes))
    assert check.main([*paths[:2], "--bundle", named]) == 0
    out = capsys.readouterr().out
    assert f"prices of hour {FIRST + 1}: not worked out, for formula 6 made them" in out
    assert f"hour {FIRST + 2} goes on: from hour {FIRST + 1}, which formula 6 made" in out
    assert "log of prices: all 2 files are the ones published" in out
    Path(paths[0]).write_bytes(old.replace(b'"formula":6', b'"formula":5'))
    assert check.main([*paths[:2], "--bundle", named]) == 1
    assert f"the file of hour {FIRST + 1} is not the one" in said(capsys)[0]
    assert check.main([paths[0], "--bundle", named, "--song", "a2"]) == 2
    assert check.main([paths[0]]) == 2


def test_bundles_that_name_two_files_for_an_hour_are_not_believed(
    paths: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    a_bundle(tmp_path / "a.zip", prices_json(HASHES))
    a_bundle(tmp_path / "b.zip", prices_json({FIRST + 2: "0" * 64}))
    assert check.main([*paths, "--bundle", str(tmp_path)]) == 1
    (line,) = said(capsys)
    assert f"the file of hour {FIRST + 2} is not the one that was published" in line


def test_a_bundle_from_before_prices_were_named_names_none(
    paths: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check.main([paths[0], "--bundle", a_bundle(tmp_path / "b.zip", None)]) == 1
    assert said(capsys)[0].endswith("they name no prices")


@pytest.mark.parametrize(
    ("prices", "sentence"),
    [
        ("abc", "not hours and hashes: 'abc'"),
        ([{"hour": 1}], "not hours and hashes"),
        ([{"hour": True, "sha256": "0" * 64}], "not in the order of hours: True"),
        ([{"hour": n, "sha256": "0" * 64} for n in (2, 1)], "not in the order of hours: 1"),
        ([{"hour": 1, "sha256": "G" * 64}], "hour 1 have no SHA-256"),
    ],
)
def test_prices_not_in_their_form_are_a_failed_bundle(
    prices: object,
    sentence: str,
    paths: list[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert check.main([paths[0], "--bundle", a_bundle(tmp_path / "b.zip", prices)]) == 1
    out = capsys.readouterr().out
    assert "FAILED bundle b.zip: " in out
    assert sentence in out


def test_what_else_lies_in_a_folder_of_bundles_is_left_aside_and_named(
    paths: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "bundles"
    (folder / "old.zip").mkdir(parents=True)
    (folder / "notes.zip").write_bytes(b"eggs, milk")
    with zipfile.ZipFile(folder / "photos.zip", "w") as other:
        other.writestr("beach.jpg", b"sand")
    told = ["--bundle", str(folder)]
    assert check.main([paths[0], *told]) == 2
    expected = f"{folder} holds no bundle: notes.zip left aside, it is not a bundle: "
    assert capsys.readouterr().err == f"{expected}a bundle is a zip file.\n"
    a_bundle(folder / "period.zip", prices_json(HASHES))
    assert check.main([*paths, *told]) == 0
    out = capsys.readouterr().out.splitlines()
    assert "ok     notes.zip left aside: it is not a bundle: a bundle is a zip file" in out
    assert "ok     photos.zip left aside: it is not a bundle: it holds no manifest.json" in out
    assert check.main([*paths, "--bundle", str(folder / "photos.zip")]) == 2
    (folder / "period.zip").write_bytes((folder / "period.zip").read_bytes()[:-1])
    assert check.main([*paths, *told]) == 1  # a bundle that was changed is never left aside
    assert "FAILED bundle period.zip: the file was changed at byte" in capsys.readouterr().out


def test_what_is_no_bundle_ends_with_two(paths: list[str], tmp_path: Path) -> None:
    for path in (paths[1], str(tmp_path / "none.zip"), str(tmp_path)):
        assert check.main([paths[0], "--bundle", path]) == 2


def test_bundles_in_order_name_hours_without_a_gap() -> None:
    assert list(parted({}, {5: "a"})) == []  # the first that names any
    assert list(parted({4: "a", 5: "b"}, {5: "b", 6: "c"})) == []
    (left_out,) = parted({4: "a", 5: "b"}, {})
    assert left_out == "it names no prices, those before it ended with hour 5"
    (gap,) = parted({4: "a", 5: "b"}, {6: "c"})
    assert gap == "its prices begin with hour 6, those before it ended with hour 5"
    (other,) = parted({5: "b"}, {5: "c"})
    assert other.startswith("it names another hash for the prices of hour 5")
