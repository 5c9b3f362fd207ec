"""Signing in and up."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test import Client
from pytest_django import Settings

from marketplace.demo import people
from marketplace.users.models import User
from royalties.models import Party
from tests.builders import PASSWORD, a_user

pytestmark = pytest.mark.django_db
NEWCOMER = {
    "name": "Noor",
    "email": "Noor@Example.org",
    "password": PASSWORD,
    "role": "listener",
    "consent": "on",
}


def test_a_wrong_password_gets_one_sentence_and_keeps_the_address(client: Client) -> None:
    user = a_user()
    answer = client.post("/login", {"username": user.email, "password": "wrong"})
    shown = answer.content.decode()
    assert "do not belong together" in shown
    assert user.email in shown


def test_signing_in_leads_to_where_one_was_going(client: Client) -> None:
    user = a_user()
    assert 'name="next" value="/wallet"' in client.get("/login?next=/wallet").content.decode()
    sent = {"username": user.email.upper(), "password": PASSWORD, "next": "/wallet"}
    assert client.post("/login", sent).headers["Location"] == "/wallet"


def test_only_the_demo_tells_its_logins(client: Client, settings: Settings) -> None:
    assert people.PASSWORD not in client.get("/login").content.decode()
    settings.DEMO = True
    shown = client.get("/login").content.decode()
    for login in people.LOGINS:
        assert login.email in shown
    assert people.PASSWORD in shown


@pytest.mark.parametrize(
    ("role", "onward"), [("listener", "/wallet"), ("artist", "/studio"), ("label", "/studio")]
)
def test_signing_up_is_one_step(client: Client, role: str, onward: str) -> None:
    answer = client.post("/sign-up", NEWCOMER | {"role": role})
    assert answer.headers["Location"] == onward
    assert User.objects.get(email="noor@example.org").role == role


def test_signing_up_never_leads_to_another_site(client: Client) -> None:
    answer = client.post("/sign-up", NEWCOMER | {"next": "https://example.com/"})
    assert answer.headers["Location"] == "/wallet"


def test_nobody_signs_up_as_operator_or_without_consent(client: Client) -> None:
    assert client.post("/sign-up", NEWCOMER | {"role": "operator"}).status_code == 422
    answer = client.post("/sign-up", {k: v for k, v in NEWCOMER.items() if k != "consent"})
    assert answer.status_code == 422
    assert 'id="id_consent_error"' in answer.content.decode()
    assert not User.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_sign_up_sent_twice_at_once_makes_one_account() -> None:
    def sent(_: int) -> int:
        try:
            return Client().post("/sign-up", NEWCOMER).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        told = sorted(pool.map(sent, range(4)))
    assert told == [302, 422, 422, 422]
    assert User.objects.count() == Party.objects.count() == 1
