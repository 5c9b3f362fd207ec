"""A forger who makes every hash right again is still found, and the sentence names what breaks."""

from pathlib import Path

import pytest

from royalties.models import Entitlement, Pseudonym
from royalties.verify.__main__ import main
from royalties.verify.archive import BundleError, unpack
from tests.royalties.house import House
from tests.royalties.stories import Story
from tests.royalties.verify.conftest import Forge, replacing


def told(paths: list[Path], capsys: pytest.CaptureFixture[str]) -> str:
    """What verify says of bundles in which something is wrong."""
    assert main([*map(str, paths)]) == 1
    return capsys.readouterr().out


def test_any_changed_byte_is_refused(house: House, story: Story) -> None:
    data = house.bundles()[0].read_bytes()
    for place in range(0, len(data), 7):
        changed = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
        with pytest.raises(BundleError):
            unpack(changed)


def test_the_sentence_says_which_part_was_changed(
    house: House, story: Story, capsys: pytest.CaptureFixture[str]
) -> None:
    path = house.bundles()[0]
    data = path.read_bytes()
    for part, named in [(b",8123,", "plays.csv"), (b'"period": 1', "manifest.json")]:
        place = data.index(part) + len(part) - 2
        path.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        assert named in told([path], capsys)


def test_a_changed_byte_names_its_play_track_or_payee(
    house: House, story: Story, capsys: pytest.CaptureFixture[str]
) -> None:
    path = house.bundles()[0]
    data, play = path.read_bytes(), story.plays[0]
    writer = story.writer.address
    for member, part, named in [
        ("plays.csv", b",8123,", f"play {play.reference}, window 1, slot {story.song.slot}"),
        ("entitlements.csv", f",{writer},".encode(), f"slot {story.song.slot}, role payee, key"),
        ("leaves.csv", b",25123,25123", f"slot {story.song.slot}, track "),
        ("terms.json", b'"bps": 4500', f"(track {story.song.slot})"),
    ]:
        place = data.index(part) + len(part) - 3
        path.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        said = told([path], capsys)
        assert f"{member} was changed in line" in said
        assert named in said


def test_a_play_that_was_left_out(
    house: House, story: Story, forge: Forge, capsys: pytest.CaptureFixture[str]
) -> None:
    path = house.bundles()[0]
    line = next(
        row
        for row in bytes(unpack(path.read_bytes()).members["plays.csv"]).decode().split("\n")
        if "8123" in row
    )
    forged = forge(path, "plays.csv", line + "\n", "")
    assert f"track {story.song.slot}: its plays add up to 17000 micros" in told([forged], capsys)


def test_a_price_that_was_changed_with_its_leaf(
    house: House, story: Story, forge: Forge, capsys: pytest.CaptureFixture[str]
) -> None:
    forged = forge(house.bundles()[0], "plays.csv", ",8123,", ",8124,")
    forged = forge(forged, "leaves.csv", ",25123,25123", ",25124,25124")
    said = told([forged], capsys)
    assert "the leaves make the root" in said
    assert "the leaves add up to 30555 micros, not 30554" in said


def test_units_that_were_not_earned(
    house: House, story: Story, forge: Forge, capsys: pytest.CaptureFixture[str]
) -> None:
    play = story.plays[0]
    play.refresh_from_db()
    assert play.units is not None
    forged = forge(house.bundles()[0], "plays.csv", f",1,{play.units}", f",1,{play.units + 1}")
    assert f"play {play.reference} earns {play.units} units by the terms" in told([forged], capsys)


def test_units_given_to_another(
    house: House, story: Story, forge: Forge, capsys: pytest.CaptureFixture[str]
) -> None:
    fan = Pseudonym.objects.get(period=1, party=story.fan).name
    forged = forge(house.bundles()[0], "units.csv", f",{fan},", ",1234567890abcdef,")
    assert f"{fan} earned" in told([forged], capsys)


@pytest.mark.parametrize("role", ["payee", "holder"])
def test_a_micro_moved_between_entitlements(
    house: House, story: Story, forge: Forge, capsys: pytest.CaptureFixture[str], role: str
) -> None:
    owed = Entitlement.objects.filter(period=1, terms=story.song, role=role).first()
    assert owed is not None
    key = owed.party.address
    if role == "holder":
        key = Pseudonym.objects.get(period=1, terms=story.song, party=owed.party).name
    before, after = (f",{key},{owed.amount_micros + more}," for more in (0, 1))
    forged = forge(house.bundles()[0], "entitlements.csv", before, after)
    assert f"{role} {key} is owed {owed.amount_micros} micros" in told([forged], capsys)


