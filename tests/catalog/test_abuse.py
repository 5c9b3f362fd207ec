"""What an upload form, a picture or a search could be made to swallow; and workers in a race."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client
from PIL import Image
from pytest_django import Settings

from marketplace.catalog import covers, intake, leftovers, payees, processing, publishing
from marketplace.catalog.analysis import AnalysisError
from marketplace.catalog.analysis.picture import squared
from marketplace.catalog.models import Artist, Track
from marketplace.catalog.processing import Analyse
from marketplace.media import files
from marketplace.problems import Problem
from marketplace.users.models import User
from tests.builders import NOON, a_track, a_user, an_artist
from tests.catalog.test_processing import a_recording


@pytest.fixture(autouse=True)
def own_media(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def artist(db: None, client: Client) -> User:
    user = a_user("artist")
    an_artist(user)
    client.force_login(user)
    return user


def fields(user: User, **more: Any) -> dict[str, Any]:
    return {
        "audio": SimpleUploadedFile("song.wav", b"a sound"),
        "title": "Salt on the Wire",
        "artist": str(Artist.objects.get(user=user).pk),
        "pool_percent": "20",
        "payee_email": [""],
        "payee_role": ["artist"],
        "payee_percent": ["100"],
        "rights": "on",
    } | more


@pytest.mark.parametrize(
    "percent", ["nan", "sNaN", "Infinity", "-Infinity", "1e999999", "1e-999999", "1e9", "-5", "0"]
)
def test_a_percentage_that_is_none_is_refused_at_once(
    client: Client, artist: User, percent: str
) -> None:
    other = a_user("artist")
    typed = {"payee_email": ["", other.email], "payee_role": ["artist", "writer"]}
    typed["payee_percent"] = ["100", percent]
    answer = client.post("/upload", fields(artist, **typed))
    assert answer.status_code == 422
    assert not Track.objects.exists()


def test_a_part_too_small_to_be_paid_is_refused_in_the_form(client: Client, artist: User) -> None:
    other = a_user("artist")
    typed = {"payee_email": ["", other.email], "payee_role": ["artist", "writer"]}
    typed["payee_percent"] = ["99.9999", "0.0001"]
    answer = client.post("/upload", fields(artist, **typed))
    assert answer.status_code == 422
    assert "at least 0.01" in answer.content.decode()
    assert not Track.objects.exists()


@pytest.mark.django_db
def test_terms_that_can_not_be_published_end_in_a_sentence(tmp_path: Path, warm: Analyse) -> None:
    """Or the sweeper would analyse it again for ever."""
    artist, other = an_artist(a_user("artist")), a_user("artist")
    parts = [(artist.party, 7_500), (other.party, 0)]
    draft = {
        "pool_bps": 2_000,
        "parts": [{"party": str(p.pk), "role": "artist", "bps": bps} for p, bps in parts],
    }
    asked = intake.Intake(file_name="a.wav", artist=artist, draft=draft)
    track = intake.take_file(a_recording(tmp_path / "a.wav"), asked, NOON)
    claimed = processing.claim(NOON, track.pk)
    assert claimed is not None
    processing.process(claimed, NOON, warm)
    track.refresh_from_db()
    assert track.state == Track.State.FAILED
    assert "at least 0.01" in track.failure


@pytest.mark.django_db
def test_a_late_worker_can_not_take_a_published_track_from_sale(
    tmp_path: Path, warm: Analyse
) -> None:
    track = intake.take_file(
        a_recording(tmp_path / "a.wav"), intake.Intake(file_name="a.wav"), NOON
    )
    slow = processing.claim(NOON, track.pk)
    assert slow is not None
    quick = processing.claim(NOON + 2 * processing.LEASE, track.pk)
    assert quick is not None
    processing.process(quick, NOON, warm)
    processing.process(slow, NOON, warm)
    processing.refuse(slow, "This file takes too long to decode.", NOON)
    track.refresh_from_db()
    assert (track.state, track.failure) == (Track.State.PUBLISHED, "")
    assert leftovers.sweep(NOON) == 1  # what the slow one made
    assert files.store().exists(track.sound)


@pytest.mark.django_db(transaction=True)
def test_two_workers_meet_a_new_artist_at_once_and_both_publish() -> None:
    def named(_: int) -> Artist:
        try:
            with transaction.atomic():
                return publishing.unclaimed_artist("The Tides", NOON)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(named, range(6)))
    assert len({one.pk for one in found}) == 1


@pytest.mark.django_db(transaction=True)
def test_the_same_bytes_sent_twice_at_once_are_one_track() -> None:
    def sent(_: int) -> str:
        try:
            with transaction.atomic():
                intake.take([b"one recording"], intake.Intake(file_name="a.wav"), NOON)
        except intake.AlreadyHere:
            return "known"
        finally:
            connection.close()
        return "new"

    with ThreadPoolExecutor(6) as pool:
        told = sorted(pool.map(sent, range(6)))
    assert told == ["known"] * 5 + ["new"]
    assert files.read(Track.objects.get().original, 0, 99) == b"one recording"


def picture(kind: str) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (40, 60), "red").save(file, kind)
    return file.getvalue()


@pytest.mark.parametrize("kind", ["EPS", "TIFF", "PCX", "PDF", "ICO"])
def test_no_other_decoder_than_those_of_the_web_sees_a_cover(kind: str) -> None:
    with pytest.raises(AnalysisError, match="no picture we can read"):
        squared(io.BytesIO(picture(kind)))


def test_no_picture_is_decoded_in_the_process_that_was_sent_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Image, "open", None)
    assert covers.made_safe(io.BytesIO(picture("PNG")))[8:12] == b"WEBP"
    with pytest.raises(Problem, match="no picture we can read"):
        covers.made_safe(io.BytesIO(b"no picture"))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_damaged_picture_is_a_sentence_wherever_it_breaks(kind: str) -> None:
    whole = picture(kind)
    for at in range(0, len(whole), 7):
        broken = whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :]
        for data in (broken, whole[:at]):
            try:
                squared(io.BytesIO(data))
            except AnalysisError as error:
                assert "picture" in error.reason  # noqa: PT017 (either is fine, a crash is not)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_picture_whose_exif_data_are_damaged_is_one_all_the_same(kind: str) -> None:
    file, exif = io.BytesIO(), b"Exif\0\0MI\0*\0\0\0\x08"  # no order of bytes is called MI
    Image.new("RGB", (40, 60), "red").save(file, kind, exif=exif)
    assert squared(file)[8:12] == b"WEBP"


def test_a_refused_cover_leaves_no_bytes_behind(
    client: Client, artist: User, settings: Settings
) -> None:
    cover = SimpleUploadedFile("cover.png", b"no picture")
    assert client.post("/upload", fields(artist, cover=cover)).status_code == 422
    assert [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()] == []


@pytest.mark.django_db
@pytest.mark.parametrize("url", ["/songs?q=%00", "/api/v1/tracks?q=%00", "/songs?q=a%00b"])
def test_a_search_for_nothing_printable_finds_nothing(client: Client, url: str) -> None:
    a_track()
    assert client.get(url).status_code == 200


@pytest.mark.django_db
def test_a_payee_that_is_no_text_is_refused() -> None:
    rows = [payees.PayeeRow("a\x00b@example.org", "artist", Decimal(100))]
    with pytest.raises(payees.PayeeError):
        payees.parties(rows, an_artist().party)
