"""A store keeps what it is given once, whole or not at all, and says in one way that it is away."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from hypothesis import given
from hypothesis import strategies as st

from marketplace.media import files
from marketplace.media.address import BadAddress, storage_of
from marketplace.media.away import StoreAway
from tests.media.buckets import NAME, S3

SOUND = bytes(range(256)) * 40_000  # more than one part of an upload


def test_what_is_kept_comes_back_whole_in_parts_and_as_a_path(store: str, tmp_path: Path) -> None:
    path = tmp_path / "song"
    path.write_bytes(SOUND)
    name = files.keep(path, uuid4())
    assert files.digest_in(name) == hashlib.sha256(SOUND).hexdigest()
    assert files.read(name, 0, len(SOUND) + 1) == SOUND
    assert files.read(name, 1_000, 77) == SOUND[1_000:1_077]
    with files.at_hand(name) as here:
        assert here.read_bytes() == SOUND
    assert list(files.store().names()) == [name]
    assert files.store().size(name) == len(SOUND)


def test_the_same_bytes_kept_twice_are_two_files_and_one_may_go(store: str) -> None:
    owner = uuid4()
    one, other = files.keep_bytes(b"sound", owner), files.keep_bytes(b"sound", owner)
    assert one != other
    files.store().delete(one)
    files.store().delete(one)  # gone already: nothing happens
    assert files.read(other, 0, 9) == b"sound"


def test_what_is_not_there_is_a_sentence(store: str) -> None:
    with pytest.raises(StoreAway, match="can’t be read just now"):
        files.read("tracks/aa/none", 0, 9)
    with pytest.raises(StoreAway, match="can’t be read"), files.at_hand("tracks/aa/none"):
        pass


def test_no_address_of_a_file_is_handed_out(store: str) -> None:
    name = files.keep_bytes(b"sound", uuid4())
    with pytest.raises(NotImplementedError):
        files.store().url(name)


def test_a_file_that_breaks_off_leaves_nothing(store: str) -> None:
    class Broken(ContentFile[bytes]):
        def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
            yield b"the beginning"
            raise OSError("no space left")

        def read(self, n: int | None = None) -> bytes:
            raise OSError("no space left")

    with pytest.raises((StoreAway, OSError)):
        files.store().save("tracks/aa/broken", Broken(b"sound"))
    assert list(files.store().names()) == []


def test_nothing_in_a_bucket_is_public(in_bucket: S3) -> None:
    files.keep_bytes(b"sound", uuid4())
    (key,) = in_bucket.keys()
    assert key.startswith("media/tracks/")
    grants = in_bucket.client.get_object_acl(Bucket=NAME, Key=key)["Grants"]
    assert [grant["Grantee"]["Type"] for grant in grants] == ["CanonicalUser"]


@pytest.mark.parametrize("act", ["keep", "read", "at_hand", "delete", "names"])
def test_a_bucket_that_fails_says_so_in_one_way(in_bucket: S3, act: str) -> None:
    name = files.keep_bytes(b"sound", uuid4())
    in_bucket.fails = True

    def done() -> Any:
        match act:
            case "keep":
                return files.keep_bytes(b"more", uuid4())
            case "read":
                return files.read(name, 0, 9)
            case "at_hand":
                with files.at_hand(name) as path:
                    return path
            case "delete":
                return files.store().delete(name)
        return list(files.store().names())

    with pytest.raises(StoreAway, match="does not answer"):
        done()


def test_an_address_is_a_bucket_with_what_it_needs() -> None:
    assert storage_of("")["BACKEND"].endswith("Folder")
    found = storage_of("s3://songs/eu/live?endpoint=https://eu.example&region=eu-1")
    assert found["BACKEND"].endswith("Bucket")
    assert found["OPTIONS"] == {
        "bucket_name": "songs",
        "location": "eu/live",
        "endpoint_url": "https://eu.example",
        "region_name": "eu-1",
    }


@pytest.mark.parametrize(
    "address", ["songs", "http://songs", "s3://", "s3://key:secret@songs", "s3://songs?acl=public"]
)
def test_an_address_that_is_none_is_told_in_a_sentence(address: str) -> None:
    with pytest.raises(BadAddress, match="MEDIA_STORAGE"):
        storage_of(address)


@given(st.text(max_size=30))
def test_any_other_address_is_refused_or_a_bucket(text: str) -> None:
    try:
        found = storage_of(f"s3://songs{text}")
    except BadAddress:
        return
    assert found["OPTIONS"]["bucket_name"].startswith("songs")