def test_terms_that_were_changed(
    house: House, story: Story, forge: Forge, capsys: pytest.CaptureFixture[str]
) -> None:
    forged = forge(house.bundles()[0], "terms.json", '"bps": 4500', '"bps": 4501')
    assert f"track {story.song.slot}: its terms hash to" in told([forged], capsys)


@pytest.mark.parametrize(
    ("member", "old", "new", "sentence"),
    [
        ("manifest.json", "root", "00" * 32, "the leaves make the root"),
        ("manifest.json", "total", "5", "micros, not 5"),
        ("manifest.json", "cutoff_at", "2026-03-02T12:00:05.000000Z", "not within its period"),
        ("plays.csv", "2026-03-02T12:00:00Z", "2026-03-02T12:59:00Z", "out of order"),
        ("leaves.csv", "slot,", "slut,", "does not start with the columns"),
        ("plays.csv", ",8123,", ",8x23,", "plays.csv line 2 is malformed"),
        ("manifest.json", "leaves", "9", "the manifest counts 9 leaves"),
        ("manifest.json", "cutoff_at", "at noon", "malformed: Invalid isoformat"),
        ("terms.json", '"track": "', '"track": "00', "in leaves.csv"),
        ("terms.json", '"issuer": "0x', '"issuer": "0xg', "is not an address"),
        ("terms.json", '"salt": "', '"salt": "00', "or the salt of its terms is malformed"),
        ("leaves.csv", "gained\n0,", f"gained\n0,{'00' * 32},1,1\n0,", "names a track twice"),
    ],
)
def test_other_changes(
    house: House,
    story: Story,
    forge: Forge,
    capsys: pytest.CaptureFixture[str],
    member: str,
    old: str,
    new: str,
    sentence: str,
) -> None:
    assert sentence in told([forge(house.bundles()[0], member, old, new)], capsys)


@pytest.mark.parametrize(
    ("member", "old", "new", "sentence"),
    [
        ("manifest.json", "previous", "00" * 32, "names another bundle before it"),
        ("manifest.json", "opens_at", "2026-03-02T12:00:01.000000Z", "the one before ended at"),
        ("manifest.json", "period", "3", "it comes after period 1"),
    ],
)
def test_a_second_period_that_does_not_follow(
    house: House,
    story: Story,
    forge: Forge,
    capsys: pytest.CaptureFixture[str],
    member: str,
    old: str,
    new: str,
    sentence: str,
) -> None:
    first, second = house.bundles()
    assert sentence in told([first, forge(second, member, old, new)], capsys)


def test_holdings_that_changed_between_periods(
    house: House, story: Story, forge: Forge, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = house.bundles()
    fan = Pseudonym.objects.get(period=2, party=story.fan)
    lines = bytes(unpack(second.read_bytes()).members["opening.csv"]).decode().split("\n")
    line = next(line for line in lines if fan.name in line)
    cells = line.split(",")
    changed = ",".join([*cells[:-1], str(int(cells[-1]) + 1)])
    forged = forge(second, "opening.csv", line, changed)
    assert f"track {story.song.slot} opens with other holdings" in told([first, forged], capsys)


def test_a_bundle_does_not_hide_one_of_another_period(
    house: House, story: Story, forge: Forge, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a period says it opens with can't be kept from being compared."""
    first, second = house.bundles()
    broken = forge(second, "manifest.json", "opens_at", "2026-03-02T12:00:01.000000Z")
    text = told([first, replacing(first, broken)], capsys)
    assert "it replaces the bundle of period 1" in text
    assert "the one before ended at" in text


def test_a_replaced_bundle_pays_nobody_a_second_time(
    house: House, story: Story, capsys: pytest.CaptureFixture[str]
) -> None:
    first, _ = house.bundles()
    key = Pseudonym.objects.filter(period=1, party=story.fan).values_list("name", flat=True)[0]
    main([str(first), "--payee", key])
    once = capsys.readouterr().out.splitlines()[-1]
    assert main([str(first), str(replacing(first, first)), "--payee", key]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == once


def test_a_correction_cannot_write_lines_of_its_own(
    house: House, story: Story, capsys: pytest.CaptureFixture[str]
) -> None:
    first, _ = house.bundles()
    assert main([str(replacing(first, first, "late\nok     period 9: follows\x1b[2J"))]) == 0
    said = capsys.readouterr().out
    assert "\nok     period 9" not in said
    assert "\x1b" not in said
