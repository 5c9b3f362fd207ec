"""Drawn periods, in which units run out and listeners reach their cap: what the rules give holds,
and anything else by one is found."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from royalties.verify import amounts, archive, bundle, revenue
from royalties.verify.checks import Check
from royalties.verify.holders import replay
from tests.benchmarks import verify_world

SIZES = st.builds(
    verify_world.Size,
    plays=st.integers(1, 120),
    tracks=st.integers(1, 4),
    listeners=st.integers(1, 12),
    windows=st.integers(1, 6),
    reserved=st.sampled_from([6_500, 7_000, 600_000]),  # fans have 6,000 of them before
    micros_per_unit=st.sampled_from([5, 100]),
    listener_cap=st.sampled_from([0, 600, 2_000, 50_000]),
)


def checked(facts: dict[str, object], members: dict[str, bytes]) -> list[Check]:
    data, _ = archive.pack(facts, members)
    opened = bundle.parse("drawn", archive.unpack(data))
    return [*revenue.check(opened), *amounts.check(opened, replay(opened))]


@given(size=SIZES, seed=st.integers(0, 1000))
def test_what_the_rules_give_holds(size: verify_world.Size, seed: int) -> None:
    assert [check for check in checked(*verify_world.made(size, seed)) if not check.ok] == []


@pytest.mark.parametrize(
    ("member", "column"),
    [
        ("plays.csv", "price"),
        ("plays.csv", "units"),
        ("units.csv", "units"),
        ("opening.csv", "units"),
        ("opening.csv", "carried"),
        ("leaves.csv", "revenue"),
        ("leaves.csv", "gained"),
        ("entitlements.csv", "amount"),
        ("entitlements.csv", "carried"),
    ],
)
@given(size=SIZES, seed=st.integers(0, 1000), data=st.data())
def test_one_more_anywhere_is_found(
    member: str, column: str, size: verify_world.Size, seed: int, data: st.DataObject
) -> None:
    facts, members = verify_world.made(size, seed)
    lines = members[member].decode().split("\n")
    if len(lines) == 2:  # nothing of that kind
        return
    number = data.draw(st.integers(1, len(lines) - 2))
    cells, place = lines[number].split(","), lines[0].split(",").index(column)
    cells[place] = str(int(cells[place]) + 1)
    lines[number] = ",".join(cells)
    members[member] = "\n".join(lines).encode()
    try:
        found = checked(facts, members)
    except archive.BundleError:
        return  # a number that is out of its range
    assert not all(check.ok for check in found)


Change = Callable[[list[str]], None]


def doubled(lines: list[str]) -> None:
    lines.insert(1, lines[1])


def swapped(lines: list[str]) -> None:
    lines[1], lines[-2] = lines[-2], lines[1]


@pytest.mark.parametrize(
    ("member", "change", "said"),
    [
        ("plays.csv", doubled, "is there twice"),
        ("plays.csv", swapped, "is out of order"),
        ("opening.csv", doubled, "opens twice"),
        ("units.csv", doubled, "and was given"),
        ("entitlements.csv", doubled, "is there twice"),
    ],
)
def test_lines_out_of_place_are_found(member: str, change: Change, said: str) -> None:
    facts, members = verify_world.made(verify_world.Size(60, 3, 8, 5), 1)
    lines = members[member].decode().split("\n")
    change(lines)
    members[member] = "\n".join(lines).encode()
    assert any(said in check.detail for check in checked(facts, members) if not check.ok)


def test_units_come_from_one_holder_alone() -> None:
    facts, members = verify_world.made(verify_world.Size(60, 1, 8, 5), 1)
    opening = [line.split(",") for line in members["opening.csv"].decode().split("\n")[1:-1]]
    fan = next(cells[2] for cells in opening if cells[4] == "500")
    lines = members["units.csv"].decode().split("\n")
    window, slot, _, taker, units = lines[-2].split(",")
    lines[-2] = ",".join([window, slot, fan, taker, units])
    members["units.csv"] = "\n".join(lines).encode()
    found = [check.detail for check in checked(facts, members) if not check.ok]
    assert any(f"units come from {fan}" in detail for detail in found)


def test_a_name_stands_for_holders_of_one_track() -> None:
    facts, members = verify_world.made(verify_world.Size(60, 2, 8, 5), 1)
    opening = members["opening.csv"].decode()
    names = {line.split(",")[0]: line.split(",")[2] for line in opening.split("\n")[1:-1]}
    for member in ("opening.csv", "plays.csv", "units.csv", "entitlements.csv"):
        members[member] = members[member].replace(names["1"].encode(), names["0"].encode())
    found = [check.detail for check in checked(facts, members) if not check.ok]
    assert f"{names['0']} stands for holders of more than one track" in found


def test_a_large_number_is_refused_before_it_is_summed(tmp_path: Path) -> None:
    facts, members = verify_world.made(verify_world.Size(60, 1, 8, 5), 1)
    line = members["plays.csv"].decode().split("\n")[1]
    cells = line.split(",")
    cells[4] = "9" * 15
    members["plays.csv"] = members["plays.csv"].replace(line.encode(), ",".join(cells).encode())
    with pytest.raises(archive.BundleError, match=r"plays.csv line 2: price is greater than"):
        checked(facts, members)
