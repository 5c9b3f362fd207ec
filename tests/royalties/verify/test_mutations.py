"""Changes of every column of a bundle, some of each: found, or told elsewhere and harmless here."""

from itertools import groupby
from random import Random
from typing import Any

import pytest

from royalties.verify import archive
from tests.benchmarks import verify_world
from tests.royalties.verify.mutations import Mutant, mutants

World = tuple[dict[str, Any], dict[str, bytes]]
EACH = 2  # of a column


@pytest.fixture(scope="module")
def world() -> World:
    return verify_world.made(verify_world.Size(9, 2, 4, 3), 1)


def some(world: World, member: str) -> list[Mutant]:
    """The same in each run."""
    found = sorted(mutants(*world, member), key=lambda one: one.column)
    columns = [list(mine) for _, mine in groupby(found, key=lambda one: one.column)]
    drawn = Random(member)
    return [one for mine in columns for one in drawn.sample(mine, min(EACH, len(mine)))]


@pytest.mark.parametrize("member", [*archive.MEMBERS, archive.MANIFEST])
def test_a_change_that_was_hashed_again_is_found(world: World, member: str) -> None:
    manifest = archive.unpack(archive.pack(*world)[0]).manifest
    traces = {name: listed["traces"] for name, listed in manifest["members"].items()}
    for one in some(world, member):
        told = f"{one.column}: {one.what}"
        found = one.failures()
        assert found or one.seen_elsewhere, told
        if not found and member != archive.MANIFEST:  # then its line is, unless traced again too
            assert "was changed in line" in one.failures_hashed_alone(traces)[0], told
