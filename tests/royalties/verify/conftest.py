"""Bundles of two settled periods, and the means to change them as a forger would."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.royalties.house import House
    from tests.royalties.stories import Story

Forge = Callable[[Path, str, str, str], Path]


@pytest.fixture
def story(house: "House") -> "Story":
    """Two periods: in the second the fan plays the song once more."""
    from tests.royalties.stories import one_more, two_tracks

    told = two_tracks(house)
    house.settle()
    told.plays.append(one_more(house, told))
    house.settle()
    return told


@pytest.fixture
def forge() -> Forge:
    """Replace text in one member of a bundle, and make all hashes right again."""
    from royalties.verify import archive

    def change(path: Path, member: str, old: str, new: str) -> Path:
        opened = archive.unpack(path.read_bytes())
        members = {name: bytes(data).decode() for name, data in opened.members.items()}
        facts = {name: value for name, value in opened.manifest.items() if name != "members"}
        if member == archive.MANIFEST:
            assert str(facts[old]) != new
            facts[old] = type(facts[old])(new)
        else:
            assert old in members[member], members[member]
            members[member] = members[member].replace(old, new, 1)
        encoded = {name: text.encode() for name, text in members.items()}
        forged = path.with_name(f"forged-{path.name}")
        forged.write_bytes(archive.pack(facts, encoded)[0])
        return forged

    return change


def replacing(stopped: Path, path: Path, why: str = "a play was missing") -> Path:
    """The bundle at `path`, saying that it takes the place of the `stopped` one."""
    from royalties.verify import archive

    opened = archive.unpack(path.read_bytes())
    members = {name: bytes(data) for name, data in opened.members.items()}
    facts = {name: value for name, value in opened.manifest.items() if name != "members"}
    facts |= {"replaces": archive.unpack(stopped.read_bytes()).hash.hex(), "correction": why}
    made = path.with_name(f"corrected-{path.name}")
    made.write_bytes(archive.pack(facts, members)[0])
    return made
