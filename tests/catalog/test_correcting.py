"""Corrections: a published song gets other words or another cover; each change leaves a line."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import caches
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image
from pytest_django import Settings

from marketplace.catalog import covers
from marketplace.catalog.models import Correction, Leftover, Track
from marketplace.listening import streams
from marketplace.operations.models import Deed
from marketplace.pricing import steps
from marketplace.pricing.engine.packed import unpack
from marketplace.users import throttle
from marketplace.users.models import User
from royalties.models import PaidPlay
from tests.builders import NOON, a_listener, a_stream, a_track, a_user, an_artist, served
from tests.pages import page

pytestmark = pytest.mark.django_db


@pytest.fixture
def song(singer: User) -> Track:
    return a_track(an_artist(singer, name="Mirela Anso"), title="Low Wader", at=NOON)


def fields(track: Track, **changed: Any) -> dict[str, Any]:
    """What the page sends with nothing changed, then what is."""
    track.refresh_from_db()
    now = {"title": track.title, "album": track.album, "genre": track.genre, "bpm": ""}
    return now | {"revision": track.revision} | changed


def picture(colour: str) -> SimpleUploadedFile:
    file = io.BytesIO()
    Image.new("RGB", (40, 60), colour).save(file, "PNG")
    return SimpleUploadedFile("cover.png", file.getvalue())


def where(track: Track) -> str:
    return f"/tracks/{track.pk}/details"


def test_its_artist_mends_a_title_and_operators_see_who_from_what_to_what(
    singer: User, song: Track, own: Client
) -> None:
    assert where(song) in page(own, song.get_absolute_url())
    assert where(song) in page(own, "/studio")
    assert 'value="Low Wader"' in page(own, where(song))
    terms = song.terms
    own.post(where(song), fields(song, title="\u202eLow  Water", genre="folk", bpm="96,5"))
    song.refresh_from_db()
    assert (song.title, song.genre, song.declared_bpm) == ("Low Water", "folk", 96.5)
    assert song.terms == terms
    made = Correction.objects.get()
    assert (made.by, made.changes[0]) == (singer, ["title", "Low Wader", "Low Water"])
    assert made.changes[1:] == [["genre", "", "folk"], ["tempo", "", "96.5"]]
    office = Client()
    office.force_login(a_user("operator"))
    told = page(office, "/operations/corrections")
    assert "Mirela Anso" in told
    assert "<q><bdi>Low Wader</bdi></q> to <q><bdi>Low Water</bdi></q>" in told
    own.post(where(song), fields(song, bpm="96.5"))  # the same again is no change
    assert Correction.objects.count() == 1


def test_strangers_are_refused_and_an_operators_change_is_in_the_log_too(song: Track) -> None:
    for role in ("artist", "listener", "label"):
        other = Client()
        other.force_login(a_user(role))
        assert other.post(where(song), fields(song, title="Mine")).status_code == 403
    office = Client()
    office.force_login(a_user("operator"))
    office.post(where(song), fields(song, title="Low Water"))
    assert Deed.objects.get().text == "Corrected Low Wader: title from “Low Wader” to “Low Water”"
    assert Correction.objects.count() == 1


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"title": "\u3164 \u202e"}, "A song needs a name"),
        ({"genre": "g" * 61}, "at most 60 characters"),
        ({"bpm": "fast"}, "Write beats a minute from 20 to 300"),
        ({"revision": ""}, "This form was not sent whole"),
        ({"bpm": "0"}, "Write beats a minute from 20 to 300"),
        ({"cover": SimpleUploadedFile("a.png", b"<svg onload=alert(1)>")}, "This is no picture"),
    ],
)
def test_bad_words_get_one_sentence_and_change_nothing(
    song: Track, own: Client, changed: dict[str, Any], said: str
) -> None:
    answer = own.post(where(song), fields(song, **changed))
    assert (answer.status_code, answer.content.decode().count(said)) == (422, 1)
    assert not Correction.objects.exists()


def test_who_looked_before_somebody_else_changed_it_sees_that_and_may_save_again(
    song: Track, own: Client
) -> None:
    old = fields(song, genre="folk")
    own.post(where(song), fields(song, title="Low Water"))
    answer = own.post(where(song), old)
    shown = answer.content.decode()
    assert (answer.status_code, "Somebody else has just changed this" in shown) == (409, True)
    assert "to <q><bdi>Low Water</bdi></q>" in shown
    song.refresh_from_db()
    assert (song.title, song.genre) == ("Low Water", "")
    (revision,) = re.findall(r'name="revision" value="(\d+)"', shown)
    assert own.post(where(song), old | {"revision": revision}).status_code == 302
    song.refresh_from_db()
    assert (song.title, song.genre) == (old["title"], "folk")


def test_a_picture_may_not_have_any_size(song: Track, own: Client) -> None:
    large = SimpleUploadedFile("a.png", bytes(20 * 1024**2 + 1))
    answer = own.post(where(song), fields(song, cover=large))
    assert answer.status_code == 422
    assert "This picture has 21 MB; send one of at most 20 MB." in answer.content.decode()


def test_a_tempo_that_was_not_touched_stays_as_exact_as_it_is(song: Track, own: Client) -> None:
    Track.objects.filter(pk=song.pk).update(declared_bpm=123.4567)
    assert 'value="123.4567"' in page(own, where(song))


def test_only_so_many_changes_an_hour(song: Track, own: Client, singer: User) -> None:
    for _ in range(throttle.CORRECT.tries):
        throttle.take(throttle.CORRECT, str(singer.pk))
    answer = own.post(where(song), fields(song, title="Low Water"))
    assert (answer.status_code, "Retry-After" in answer.headers) == (429, True)


def test_a_cover_is_replaced_under_another_address_and_taken_away(song: Track, own: Client) -> None:
    first = song.cover_url
    own.post(where(song), fields(song, cover=picture("red")))
    song.refresh_from_db()
    red, name = own.get(song.cover_url).content, song.cover
    assert song.cover_url != first
    own.post(where(song), fields(song, cover=picture("blue")))
    song.refresh_from_db()
    assert own.get(song.cover_url).content not in (red, b"")
    assert Leftover.objects.get().name == name
    own.post(where(song), fields(song, drawn="on"))
    song.refresh_from_db()
    assert (song.cover, song.cover_format) == ("", "")
    assert b"<svg" in own.get(song.cover_url).content
    assert [one.changes[0][2] for one in Correction.objects.order_by("pk")] == [
        "a picture that was sent",
        "another picture",
        "drawn by us",
    ]
    assert covers.SENT == "webp"  # as rows have it


def test_kept_pages_have_the_new_words_at_once(
    song: Track,
    own: Client,
    settings: Settings,
    django_capture_on_commit_callbacks: Any,
) -> None:
    settings.PAGE_KEPT_SECONDS = 60
    caches["pages"].clear()
    visitor, fan = Client(), Client()
    fan.force_login(a_listener(at=timezone.now()))
    assert song.artist
    places = ["/songs", "/", "/now", song.get_absolute_url(), song.artist.get_absolute_url()]
    seen = [(who, at) for who in ("visitor", "fan") for at in places]
    clients = {"visitor": visitor, "fan": fan}

    def saying(title: str) -> set[tuple[str, str]]:
        return {(who, at) for who, at in seen if title in page(clients[who], at)}

    before = saying("Low Wader")
    assert ("fan", song.get_absolute_url()) in before
    with django_capture_on_commit_callbacks(execute=True):
        own.post(where(song), fields(song, title="Low Water"))
    assert saying("Low Water") == before
    assert not saying("Low Wader")
    assert "Low Water" in page(visitor, "/songs?q=low+water")
    caches["pages"].clear()


def test_a_receipt_says_what_it_was_called_then(song: Track, own: Client) -> None:
    fan, at = a_listener(at=timezone.now()), timezone.now() - timedelta(minutes=2)
    stream = a_stream(fan, song, at)
    streams.heartbeat(stream.pk, fan, 0, at)
    served(stream, 40)
    streams.heartbeat(stream.pk, fan, 31, at + timedelta(seconds=31))
    own.post(where(song), fields(song, genre="folk"))
    own.post(where(song), fields(song, title="Low Water"))
    client = Client()
    client.force_login(fan)
    slip = page(client, f"/receipts/{PaidPlay.objects.get().pk}")
    assert "<bdi>Low Water</bdi></h2>" in slip
    assert "then called <bdi>Low Wader</bdi>" in slip


def test_another_genre_moves_no_price_and_no_pool(song: Track, own: Client) -> None:
    def pool() -> int:
        step = steps.step(NOON + hour * timedelta(hours=1))
        assert step is not None
        assert step.moved == 0
        return int(unpack(bytes(step.state))["track_genre"][0])

    hour = 1
    before = pool()
    own.post(where(song), fields(song, genre="techno"))
    hour = 2
    assert pool() == before
