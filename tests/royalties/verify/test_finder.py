"""One changed line of a file is found by its traces; more are said to be more."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from royalties.verify.finder import changed, traces

LINE = st.text(string.ascii_lowercase + string.digits + ",", min_size=1, max_size=30)


@given(lines=st.lists(LINE, min_size=1, max_size=70), data=st.data())
def test_one_changed_byte_names_its_line(lines: list[str], data: st.DataObject) -> None:
    content = "".join(f"{line}\n" for line in lines).encode()
    place = data.draw(st.sampled_from([i for i, byte in enumerate(content) if byte != ord("\n")]))
    other = data.draw(st.sampled_from(b"-ABZ"))
    forged = content[:place] + bytes([other]) + content[place + 1 :]
    number = content[:place].count(b"\n") + 1
    assert changed(forged, traces(content)).startswith(f" in line {number}")


def test_the_line_is_told_by_its_columns() -> None:
    content = b"play,slot\n7f,3\n80,4\n"
    assert (
        changed(content.replace(b"80,4", b"80,5"), traces(content))
        == " in line 3 (play 80, slot 5)"
    )


def test_a_line_of_terms_is_told_by_its_track() -> None:
    content = b'[\n {\n  "slot": 3,\n  "bps": 500\n },\n {\n  "slot": 4,\n  "bps": 700\n }\n]\n'
    assert changed(content.replace(b"700", b"701"), traces(content)) == " in line 8 (track 4)"


@pytest.mark.parametrize("forged", [b"a\nx\ny\n", b"a\nb\nc\nd\ne\n"])
def test_more_than_one_line_is_not_named(forged: bytes) -> None:
    assert changed(forged, traces(b"a\nb\nc\n")) == " in more than one line"


@pytest.mark.parametrize("forged", [b"p,q\n1,2\n3\n4\n5,6\n", b"p,q\n1,2\n3,4.5,6\n"])
def test_a_line_break_that_moved_is_named_by_the_line_it_breaks(forged: bytes) -> None:
    assert changed(forged, traces(b"p,q\n1,2\n3,4\n5,6\n")).startswith(" in line 3 (p 3")


@pytest.mark.parametrize("expected", [None, [], ["zz"] * 4, [1, 2, 3, 4]])
def test_a_manifest_without_right_traces_names_no_line(expected: object) -> None:
    assert changed(b"a\nb\nc\n", expected) == " in more than one line"
