"""What a killed process left is removed, and nothing that a row names; what is lost is told."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings as configured
from django.core.files.base import ContentFile
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from marketplace.catalog import covers, intake, processing, renditions, resemblance, stocktaking
from marketplace.catalog.analysis import Kind
from marketplace.catalog.models import Artist, LostFile, Rendition, Track
from marketplace.media import files
from marketplace.media.folder import Folder
from tests.builders import a_track
from tests.media.buckets import NAME, S3

pytestmark = pytest.mark.django_db(transaction=True)
Patch = pytest.MonkeyPatch


def dies(*args: Any, **kwargs: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def killed(act: Callable[[], Any]) -> None:
    """Do it in a process of its own, which dies of it."""
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]
    child = os.fork()
    if child == 0:
        try:
            act()
        finally:
            os._exit(1)
    assert os.waitpid(child, 0)[1] == signal.SIGKILL


def taken_in(sound: bytes = b"sound") -> Track:
    return intake.take([sound], intake.Intake("a.wav"), timezone.now())


def upload(patch: Patch) -> None:
    patch.setattr(intake, "_remember", dies)
    killed(taken_in)


def cover(patch: Patch) -> None:
    def kept(track: Track, webp: bytes) -> None:
        files.keep_bytes(webp, track.pk)
        dies()

    track = a_track(seconds=8)
    patch.setattr(covers, "keep", kept)
    killed(lambda: covers.keep(track, b"picture"))


def analysis(patch: Patch) -> None:
    def heard(path: Path, out: Path, *, name: str) -> Any:
        (out / "r").write_bytes(b"stream")
        return SimpleNamespace(
            rendition=SimpleNamespace(path=out / "r"), tags=SimpleNamespace(cover=None)
        )

    patch.setattr(processing, "describe", lambda *_: None)
    patch.setattr(resemblance, "look_first", dies)
    track = taken_in()
    killed(lambda: processing.process(track, timezone.now(), heard))


def copy(patch: Patch) -> None:
    def made(path: Path, out: Path, kind: Kind, gain_db: float) -> Any:
        (out / "r").write_bytes(b"copy")
        return SimpleNamespace(path=out / "r", total_bytes=4, second_ends=[4])

    patch.setattr(renditions, "_packed", dies)
    asked = Rendition(track=taken_in(), kind=Kind.OPUS_64, asked_at=timezone.now())
    asked.save()
    killed(lambda: renditions.make(asked, made))


def taken(at: datetime) -> int:
    """Every part of the store that has a file or a row."""
    parts = {name.split("/")[1] for name in files.store().names()}
    for kind in (Artist, Track):
        parts |= {pk.hex[:2] for pk in kind.objects.values_list("pk", flat=True)}
    return sum(stocktaking.take(int(part, 16), at) for part in parts)


def named() -> set[str]:
    rows = Track.objects.values_list(*stocktaking.FILES_OF_A_TRACK)
    return {name for row in rows for name in row if name}


@pytest.mark.parametrize("kill", [upload, cover, analysis, copy])
def test_what_a_kill_leaves_goes_after_a_day_and_nothing_else(
    store: str, kill: Callable[[Patch], None], monkeypatch: Patch
) -> None:
    with monkeypatch.context() as patch:
        kill(patch)
    left = set(files.store().names()) - named()
    assert len(left) == 1
    now = timezone.now()
    assert taken(now + timedelta(hours=23)) == 0
    assert taken(now + timedelta(hours=25)) == 1
    assert set(files.store().names()) == named()
    assert not LostFile.objects.exists()


def test_a_file_sent_again_lies_elsewhere_and_stays(store: str) -> None:
    first = taken_in()
    processing.refuse(first, "This is no recording.", timezone.now())
    again = taken_in()
    assert again.pk == first.pk
    assert again.pk.hex not in again.original
    assert taken(timezone.now() + timedelta(hours=25)) == 0
    assert not LostFile.objects.exists()
    assert files.read(again.original, 0, 9) == b"sound"


def test_nothing_is_removed_by_the_rows_of_another_store(store: str) -> None:
    for number in range(stocktaking.FEW + 1):
        files.store().save(f"tracks/ab/other/{number}", ContentFile(b"sound"))
    assert stocktaking.take(0xAB, timezone.now() + timedelta(hours=25)) == 0
    files.store().delete("tracks/ab/other/0")
    assert stocktaking.take(0xAB, timezone.now() + timedelta(hours=25)) == stocktaking.FEW


def test_what_a_row_names_and_the_store_lacks_is_told_until_it_is_back(store: str) -> None:
    track, now = a_track(seconds=8), timezone.now()
    sound = files.read(track.sound, 0, 10**6)
    files.store().delete(track.sound)
    assert track.artist
    track.artist.picture = files.keep_bytes(b"picture", track.artist.pk)
    track.artist.save()
    assert taken(now + timedelta(hours=25)) == 0
    LostFile.objects.all().delete()
    for at in (now, now + timedelta(hours=4)):
        taken(at)
        lost = LostFile.objects.get()
        assert (lost.name, lost.track, lost.seen_at) == (track.sound, track, now)
    files.store().save(track.sound, ContentFile(sound))
    files.store().delete(track.artist.picture)
    taken(now)
    assert LostFile.objects.get().owner == track.artist
    files.store().save(track.artist.picture, ContentFile(b"picture"))
    taken(now)
    assert not LostFile.objects.exists()


def test_work_half_done_is_cleared_after_a_day(store: str, monkeypatch: Patch) -> None:
    def taken_in_slowly() -> None:
        with files.workplace() as folder:
            (folder / "part").write_bytes(b"half of a recording")
            dies()

    killed(taken_in_slowly)
    incoming = configured.MEDIA_ROOT / "incoming"
    track = a_track(seconds=8)
    monkeypatch.setattr(os, "fsync", dies)
    if store == "folder":
        killed(lambda: files.keep_bytes(b"half of a file", track.pk))
        parts = [path for path in configured.MEDIA_ROOT.rglob("*") if path.name.startswith(".")]
        assert len(parts) == 1
    now = timezone.now()
    part = int(track.pk.hex[:2], 16)
    stocktaking.clear_work(part, now + timedelta(hours=23))
    assert len(list(incoming.iterdir())) == 1
    stocktaking.clear_work(part, now + timedelta(hours=25))
    assert list(incoming.iterdir()) == []
    kept = [path for path in configured.MEDIA_ROOT.rglob("*") if path.is_file()]
    assert all(not path.name.startswith(".") for path in kept)
    assert files.store().exists(track.sound)


def test_an_upload_in_parts_that_nobody_goes_on_with_is_given_up(in_bucket: S3) -> None:
    begun = in_bucket.client.create_multipart_upload(Bucket=NAME, Key="media/tracks/ab/half")
    part = {"Bucket": NAME, "Key": begun["Key"], "UploadId": begun["UploadId"], "PartNumber": 1}
    in_bucket.client.upload_part(**part, Body=BytesIO(b"half"))
    for before, left in ((datetime(2010, 1, 1, tzinfo=UTC), 1), (timezone.now(), 0)):
        files.store().drop_parts("tracks/ab", before)  # moto dates each of them later in 2010
        found = in_bucket.client.list_multipart_uploads(Bucket=NAME).get("Uploads", [])
        assert len(found) == left


def test_work_that_is_finished_while_it_is_looked_at_is_let_be(
    settings: Settings, tmp_path: Path, monkeypatch: Patch
) -> None:
    settings.MEDIA_ROOT = tmp_path
    gone, left = ([tmp_path / f"{name}/.part", tmp_path / name] for name in ("gone", "left"))
    left[1].mkdir()
    left[0].touch()
    monkeypatch.setattr(Folder, "_paths", lambda *_: [gone[0], left[0]])
    stocktaking.clear_work(0xAB, timezone.now() + timedelta(hours=25))
    assert not left[0].exists()
    monkeypatch.setattr(Path, "glob", lambda *_: iter([gone[1], left[1]]))
    stocktaking.clear_work(0xAB, timezone.now() + timedelta(hours=25))
    assert not left[1].exists()


def test_a_minute_looks_at_one_part_of_the_store(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    parts = [tmp_path / f"tracks/{part}/.part" for part in ("ab", "ac")]
    for path in parts:
        path.parent.mkdir(parents=True)
        path.touch()
    stocktaking.clear_work(0xAB, timezone.now() + timedelta(hours=25))
    assert [path.exists() for path in parts] == [False, True]
