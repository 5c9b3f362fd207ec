"""API keys: what a program may do with one, and what ends it."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from pytest_django import Settings

from marketplace.problems import Conflict
from marketplace.users import api_keys, passwords
from marketplace.users.models import ApiKey, User
from tests.builders import NOON, PASSWORD, a_listener, a_track
from tests.pages import page
from tests.users.signed_in import sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def listener(client: Client) -> User:
    user = a_listener()
    sign_in(client, user)
    return user


def ask(client: Client, **sent: str) -> tuple[int, str]:
    answer = client.post("/account/keys", {"name": "Script", "password": PASSWORD} | sent)
    return answer.status_code, answer.content.decode()


def program(key: str) -> Client:
    """A client without cookies, whose forms are guarded as in production."""
    return Client(enforce_csrf_checks=True, headers={"authorization": f"Bearer {key}"})


def test_a_key_is_shown_once_and_acts_for_its_owner_at_the_api(
    client: Client, listener: User
) -> None:
    status, shown = ask(client)
    assert status == 200
    (key,) = re.findall(r"refrain_[\w-]{43}", shown)
    assert key not in page(client, "/account/keys")
    assert not ApiKey.objects.filter(digest__contains=key).exists()
    script, track = program(key), a_track()
    assert script.get("/api/v1/wallet").json()["available_micros"] == 5_000_000
    for again in (False, True):  # also where a write is kept under its key
        sent = {"track": str(track.pk)}
        headers = {"Idempotency-Key": str(uuid4())} if again else {}
        answer = script.post("/api/v1/quotes", sent, "application/json", headers=headers)
        assert answer.status_code == 201
    opened = script.post("/api/v1/streams", {"track": str(track.pk)}, "application/json")
    assert opened.status_code == 201
    assert listener.streams.get().ended_at is None
    assert ApiKey.objects.get().used_at is not None


def test_no_page_takes_it(client: Client, listener: User) -> None:
    script = program(api_keys.make(listener, "Script", NOON))
    for path in ("/account", "/account/keys", "/wallet"):
        assert script.get(path).headers["Location"].startswith("/login")
    assert script.post("/account/name", {"name": "N"}).status_code == 403


@pytest.mark.parametrize("end", ["removed", "password", "closed", "another"])
def test_what_ends_it(client: Client, listener: User, end: str) -> None:
    key = api_keys.make(listener, "Script", NOON)
    if end == "removed":
        client.post(f"/account/keys/{ApiKey.objects.get().pk}/remove")
    if end == "password":
        passwords.change(listener, "another horse", NOON)
    if end == "closed":
        User.objects.filter(pk=listener.pk).update(is_active=False)
    answer = program(key + ("x" if end == "another" else "")).get("/api/v1/wallet")
    assert (answer.status_code, answer.json()["code"]) == (401, "bad_api_key")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_none_is_made_once_the_password_is_another(listener: User) -> None:
    passwords.change(User.objects.get(pk=listener.pk), "another horse", NOON)
    with pytest.raises(Conflict):
        api_keys.make(listener, "Script", NOON)
    assert not ApiKey.objects.exists()


def test_nobody_removes_anothers(client: Client, listener: User) -> None:
    key = api_keys.make(a_listener(), "Theirs", NOON)
    client.post(f"/account/keys/{ApiKey.objects.get().pk}/remove")
    assert program(key).get("/api/v1/wallet").status_code == 200


def test_a_key_asks_for_a_name_and_the_password_and_there_are_not_many(
    client: Client, listener: User
) -> None:
    assert ask(client, name="")[0] == ask(client, password="wrong")[0] == 422
    assert ask(client, name="\u202e\u200b")[0] == 422  # nothing to see
    for _ in range(api_keys.MOST):
        api_keys.make(listener, "Script", NOON)
    status, shown = ask(client)
    assert (status, "remove one" in shown) == (422, True)


def test_a_demo_login_loses_its_oldest_key_so_that_nobody_keeps_others_out(
    client: Client, listener: User, settings: Settings
) -> None:
    settings.DEMO = True
    User.objects.filter(pk=listener.pk).update(email="listener@refrain.demo")
    listener.refresh_from_db()
    client.force_login(listener)
    for minute in range(api_keys.MOST):
        api_keys.make(listener, f"number {minute}", NOON + timedelta(minutes=minute))
    first = listener.api_keys.get(name="number 0")
    ApiKey.objects.filter(pk=first.pk).update(used_at=NOON + timedelta(days=1))
    assert ask(client)[0] == 200
    kept = set(listener.api_keys.values_list("name", flat=True))
    assert len(kept) == api_keys.MOST
    assert "number 1" not in kept
