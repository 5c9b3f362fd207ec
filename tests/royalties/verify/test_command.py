"""`python -m royalties.verify`: what it says and how it ends."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from royalties.models import Pseudonym
from royalties.receipts import receipt_document
from royalties.verify import archive, receipts
from royalties.verify.__main__ import main
from royalties.verify.bundle import InputError
from tests.benchmarks import verify_world
from tests.royalties.house import House
from tests.royalties.stories import Story


def said(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().out


def test_honest_bundles_hold(
    house: House, story: Story, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*map(str, house.bundles())]) == 0
    told = said(capsys)
    assert "FAILED" not in told
    assert "ok     period 1: revenue: 30554 micros gained" in told
    assert "ok     period 2: follows: the period before" in told
    assert "ok     chain: not asked, so whoever gave you these files may have made them up" in told


def test_it_needs_no_database_and_no_django(house: House, story: Story) -> None:
    code = (
        "import sys; from royalties.verify.__main__ import main; code = main(sys.argv[1:]);"
        "assert not {'django', 'brownie', 'celery'} & set(sys.modules); sys.exit(code)"
    )
    paths = [*map(str, house.bundles())]
    done = subprocess.run(
        [sys.executable, "-c", code, *paths], env={"PATH": ""}, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_payees_payout_over_all_periods(
    house: House, story: Story, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = [*map(str, house.bundles())]
    assert main([*paths, "--payee", story.writer.address.lower()]) == 0
    assert f"track {story.song.slot}: {31_790 // 5} micros as payee" in said(capsys)
    fan = Pseudonym.objects.get(party=story.fan, period=2)
    assert main([*paths, "--payee", fan.name]) == 0
    assert "micros as holder up to period 2" in said(capsys)
    assert main([*paths, "--payee", "0x" + "1" * 40]) == 1
    assert "nobody of that name" in said(capsys)


def test_a_play_is_proved_by_its_receipt(
    house: House, story: Story, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    receipt = tmp_path / "RECEIPT.json"
    paths = [*map(str, house.bundles())]
    for play in story.plays:
        play.refresh_from_db()
        receipt.write_text(json.dumps(receipt_document(play, own=True)))
        assert main([*paths, "--play", str(receipt)]) == 0
        assert f"ok     receipt: play {play.reference}" in said(capsys)


@pytest.mark.parametrize(
    ("part", "sentence"),
    [
        ('"price": 8123', "the price 8123, the receipt says 9"),
        ('"revenue": 25123', "the proof does not lead from track"),
        ('"line": 2', "line 9 of plays.csv of period 1"),
    ],
)
def test_a_changed_receipt_is_refused(
    house: House,
    story: Story,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    part: str,
    sentence: str,
) -> None:
    play = story.plays[0]
    play.refresh_from_db()
    text = json.dumps(receipt_document(play, own=True))
    assert part in text
    receipt = tmp_path / "RECEIPT.json"
    receipt.write_text(text.replace(part, part.partition(":")[0] + ": 9"))
    assert main([*map(str, house.bundles()), "--play", str(receipt)]) == 1
    told = said(capsys)
    assert "FAILED receipt" in told
    if "line" not in part:
        assert sentence in told


def test_json_lists_every_check(
    house: House, story: Story, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(house.bundles()[1]), "--json"]) == 0
    told = json.loads(said(capsys))
    assert told["ok"] is True
    assert {"name", "ok", "detail"} == set(told["checks"][0])


def test_nothing_to_check_is_bad_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "none.zip")]) == 2
    assert "can't be read" in capsys.readouterr().err
    text = tmp_path / "text.zip"
    text.write_text("hello")
    assert main([str(text)]) == 2
    assert "is not a bundle" in capsys.readouterr().err


def test_arguments_that_make_no_sense_are_told_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for arguments in ([], ["--bogus"], [str(tmp_path / "x.zip"), "--bogus"]):
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        assert ended.value.code == 2
        assert capsys.readouterr().err.count("\n") == 1


def test_an_empty_address_is_no_address_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "period-2.zip"
    verify_world.write(path, verify_world.Size(9, 2, 4, 3), 1)
    assert main([str(path), "--payee", ""]) == 1
    assert main([str(path), "--rpc", ""]) == 2
    assert "can't be read" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("format", True),
        ("period", -1),
        ("chain_id", 1.5),
        ("chain_id", 10**30),
        ("longest_window_seconds", 10**30),
    ],
)
def test_a_number_of_the_manifest_has_one_form(
    name: str, value: object, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    facts, members = verify_world.made(verify_world.Size(9, 2, 4, 3), 1)
    path = tmp_path / "period-2.zip"
    path.write_bytes(archive.pack({**facts, name: value}, members)[0])
    assert main([str(path)]) == 1
    assert "FAILED bundle period-2.zip" in said(capsys)


def test_a_slot_beyond_64_bits_is_malformed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    facts, members = verify_world.made(verify_world.Size(9, 2, 4, 3), 1)
    terms = json.loads(members["terms.json"])
    terms[0]["slot"] = 10**30
    path = tmp_path / "period-2.zip"
    path.write_bytes(archive.pack(facts, {**members, "terms.json": archive.to_json(terms)})[0])
    assert main([str(path)]) == 1
    assert "slot is 1000000000000" in said(capsys)


@pytest.mark.parametrize(
    "part", [{"line": 1e400}, {"leaf": {"slot": 0, "track": "00", "revenue": 10**400}}]
)
def test_a_receipt_with_numbers_beyond_all_bounds_is_malformed(
    part: dict[str, object], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, receipt = tmp_path / "period-2.zip", tmp_path / "receipt.json"
    verify_world.write(path, verify_world.Size(9, 2, 4, 3), 1)
    leaf = {"slot": 0, "track": "00" * 32, "revenue": 1}
    digest = archive.unpack(path.read_bytes()).hash.hex()
    whole = {"bundle_sha256": digest, "play": {"play": "x"}, "line": 2, "leaf": leaf, "proof": []}
    receipt.write_text(json.dumps({**whole, **part}))
    assert main([str(path), "--play", str(receipt)]) == 1
    assert "FAILED receipt: the receipt is malformed" in said(capsys)


def test_a_receipt_without_end_is_bad_input(tmp_path: Path) -> None:
    path = tmp_path / "receipt.json"
    path.write_text("[" * 100_000)
    with pytest.raises(InputError, match="is not a receipt"):
        receipts.load(path)


def test_an_unreachable_chain_is_bad_input(
    house: House, story: Story, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(house.bundles()[0]), "--rpc", "http://127.0.0.1:9"]) == 2
    assert "can't be read" in capsys.readouterr().err
