"""Forfeits in bundles: recomputed, and forged in one place at a time."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from pytest_django import Settings

from royalties.verify.__main__ import main
from tests.royalties.builders import a_party, a_play, a_track
from tests.royalties.house import House
from tests.royalties.stories import one_more
from tests.royalties.test_forfeits import apart, forfeited
from tests.royalties.verify.test_reversals import changed, line_of

Forge = Callable[[Path, str, str, str], Path]


@pytest.fixture
def paths(house: House, settings: Settings) -> list[Path]:
    """In the second of three periods a settled play is forfeited, and given as it is earned."""
    settings.HOLD_ANSWER_WITHIN = timedelta(seconds=10)
    story = apart(house)
    house.settle()
    forfeited(house, [story.plays[2]])
    another = a_track(a_party("one more"))
    for _ in range(2):
        a_play(another, story.listener, house.at, 1_000)
        one_more(house, story)
        house.settle()
    return house.bundles()


# (period, file, column of its first line, what is written there, what is said of it)
FORGED: list[tuple[int, str, int, object, str]] = [
    (2, "forfeited.csv", 2, 9_998, "track 0: 9998 micros are forfeited, not 9999"),
    (2, "forfeited.csv", 1, 1, "track 0: 0 micros are forfeited, not 9999"),
    (2, "forfeits.csv", 2, 9_998, "track 0: 9999 micros are forfeited, not 9998"),
    (2, "forfeits.csv", 3, 6_666, "track 0 may give 6667 forfeited micros, not 6666"),
    (2, "forfeits.csv", 4, 3_333, "what was forfeited and not given is not 3333 micros"),
    (2, "forfeits.csv", 0, 9, "track 9 forfeits and has no terms, so whom it pays is not known"),
    (2, "redistributed.csv", 2, 6_666, "is due 6667 micros of what was forfeited, not 6666"),
    (2, "redistributed.csv", 1, 0, "track 0 is due 0 micros of what was forfeited, not 6667"),
    (2, "redistributed.csv", 0, 1, "is given money in window 1, which is not the last"),
]
FORGED_IN_A_CHAIN: list[tuple[int, str, int, object, str]] = [
    (
        3,
        "forfeits.csv",
        1,
        3_331,
        "opens with 3331 forfeited micros, the one before left it with 3332",
    ),
    (2, "forfeited.csv", 2, 9_998, "cost 9999 micros, and 9998 are forfeited"),
]


def test_periods_with_forfeits_are_recomputed(
    paths: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(path) for path in paths]) == 0
    told = capsys.readouterr().out
    assert "ok     period 2: forfeits: 1 plays, 6667 micros to 1 tracks" in told
    assert "ok     period 3: forfeits: 0 plays, 3332 micros to 1 tracks" in told
    assert [main([str(path)]) for path in paths] == [0, 0, 0]


def test_a_forged_forfeit_is_named(
    paths: list[Path], forge: Forge, capsys: pytest.CaptureFixture[str]
) -> None:
    for period, member, column, value, sentence in FORGED:
        path = paths[period - 1]
        line = line_of(path, member)
        assert main([str(forge(path, member, line, changed(line, column, value)))]) == 1
        assert sentence in capsys.readouterr().out


def test_a_forfeit_that_does_not_follow_from_earlier_periods_is_named(
    paths: list[Path], forge: Forge, capsys: pytest.CaptureFixture[str]
) -> None:
    for period, member, column, value, sentence in FORGED_IN_A_CHAIN:
        chain = list(paths)
        line = line_of(chain[period - 1], member)
        chain[period - 1] = forge(chain[period - 1], member, line, changed(line, column, value))
        assert main([str(path) for path in chain[:period]]) == 1
        assert sentence in capsys.readouterr().out


def test_a_play_that_was_not_held_can_not_be_forfeited(
    paths: list[Path], forge: Forge, capsys: pytest.CaptureFixture[str]
) -> None:
    held = line_of(paths[1], "forfeited.csv").split(",")[0]
    standing = line_of(paths[0], "plays.csv").split(",")[0]
    chain = [paths[0], forge(paths[1], "forfeited.csv", held, standing)]
    assert main([str(path) for path in chain]) == 1
    assert f"play {standing} is forfeited and was not held" in capsys.readouterr().out
