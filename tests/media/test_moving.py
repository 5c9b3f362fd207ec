"""A catalogue moves from its folder to a bucket: whole, once, and no file unlike what it was."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from pytest_django import Settings

from marketplace.catalog.models import Track
from marketplace.media import files
from marketplace.media.address import storage_of
from tests.builders import a_track
from tests.media.buckets import S3

pytestmark = pytest.mark.django_db


@pytest.fixture
def catalogue(in_bucket: S3, settings: Settings) -> list[Track]:
    """Two songs in the folder, one of them named as before names carried their hash."""
    settings.STORAGES = settings.STORAGES | {"default": storage_of("")}
    one, old = a_track(seconds=8), a_track(seconds=8)
    old.sound = files.store().save("tracks/aa/old/rendition.mp3", ContentFile(b"sound of old"))
    old.save(update_fields=["sound"])
    return [one, old]


def moved(s3: S3, capsys: pytest.CaptureFixture[str]) -> str:
    call_command("move_media", s3.address)
    return capsys.readouterr().out.strip()


def test_all_that_rows_name_is_copied_once_and_served_from_there(
    catalogue: list[Track], in_bucket: S3, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert moved(in_bucket, capsys) == "2 files copied (0.1 MB), 0 were there, 0 failed"
    assert moved(in_bucket, capsys) == "0 files copied (0.0 MB), 2 were there, 0 failed"
    settings.STORAGES = settings.STORAGES | {"default": storage_of(in_bucket.address)}
    assert files.read(catalogue[1].sound, 0, 99) == b"sound of old"
    assert len(files.read(catalogue[0].sound, 0, 10**6)) == catalogue[0].stream_bytes
    assert moved(in_bucket, capsys) == "0 files copied (0.0 MB), 2 were there, 0 failed"


def test_a_move_cut_off_goes_on_and_repairs_what_differs(
    catalogue: list[Track], in_bucket: S3, capsys: pytest.CaptureFixture[str]
) -> None:
    in_bucket.fails = True
    with pytest.raises(CommandError, match="0 files copied .* 2 failed"):
        call_command("move_media", in_bucket.address)
    in_bucket.fails = False
    capsys.readouterr()
    key = f"media/{catalogue[1].sound}"
    in_bucket.client.put_object(Bucket=in_bucket.name, Key=key, Body=b"sound of odd")
    assert moved(in_bucket, capsys).startswith("2 files copied")


def test_a_damaged_or_missing_file_is_named_and_not_copied(
    catalogue: list[Track], in_bucket: S3, capsys: pytest.CaptureFixture[str]
) -> None:
    Path(files.store().path(catalogue[0].sound)).write_bytes(b"something else")
    files.store().delete(catalogue[1].sound)
    with pytest.raises(CommandError, match="0 files copied .* 2 failed"):
        call_command("move_media", in_bucket.address)
    said = capsys.readouterr().out
    assert f"{catalogue[0].sound}: is damaged" in said
    assert f"{catalogue[1].sound}: is in neither store" in said
    assert in_bucket.keys() == []


def test_a_wrong_address_is_a_sentence(db: None) -> None:
    with pytest.raises(CommandError, match="MEDIA_STORAGE is 'songs'"):
        call_command("move_media", "songs")
