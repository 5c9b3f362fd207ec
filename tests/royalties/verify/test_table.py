"""Files read as columns are the lines one by one, and a malformed line is named."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from royalties.verify import table
from royalties.verify.archive import BundleError
from royalties.verify.records import DIGITS, Entitlement, Line, Move, Name, Opening, Play, write

NUMBERS = st.integers(0, 10**DIGITS - 1)
NAMES = st.integers(0, 2**64 - 1).map(lambda number: Name(f"{number:016x}"))
TEXTS = st.text(
    st.characters(min_codepoint=32, max_codepoint=126, blacklist_characters=","), min_size=1
)
GOOD = "1,2,00112233aabbccdd,0123456789abcdef,50"


def lines_of(kind: type[Line]) -> st.SearchStrategy[list[Any]]:
    cells = {int: NUMBERS, str: TEXTS, Name: NAMES}
    made = [cells[kind.__dataclass_fields__[name].type] for name in kind.columns()]  # type: ignore[index]
    return st.lists(st.builds(kind, *made), max_size=30)


@pytest.mark.parametrize("kind", [Play, Move, Opening, Entitlement])
@given(data=st.data())
def test_columns_hold_what_was_written(kind: type[Line], data: st.DataObject) -> None:
    lines = data.draw(lines_of(kind))
    read = table.read(kind, memoryview(write(kind, lines)))
    assert len(read) == len(lines)
    assert list(read) == lines


def test_blocks_make_one_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "BLOCK_BYTES", 100)
    lines = [Move(i, i % 7, Name(f"{i:016x}"), Name(f"{i + 1:016x}"), 10**i) for i in range(18)]
    assert list(table.read(Move, memoryview(write(Move, lines)))) == lines


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (GOOD.replace(",50", ",05"), "units is '05', not a whole number"),
        (GOOD.replace(",50", ",+5"), "units is '+5', not a whole number"),
        (GOOD.replace(",50", ",-5"), "units is '-5', not a whole number"),
        (GOOD.replace(",50", ","), "units is '', not a whole number"),
        (GOOD.replace(",50", ",1_0"), "not a whole number"),
        (GOOD.replace(",50", "," + "9" * (DIGITS + 1)), "not a whole number"),
        (GOOD.replace("aabb", "AABB"), "giver is '00112233AABBccdd', not a pseudonym"),
        (GOOD.replace("0123456789abcdef", "0123456789abcde"), "not a pseudonym"),
        (GOOD.replace("0123456789abcdef", "0123456789abcdeg"), "not a pseudonym"),
        (GOOD + ",1", "longer"),
        (GOOD[:-3], "shorter"),
        ("", "window is '', not a whole number"),
    ],
)
def test_a_malformed_line_is_named(bad: str, said: str) -> None:
    data = "\n".join([",".join(Move.columns()), GOOD, GOOD, bad, GOOD, ""]).encode()
    with pytest.raises(BundleError, match=r"units.csv line 4 is malformed") as raised:
        table.read(Move, memoryview(data))
    assert said in str(raised.value)


@pytest.mark.parametrize("bad", ["payee\0", "pay\x7fee", "pay\xe9e", "pay\ree"])
def test_text_is_printable(bad: str) -> None:
    data = f"slot,role,key,amount,carried\n1,{bad},k,2,3\n".encode("latin-1")
    with pytest.raises(BundleError, match=r"entitlements.csv line 2 is malformed"):
        table.read(Entitlement, memoryview(data))


def test_a_file_ends_with_a_whole_line() -> None:
    data = ",".join(Move.columns()) + "\n" + GOOD
    with pytest.raises(BundleError, match=r"units.csv does not end with a line"):
        table.read(Move, memoryview(data.encode()))
