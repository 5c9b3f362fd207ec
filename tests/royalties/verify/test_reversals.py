"""Periods with reversed plays: an outsider recomputes them, and finds what was forged."""

from collections.abc import Callable
from pathlib import Path

import pytest

from royalties.models import Pseudonym
from royalties.verify.__main__ import main
from royalties.verify.archive import unpack
from tests.royalties.builders import a_listener, a_play, hold, release
from tests.royalties.house import House
from tests.royalties.stories import Story, one_more, two_tracks

Forge = Callable[[Path, str, str, str], Path]


@pytest.fixture
def story(house: House) -> Story:
    """Three periods: a play held before the cut-off; one held after it; both released.

    In the first also a later play of the one held.
    """
    told = two_tracks(house)
    house.accrue()
    bad = a_play(told.song, a_listener("bot"), house.at, 500_000)
    house.pass_time(10)
    house.accrue()
    one_more(house, told)
    house.accrue()
    hold([bad], "bot", house.at)
    house.settle()
    hold([told.plays[2]], "bot", house.at)
    one_more(house, told)
    house.settle()
    told.plays.append(bad)
    release(bad, house.at)
    house.pass_time(5)
    release(told.plays[2], house.at)
    house.settle()
    return told


def test_periods_with_reversals_are_recomputed(
    house: House, story: Story, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(path) for path in house.bundles()]) == 0
    told = capsys.readouterr().out
    assert "ok     period 1: reversals: 1 lines, 0 micros to be earned again" in told
    assert "ok     period 2: reversals: 1 lines, 3332 micros to be earned again" in told
    assert "ok     period 3: reversals: 2 lines, 0 micros to be earned again" in told


def test_each_period_is_also_recomputed_alone(house: House, story: Story) -> None:
    assert [main([str(path)]) for path in house.bundles()] == [0, 0, 0]


def test_a_period_without_reversals_has_the_files_it_always_had(house: House) -> None:
    two_tracks(house)
    house.settle()
    opened = unpack(house.bundles()[0].read_bytes())
    assert opened.manifest["format"] == 1
    assert len(opened.members) == 7


def line_of(path: Path, member: str, number: int = 1) -> str:
    return bytes(unpack(path.read_bytes()).members[member]).decode().split("\n")[number]


def changed(line: str, column: int, value: object) -> str:
    cells = line.split(",")
    cells[column] = str(value)
    return ",".join(cells)


# (period, column of its first line, what is written there, what is said of it)
FORGED_ALONE: list[tuple[int, int, object, str]] = [
    (1, 2, "released", "is released, which it was before"),
    (1, 5, 499_999, "cost 500000 micros, and 499999 are held"),
    (1, 7, 1, "counts in window 3 of period 1, not 1 of 1"),
    (1, 8, 7, "units to move, not 7"),
    (1, 9, 7, "units, not 7"),
    (1, 0, 99, "in window 99, which this period has not"),
    (2, 2, "released", "track 0 has 0 micros to earn again, not 3332"),
    (2, 5, 9_998, "track 0 has 3331 micros to earn again, not 3332"),
    (2, 6, 2, "was not counted in this period"),
    (3, 5, 1, "track 0: its plays add up to"),
]
NOBODYS = "0b8f3a0e-0000-4000-8000-000000000000"
FORGED_IN_A_CHAIN: list[tuple[int, str, int, object, str]] = [
    (2, "reversals.csv", 3, NOBODYS, f"play {NOBODYS} is reversed and was never counted"),
    (2, "reversals.csv", 7, 1, "counts in window 2 of period 1, not 1 of 1"),
    (3, "reversals.csv", 8, 1, "units to move, not 1"),
    (2, "receivables.csv", 1, 1, "track 0 opens with 1 micros to earn again"),
]


def test_a_forged_reversal_is_named(
    house: House, story: Story, forge: Forge, capsys: pytest.CaptureFixture[str]
) -> None:
    for period, column, value, sentence in FORGED_ALONE:
        path = house.bundles()[period - 1]
        line = line_of(path, "reversals.csv")
        assert main([str(forge(path, "reversals.csv", line, changed(line, column, value)))]) == 1
        assert sentence in capsys.readouterr().out


def test_a_reversal_that_does_not_follow_from_earlier_periods_is_named(
    house: House, story: Story, forge: Forge, capsys: pytest.CaptureFixture[str]
) -> None:
    for period, member, column, value, sentence in FORGED_IN_A_CHAIN:
        paths = house.bundles()
        line = line_of(paths[period - 1], member)
        paths[period - 1] = forge(paths[period - 1], member, line, changed(line, column, value))
        assert main([str(path) for path in paths[:period]]) == 1
        assert sentence in capsys.readouterr().out


def test_units_of_reversed_plays_go_back_to_nobody_but_the_issuer(
    house: House, forge: Forge, capsys: pytest.CaptureFixture[str]
) -> None:
    told = two_tracks(house)
    house.settle()
    hold(told.plays[:1], "bot", house.at)
    house.settle()  # in which nobody earns any
    path = house.bundles()[1]
    assert main([str(path)]) == 0
    fan = Pseudonym.objects.get(period=2, party=told.listener, terms=told.song).name
    line = line_of(path, "units.csv")
    for name in (fan, "1234567890abcdef"):
        assert main([str(forge(path, "units.csv", line, changed(line, 3, name)))]) == 1
        assert f"units come from {name} or go back there" in capsys.readouterr().out


def test_a_tampered_byte_of_a_reversal_says_whose_it_is(
    house: House, story: Story, capsys: pytest.CaptureFixture[str]
) -> None:
    path = house.bundles()[1]
    play = story.plays[2]
    path.write_bytes(path.read_bytes().replace(f"{play.reference},".encode(), b"x" * 37))
    assert main([str(path)]) == 1
    assert "reversals.csv was changed in line 2 (" in capsys.readouterr().out
