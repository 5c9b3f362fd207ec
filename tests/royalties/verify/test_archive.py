"""A bundle is the same file, whether its members lie in memory or on the disk."""

from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from royalties.verify import archive
from royalties.verify.finder import Tracer, traces

FACTS = {"format": 1, "period": 1}


@pytest.mark.parametrize("block", [1, 7, 1 << 20])
def test_members_on_disk_make_the_same_bytes(
    block: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    members = {name: f"{name}\n1,2\n\n3,4\n".encode() for name in archive.MEMBERS}
    members["units.csv"] = b""
    data, digest = archive.pack(FACTS, members)
    monkeypatch.setattr(archive, "_BLOCK_BYTES", block)
    for name, content in members.items():
        (tmp_path / name).write_bytes(content)
    file = BytesIO()
    assert archive.pack_into(file, FACTS, {name: tmp_path / name for name in members}) == digest
    assert file.getvalue() == data
    assert archive.unpack(data).hash == digest


@given(st.lists(st.sampled_from([b"", b"a", b"\n", b"b,1\n", b"\n\n", b"longer,line"])))
def test_traces_do_not_depend_on_where_a_file_is_cut(pieces: list[bytes]) -> None:
    tracer = Tracer()
    for piece in pieces:
        tracer.add(piece)
    assert tracer.traces() == traces(b"".join(pieces))


def test_a_hash_that_was_changed_in_the_manifest_is_told_as_such() -> None:
    members = {name: f"{name}\n1,2\n".encode() for name in archive.MEMBERS}
    data, _ = archive.pack(FACTS, members)
    digest = archive.listed(members["plays.csv"])["sha256"]
    other = "0" * 64
    with pytest.raises(archive.BundleError, match=r"^manifest.json was changed: plays.csv has"):
        archive.unpack(data.replace(digest.encode(), other.encode()))


def test_a_directory_that_was_changed_is_told_as_such() -> None:
    members = {name: f"{name}\n1,2\n".encode() for name in archive.MEMBERS}
    data, _ = archive.pack(FACTS, members)
    place = data.rindex(b"plays.csv") - 4  # where the directory says that it begins
    broken = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
    with pytest.raises(archive.BundleError, match="directory was changed, at or before plays.csv"):
        archive.unpack(broken)


def test_a_manifest_that_was_changed_is_said_in_words() -> None:
    members = dict.fromkeys(archive.MEMBERS, b"")
    data, _ = archive.pack(FACTS, members)
    broken = "manifest.json was changed, or never was a manifest"
    with pytest.raises(archive.BundleError, match=f"^{broken}: Expecting value: line 2"):
        archive.unpack(data.replace(b'"format": 1', b'"format": ?'))
    with pytest.raises(archive.BundleError, match=f"^{broken}: it lacks 'units.csv'"):
        archive.unpack(data.replace(b'"units.csv"', b'"Units.csv"'))
