"""Uploading: the form, what one play pays each, and every kind of bad input seen to be handled."""

import io
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image
from pytest_django import Settings

from marketplace.catalog import changing, processing
from marketplace.catalog.models import Artist, Track
from marketplace.catalog.processing import Analyse
from marketplace.users import throttle
from marketplace.users.models import User
from royalties import deals
from royalties.models import Payee
from tests.builders import NOON, a_listener, a_track, a_user, an_artist
from tests.pages import page

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_media(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def artist(client: Client) -> User:
    user = a_user("artist", name="Mirela Anso")
    client.force_login(user)
    return user


def a_sound(seconds: float = 8.0, hz: float = 440.0) -> bytes:
    t = np.arange(int(22_050 * seconds)) / 22_050
    tune = 0.3 * np.sin(2 * np.pi * hz * (1 + (t // 0.5 % 4) / 8) * t) * np.exp(-(t % 0.5) * 4)
    file = io.BytesIO()
    soundfile.write(file, tune.astype(np.float32), 22_050, format="WAV")
    return file.getvalue()


def fields(user: User, sound: bytes = b"a sound", name: str = "song.wav", **more: Any) -> Any:
    """What a form sends that is fine but for `more`."""
    mine = Artist.objects.filter(user=user).first() or an_artist(user)
    return {
        "audio": SimpleUploadedFile(name, sound),
        "title": "Salt on the Wire",
        "album": "",
        "artist": str(mine.pk),
        "pool_percent": "20",
        "payee_email": ["", ""],
        "payee_role": ["artist", "other"],
        "payee_percent": ["100", ""],
        "rights": "on",
    } | more


def refused(client: Client, posted: Any, sentence: str) -> str:
    """422, the sentence on the page, nothing kept."""
    answer = client.post("/upload", posted)
    text = answer.content.decode()
    assert answer.status_code == 422, text
    assert sentence in text
    assert not Track.objects.filter(title="Salt on the Wire").exists()
    return text


def test_a_new_artist_can_publish_at_once_under_its_own_name(client: Client, artist: User) -> None:
    text = page(client, "/upload")
    page(client, "/upload")
    assert [one.name for one in Artist.objects.filter(user=artist)] == ["Mirela Anso"]
    # what one play pays with the form as it stands: 75 % of 0.6 cents
    assert '0.45<i class="tail">00</i>' in text
    assert "goes to the payees" in text


def test_a_label_without_a_roster_is_sent_to_invite(client: Client) -> None:
    label = a_user("label")
    client.force_login(label)
    assert "No artist to publish for" in page(client, "/upload")
    singer = an_artist(a_user("artist"), name="Odd Harbour")
    deals.accept(deals.invite(label.party, singer.party, 2_000, 0, NOON.date(), NOON), NOON)
    assert "Odd Harbour" in page(client, "/upload")


def test_listeners_are_told_whose_page_it_is(client: Client) -> None:
    client.force_login(a_listener())
    assert "This page is for artist and label accounts." in page(client, "/upload", 403)


def test_a_recording_goes_from_the_form_to_sale(
    client: Client, artist: User, warm: Analyse
) -> None:
    writer = a_user("artist", name="D. Okafor")
    sent = fields(
        artist,
        a_sound(),
        payee_email=["", writer.email],
        payee_role=["artist", "writer"],
        payee_percent=["75", "25"],
        genre=" Sea \n shanty",
    )
    answer = client.post("/upload", sent, follow=True)
    assert "Listening to it" in answer.content.decode()
    track = Track.objects.get()
    address = f"/uploads/{track.pk}"
    assert track.genre == "Sea shanty"
    assert 'href="/upload" data-within="/uploads" aria-current="page"' in page(client, address)
    waiting = page(client, f"{address}?part=state")
    assert "<html" not in waiting
    assert f'hx-get="{address}?part=state"' in waiting

    claimed = processing.claim(timezone.now(), track.pk)
    assert claimed
    processing.process(claimed, timezone.now(), warm)
    done = page(client, f"{address}?part=state")
    assert "It is on sale at 0.60\xa0¢" in done
    assert "hx-get" not in done
    assert f'href="/tracks/{track.pk}"' in done
    parts = Payee.objects.filter(terms__subject_id=track.pk).order_by("position")
    assert list(parts.values_list("role", "bps")) == [("artist", 5_625), ("writer", 1_875)]
    assert "on sale" in page(client, "/upload")


def test_a_login_sends_only_so_many_recordings_in_an_hour(
    client: Client, artist: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttle, "UPLOAD", replace(throttle.UPLOAD, tries=1))
    assert client.post("/upload", fields(artist, b"one", title="The first")).status_code == 302
    answer = client.post("/upload", fields(artist, b"two"))
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 3500
    assert "Send the next one in 60 minutes" in answer.content.decode()
    assert not Track.objects.filter(title="Salt on the Wire").exists()


def test_text_named_mp3_is_refused_with_the_sentence(
    client: Client, artist: User, warm: Analyse
) -> None:
    client.post("/upload", fields(artist, b"this is no recording\n" * 40, "notes.mp3"))
    track = Track.objects.get()
    claimed = processing.claim(timezone.now(), track.pk)
    assert claimed
    processing.process(claimed, timezone.now(), warm)
    track.refresh_from_db()
    assert track.state == Track.State.FAILED
    text = page(client, f"/uploads/{track.pk}?part=state")
    assert "This file was refused" in text
    assert track.failure
    assert track.failure in text.replace("&#x27;", "'").replace("&quot;", '"')
    assert f'href="/uploads/{track.pk}/again"' in text
    assert "hx-get" not in text


def refused_later(client: Client, artist: User, warm: Analyse, **more: Any) -> Track:
    """Taken in, and refused by its analysis a moment later."""
    client.post("/upload", fields(artist, b"this is no recording\n" * 40, "notes.mp3", **more))
    track = Track.objects.get()
    claimed = processing.claim(timezone.now(), track.pk)
    assert claimed
    processing.process(claimed, timezone.now(), warm)
    return track


def test_trying_again_brings_back_everything_typed_but_the_file(
    client: Client, artist: User, warm: Analyse
) -> None:
    writer = a_user("artist", name="D. Okafor")
    terms = {
        "payee_email": ["", writer.email],
        "payee_role": ["artist", "writer"],
        "payee_percent": ["66.6", "33.4"],
    }
    words = {"album": "Low Water", "genre": "sea shanty", "pool_percent": "31.5"}
    track = refused_later(client, artist, warm, **words, **terms)
    again = f"/uploads/{track.pk}/again"
    assert f'href="{again}"' in page(client, f"/uploads/{track.pk}?part=state")
    text = page(client, again)
    typed = ["Salt on the Wire", *words.values(), writer.email, "66.6", "33.4"]
    for value in typed:
        assert f'value="{value}"' in text
    assert text.count('<option value="writer" selected>') == 1
    assert "Choose the recording again; everything else stands as you typed it." in text
    assert "<bdi>D. Okafor</bdi>" in text  # the preview goes by the same terms
    client.post("/upload", fields(artist, b"this is no recording\n" * 40))  # waits once more
    assert client.get(again).headers["Location"] == f"/uploads/{track.pk}"


def test_nobody_else_reads_what_was_typed(client: Client, artist: User, warm: Analyse) -> None:
    track = refused_later(client, artist, warm)
    client.force_login(a_user("artist"))
    page(client, f"/uploads/{track.pk}/again", 404)


def test_an_upload_is_nobody_elses_business(client: Client, artist: User) -> None:
    client.post("/upload", fields(artist))
    client.force_login(a_user("artist"))
    page(client, f"/uploads/{Track.objects.get().pk}", 404)


def test_an_empty_file_is_refused(client: Client, artist: User) -> None:
    refused(client, fields(artist, b""), "This file is empty; choose the recording itself.")


def test_a_file_too_large_is_refused(client: Client, artist: User, settings: Settings) -> None:
    settings.UPLOAD_MAX_BYTES = 1024 * 1024
    refused(client, fields(artist, bytes(1024 * 1024 + 1)), "This file is larger than 1 MB")


def test_the_same_file_twice_is_refused_by_name(client: Client, artist: User) -> None:
    client.post("/upload", fields(artist, title="Tidewater"))
    refused(client, fields(artist), "This file is already here: Tidewater.")


def test_a_cover_that_is_no_picture_is_refused_beside_the_cover(
    client: Client, artist: User
) -> None:
    cover = SimpleUploadedFile("cover.png", b"<svg onload=alert(1)>")
    text = refused(client, fields(artist, cover=cover), "This is no picture we can read")
    assert text.index("This is no picture") > text.index('name="cover"')


def test_how_large_a_cover_may_be_is_told_before_it_is_sent(
    client: Client, artist: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.force_login(artist)
    assert "at most 20 MB and 6,000 by 6,000" in page(client, "/upload")
    monkeypatch.setattr(changing, "MOST_PICTURE_MB", 0)
    cover = SimpleUploadedFile("cover.png", b"x")
    refused(client, fields(artist, cover=cover), "This picture has 1 MB; send one of at most 0 MB")


def test_a_square_picture_becomes_the_cover(client: Client, artist: User) -> None:
    file = io.BytesIO()
    Image.new("RGB", (40, 60), "red").save(file, "PNG")
    cover = SimpleUploadedFile("cover.png", file.getvalue())
    client.post("/upload", fields(artist, cover=cover))
    track = Track.objects.get()
    answer = client.get(track.cover_url)
    assert answer.headers["Content-Type"] == "image/webp"
    assert answer.content[8:12] == b"WEBP"


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"payee_percent": ["60", ""]}, "Payees’ parts must make 100"),
        (
            {"payee_email": ["", "x@y.org"], "payee_percent": ["60", ""]},
            "One payee has no part yet; write a number like 50.",
        ),
        ({"payee_percent": ["half", ""]}, "“half” is no percentage; write a number like 50."),
        (
            {"payee_email": ["", "ghost@example.org"], "payee_percent": ["50", "50"]},
            "ghost@example.org has no account yet; ask them to sign up first.",
        ),
        ({"payee_percent": ["50", "50"]}, "A payee is named twice; add up their parts."),
        ({"pool_percent": "46"}, "Fans get at most 45 % of each play"),
        ({"pool_percent": "-1"}, "A part can’t be less than nothing."),
        ({"title": ""}, "A song needs a name to be found by."),
        ({"rights": ""}, "Only the holder of the rights may publish"),
    ],
)
def test_wrong_terms_are_refused_with_one_sentence_and_stay_typed(
    client: Client, artist: User, more: dict[str, Any], sentence: str
) -> None:
    sent = fields(artist) | {"payee_email": ["", ""], "payee_role": ["artist", "writer"]} | more
    text = refused(client, sent, sentence.replace("Payees’", "Payees&#x27;"))
    for percent in filter(None, sent["payee_percent"]):
        assert f'value="{percent}"' in text


def test_a_file_that_the_browser_has_lost_is_asked_for_again(client: Client, artist: User) -> None:
    said = "Choose the recording again"
    assert said in refused(client, fields(artist, title=""), "A song needs a name")
    htmx = client.post("/upload", fields(artist, title=""), headers={"HX-Request": "true"})
    assert said not in htmx.content.decode()  # there it stays chosen


def test_no_recording_chosen_is_said(client: Client, artist: User) -> None:
    sent = fields(artist)
    del sent["audio"]
    text = refused(client, sent, "Choose the recording.")
    (line,) = re.findall(r'<input type="file" name="audio"[^>]*>', text)
    assert 'aria-invalid="true"' in line  # in place of the line before
    assert "hx-preserve" not in line


def test_the_preview_follows_what_is_typed(client: Client, artist: User) -> None:
    writer = a_user("artist", name="D. Okafor")
    typed = {
        "artist": str(an_artist(artist, name="Mirela Anso").pk),
        "pool_percent": "0",
        "payee_email": ["", writer.email],
        "payee_role": ["artist", "writer"],
        "payee_percent": ["50", "50"],
    }
    text = client.post("/upload/preview", typed).content.decode()
    assert "<html" not in text
    assert text.count('0.28<i class="tail">50</i>') == 2  # half of 95 % of 0.6 cents
    assert "D. Okafor" in text
    wrong = client.post("/upload/preview", typed | {"payee_percent": ["50", "40"]})
    assert wrong.status_code == 200
    assert "these make 90 %" in wrong.content.decode()
    assert (
        "46" not in client.post("/upload/preview", typed | {"pool_percent": "46"}).content.decode()
    )


def test_somebody_elses_artist_can_not_be_published_for(client: Client, artist: User) -> None:
    other = a_track(an_artist(a_user("artist"))).artist
    assert other
    answer = client.post("/upload", fields(artist, artist=str(other.pk)))
    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [("-1", "or 0 for none"), ("x", "or 0 for none"), ("50001", "At most 50,000 plays")],
)
def test_free_plays_are_a_number_within_bounds(
    typed: str, sentence: str, client: Client, artist: User
) -> None:
    refused(client, fields(artist, free_plays=typed), sentence)


def test_free_plays_are_kept_with_the_draft(client: Client, artist: User) -> None:
    assert client.post("/upload", fields(artist, free_plays="50000")).status_code == 302
    assert Track.objects.get().draft["free_plays"] == 50_000
    assert client.post("/upload", fields(artist, sound=b"other", title="B")).status_code == 302
    assert Track.objects.get(title="B").draft["free_plays"] == 0
