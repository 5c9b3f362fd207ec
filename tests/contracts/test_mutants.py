"""The mutants are what they claim to be, and the list of survivors names mutants there are."""

import re
from pathlib import Path

from tests.contracts.mutants import JUSTIFIED, SOURCES, every_mutant

MUTANTS = list(every_mutant())


def test_every_mutant_has_a_name_of_its_own_and_differs_from_the_source() -> None:
    names = [mutant.name for mutant in MUTANTS]
    assert len(set(names)) == len(names) > 200
    for mutant in MUTANTS:
        assert mutant.text != (SOURCES / mutant.file).read_text()


def test_every_assert_comparison_and_settlement_is_broken_once() -> None:
    text = "".join(path.read_text() for path in SOURCES.glob("*.vy") if path.stem != "TestToken")
    changes = [mutant.change for mutant in MUTANTS]
    assert changes.count("unasserted") == len(re.findall(r"^\s+assert ", text, re.MULTILINE))
    assert changes.count("unsettled") == len(re.findall(r"[.]_settled\(", text))


def test_the_listed_survivors_are_mutants() -> None:
    listed = re.findall(r"`(\w+\.vy:\d+ [^`]+)`", Path(JUSTIFIED).read_text())
    assert listed
    assert set(listed) <= {mutant.name for mutant in MUTANTS}
