"""Writes sent again under their key: done once, answered as before, and never halfway."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from marketplace.catalog.models import Track
from marketplace.catalog.uploads import ensure_artist
from marketplace.idempotency import once
from marketplace.idempotency.models import KeptAnswer
from marketplace.listening.models import Stream
from marketplace.media import files
from marketplace.pricing import quotes
from marketplace.pricing.models import Quote
from marketplace.users.models import User
from royalties import purses
from tests.builders import a_listener, a_track, a_user, served

pytestmark = pytest.mark.django_db
KEY = "8e03978e-40d5-43e8-bc93-6894a57f9324"


@pytest.fixture
def listener(client: Client) -> User:
    user = a_listener(at=timezone.now())
    client.force_login(user)
    return user


def post(client: Client, path: str, under: str | None = KEY, **body: Any) -> Any:
    headers = {} if under is None else {"Idempotency-Key": under}
    return client.post(f"/api/v1/{path}", body, content_type="application/json", headers=headers)


def top_up(client: Client, key: str | None = KEY, micros: int = 1_000_000) -> Any:
    return post(client, "wallet/top-ups", key, micros=micros)


def test_a_top_up_sent_again_is_made_once_and_answered_again(
    client: Client, listener: User
) -> None:
    before = purses.available(listener.party)
    first, again = top_up(client), top_up(client)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert again["Content-Type"] == first["Content-Type"] == "application/json"
    assert "Idempotent-Replayed" not in first
    assert again["Idempotent-Replayed"] == "true"
    assert purses.available(listener.party) == before + 1_000_000
    assert top_up(client, "another").status_code == 201
    assert purses.available(listener.party) == before + 2_000_000


def test_a_key_with_another_request_is_refused(client: Client, listener: User) -> None:
    top_up(client)
    other = top_up(client, micros=2_000_000)
    assert (other.status_code, other.json()["code"]) == (422, "key_reused")
    elsewhere = post(client, "quotes", track=str(a_track().pk))
    assert elsewhere.status_code == 422
    assert not Quote.objects.exists()


def test_the_same_key_of_somebody_else_is_another_one(client: Client, listener: User) -> None:
    top_up(client)
    other = a_listener(at=timezone.now())
    client.force_login(other)
    assert top_up(client, micros=3_000_000).status_code == 201
    assert purses.available(other.party) == 8_000_000


def test_quoted_and_bare_keys_are_the_same(client: Client, listener: User) -> None:
    top_up(client)
    assert top_up(client, f'"{KEY}"')["Idempotent-Replayed"] == "true"


@pytest.mark.parametrize("key", ["", " ", '"', '"a', "a b", "é", "x" * 256, '"a\\"b"'])
def test_what_is_no_key_is_refused(key: str, client: Client, listener: User) -> None:
    before = purses.available(listener.party)
    told = top_up(client, key)
    assert (told.status_code, told.json()["code"]) == (400, "bad_key")
    assert purses.available(listener.party) == before


def test_without_any_key_a_top_up_is_refused_and_a_body_s_key_is_enough(
    client: Client, listener: User
) -> None:
    assert top_up(client, None).status_code == 400
    body: dict[str, Any] = {"micros": 1_000_000, "key": "in the body"}
    assert post(client, "wallet/top-ups", None, **body).status_code == 201
    assert post(client, "wallet/top-ups", "new", **body).status_code == 201
    assert purses.available(listener.party) == 6_000_000  # the ledger knows it too
    other = post(client, "wallet/top-ups", None, **{**body, "micros": 5})
    assert other.status_code == 409


def test_a_quote_asked_again_is_the_one_given(client: Client, listener: User) -> None:
    track = str(a_track(at=timezone.now()).pk)
    given = post(client, "quotes", track=track).json()["id"]
    quotes.end(given, Quote.State.DECLINED, timezone.now())
    assert post(client, "quotes", track=track).json()["id"] == given
    assert post(client, "quotes", "another", track=track).json()["id"] != given


def test_seconds_reported_twice_are_heard_once(client: Client, listener: User) -> None:
    track = a_track(at=timezone.now())
    quote = post(client, "quotes", "q", track=str(track.pk)).json()["id"]
    stream = post(client, "streams", "s", quote=quote).json()["id"]
    assert post(client, "streams", "s", quote=quote).json()["id"] == stream
    served(Stream.objects.get(pk=stream), 30)
    beat = f"streams/{stream}/heartbeat"
    post(client, beat, "h0", played_seconds=0)
    for heard in (5, 5, 10):
        earlier = timezone.now() - timedelta(seconds=20)
        Stream.objects.update(started_at=earlier, last_heartbeat_at=earlier)
        key = "h1" if heard == 5 else "h2"
        assert post(client, beat, key, played_seconds=5).status_code == 200
        assert Stream.objects.get(pk=stream).played_seconds == heard
    assert post(client, f"streams/{stream}/stop", "end").status_code == 204
    again = post(client, f"streams/{stream}/stop", "end")
    assert (again.status_code, again.content) == (204, b"")


def test_a_refusal_is_not_kept_and_its_effect_is(client: Client) -> None:
    """A stream nobody can pay ends, key or not; what was in the way may be gone the next time."""
    poor = a_listener(0, at=timezone.now())
    client.force_login(poor)
    assert top_up(client).status_code == 400  # no limit chosen
    track = a_track(at=timezone.now())
    quote = post(client, "quotes", "q", track=str(track.pk)).json()["id"]
    stream = post(client, "streams", "s", quote=quote).json()["id"]
    assert post(client, f"streams/{stream}/heartbeat", "h", played_seconds=0).status_code == 402
    assert Stream.objects.get(pk=stream).ending == Stream.Ending.UNPAID
    body: dict[str, Any] = {"micros": 1_000_000, "monthly_cap_micros": 5_000_000}
    assert post(client, "wallet/top-ups", **body).status_code == 201


def test_a_write_whose_answer_cannot_be_kept_has_not_happened(
    client: Client, listener: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = purses.available(listener.party)

    def dies(**values: object) -> None:
        raise OSError("killed")

    with monkeypatch.context() as patched:
        patched.setattr(KeptAnswer.objects, "create", dies)
        with pytest.raises(OSError, match="killed"):
            top_up(client)
    assert purses.available(listener.party) == before
    assert "Idempotent-Replayed" not in top_up(client)
    assert purses.available(listener.party) == before + 1_000_000


@pytest.mark.django_db(transaction=True)
def test_while_the_first_is_being_answered_the_second_is_told_so(client: Client) -> None:
    user = a_listener(at=timezone.now())
    client.force_login(user)

    def asked() -> Any:
        try:
            return top_up(client)
        finally:
            connection.close()

    with transaction.atomic(), ThreadPoolExecutor(1) as pool:
        once._alone(f"{user.pk}/{KEY}")
        told = pool.submit(asked).result()
    assert (told.status_code, told.json()["code"]) == (409, "in_progress")
    assert top_up(client).status_code == 201


@pytest.mark.django_db(transaction=True)
def test_many_at_once_are_one() -> None:
    user = a_listener(at=timezone.now())

    def asked(_: int) -> int:
        try:
            client = Client()
            client.force_login(user)
            return int(top_up(client).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        told = set(pool.map(asked, range(6)))
    assert told <= {201, 409}
    assert 201 in told
    assert purses.available(user.party) == 6_000_000


@pytest.fixture
def sent(client: Client, settings: Settings, tmp_path: Path) -> Callable[..., Any]:
    settings.MEDIA_ROOT = tmp_path / "media"
    user = a_user("artist", at=timezone.now())
    ensure_artist(user, timezone.now())
    client.force_login(user)

    def send(sound: bytes = b"a sound", title: str = "Salt") -> Any:
        form = {
            "audio": SimpleUploadedFile("song.wav", sound),
            "title": title,
            "album": "",
            "artist": str(user.artists.get().pk),
            "pool_percent": "20",
            "payee_email": [""],
            "payee_role": ["artist"],
            "payee_percent": ["100"],
            "rights": "on",
        }
        headers = {"Idempotency-Key": KEY}
        return client.post("/api/v1/uploads", form, headers=headers)

    return send


def test_an_upload_sent_again_is_one_track_and_another_recording_is_refused(
    sent: Callable[..., Any],
) -> None:
    first, again = sent(), sent()
    assert (first.status_code, again.status_code) == (201, 201), first.content
    assert again.json() == first.json()
    assert sent(title="Salt again").status_code == 422
    assert sent(b"other sound").status_code == 422
    track = Track.objects.get()
    assert files.read(track.original, 0, 99) == b"a sound"


def test_answers_are_forgotten_after_a_day(client: Client, listener: User) -> None:
    top_up(client)
    assert once.forget(timezone.now()) == 0
    assert once.forget(timezone.now() + timedelta(days=1, seconds=1)) == 1
    again = top_up(client)  # the ledger still has it: its reference follows from the key
    assert again.status_code == 201
    assert "Idempotent-Replayed" not in again
    assert purses.available(listener.party) == 6_000_000


def test_visitors_and_reads_are_as_ever(client: Client, listener: User) -> None:
    headers = {"Idempotency-Key": "a b"}
    assert client.get("/api/v1/uploads", headers=headers).status_code == 200
    client.logout()
    assert top_up(client).status_code == 403
    assert not KeptAnswer.objects.exists()


def test_the_api_s_description_names_the_header_at_every_write(
    capsys: pytest.CaptureFixture[str],
) -> None:
    call_command("spectacular", validate=True, fail_on_warn=True)
    assert capsys.readouterr().out.count("name: Idempotency-Key") == 6


def test_an_answer_is_not_given_again_to_a_forged_request(listener: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(listener)
    strict.get("/songs")
    token = {"X-CSRFToken": strict.cookies["csrftoken"].value, "Idempotency-Key": KEY}
    sent: dict[str, Any] = {"data": {"micros": 1_000_000}, "content_type": "application/json"}
    assert strict.post("/api/v1/wallet/top-ups", **sent, headers=token).status_code == 201
    again = strict.post("/api/v1/wallet/top-ups", **sent, headers=token)
    assert again["Idempotent-Replayed"] == "true"
    forged = strict.post("/api/v1/wallet/top-ups", **sent, headers={"Idempotency-Key": KEY})
    assert forged.status_code == 403
    assert "CSRF" in forged.json()["detail"]


def test_what_is_refused_before_it_is_read_is_told_as_any_problem(
    client: Client, listener: User
) -> None:
    sent: dict[str, Any] = {"content_type": "application/json", "headers": {"Idempotency-Key": KEY}}
    deep = client.post("/api/v1/quotes", "[" * 8_000, **sent)
    assert (deep.status_code, deep.json()["code"]) == (400, "parse_error")
    large = client.post("/api/v1/quotes", '"' + "a" * 3_000_000 + '"', **sent)
    assert (large.status_code, large.json()["code"]) == (413, "too_large")
    broken = client.post(
        "/api/v1/uploads", b"--", content_type="multipart/form-data", headers=sent["headers"]
    )
    assert (broken.status_code, broken.json()["code"]) == (400, "invalid")
    nowhere = client.get("/api/v1/nowhere")
    assert (nowhere.status_code, nowhere.json()["code"]) == (404, "not_found")
    assert client.get("/nowhere")["Content-Type"].startswith("text/html")
