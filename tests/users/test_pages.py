"""Signing in and up."""

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Event
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils.html import strip_tags
from pytest_django import DjangoAssertNumQueries, Settings
from redis import Redis

from marketplace.demo import logins
from marketplace.users import throttle
from marketplace.users.models import User
from marketplace.users.throttle import TRIES
from marketplace.wallet import limits
from royalties import purses
from royalties.models import Party
from tests.builders import PASSWORD, a_track, a_user

pytestmark = pytest.mark.django_db
NEWCOMER = {
    "name": "Noor",
    "email": "Noor@Example.org",
    "password": PASSWORD,
    "role": "listener",
}
STARTING_MONEY = {"test_money": "on", "monthly_limit": "7.50"}
HTMX = {"HX-Request": "true"}
ELSEWHERE = [
    "https://example.com/",
    "//example.com/",
    "/\\example.com",
    "\\\\example.com",
    "https:///example.com",
    "javascript:alert(1)",
    "http:example.com",
]


def test_a_wrong_password_gets_one_sentence_and_keeps_the_address(client: Client) -> None:
    user = a_user()
    answer = client.post("/login", {"username": user.email, "password": "wrong"})
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert "do not belong together" in shown
    assert user.email in shown


def test_each_login_of_the_demo_is_one_press_away(client: Client, settings: Settings) -> None:
    settings.DEMO = True
    for login in logins.LOGINS:
        user = a_user(login.role)
        user.email = login.email
        user.set_password(logins.PASSWORD)
        user.save()
    shown = client.get("/login?next=/songs").content.decode()
    forms = re.findall(r'<form method="post">.*?</form>', shown, re.DOTALL)
    assert len(forms) == len(logins.LOGINS)
    for form, login in zip(forms, logins.LOGINS, strict=True):
        sent = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
        assert sent["username"] == login.email
        assert client.post("/login", sent).headers["Location"] == "/songs"
        client.logout()


def test_an_empty_field_is_named_beside_it(client: Client) -> None:
    shown = client.post("/login", {}).content.decode()
    assert 'id="id_username_error"' in shown
    assert "Write your password." in shown


def test_signing_in_leads_to_where_one_was_going(client: Client) -> None:
    user = a_user()
    assert 'name="next" value="/wallet"' in client.get("/login?next=/wallet").content.decode()
    sent = {"username": user.email.upper(), "password": PASSWORD, "next": "/wallet"}
    assert client.post("/login", sent).headers["Location"] == "/wallet"


@pytest.mark.parametrize(
    ("role", "desk"),
    [("listener", "/"), ("artist", "/studio"), ("label", "/label"), ("operator", "/operations/")],
)
def test_signing_in_begins_where_ones_work_is(client: Client, role: str, desk: str) -> None:
    sent = {"username": a_user(role).email, "password": PASSWORD}
    assert client.post("/login", sent).headers["Location"] == desk
    assert client.get("/login").headers["Location"] == desk


@pytest.mark.parametrize("onward", ELSEWHERE)
def test_signing_in_never_leads_to_another_site(client: Client, onward: str) -> None:
    sent = {"username": a_user().email, "password": PASSWORD, "next": onward}
    assert client.post("/login", sent).headers["Location"] == "/"


def test_guessing_is_stopped_after_ten_wrong_passwords(client: Client) -> None:
    user, other = a_user(), a_user()
    wrong = {"username": user.email, "password": "wrong"}
    told = [client.post("/login", wrong).status_code for _ in range(TRIES)]
    assert told == [422] * TRIES
    right = {"username": user.email, "password": PASSWORD}
    answer = client.post("/login", right)
    assert answer.status_code == 429
    assert 880 < int(answer.headers["Retry-After"]) <= 900
    assert "Try again in 15 minutes" in answer.content.decode()
    assert user.email in answer.content.decode()
    # neither somebody else here nor the same person elsewhere is locked out
    here = Client().post("/login", {"username": other.email, "password": PASSWORD})
    elsewhere = Client(REMOTE_ADDR="203.0.113.9").post("/login", right)
    assert (here.status_code, elsewhere.status_code) == (302, 302)


def test_a_right_password_gives_the_tries_back(client: Client) -> None:
    user = a_user()
    for password in ["wrong"] * (TRIES - 1) + [PASSWORD] + ["wrong"] * (TRIES - 1) + [PASSWORD]:
        sent = {"username": user.email, "password": password}
        assert Client().post("/login", sent).status_code == (302 if password == PASSWORD else 422)


@pytest.mark.django_db(transaction=True)
def test_many_guesses_at_once_count_as_many() -> None:
    user = a_user()

    def guessed(_: int) -> int:
        try:
            sent = {"username": user.email, "password": "wrong"}
            return Client().post("/login", sent).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(guessed, range(24)))
    assert told.count(422) == TRIES
    assert told.count(429) == 24 - TRIES


def test_an_email_too_long_to_keep_is_refused(client: Client) -> None:
    answer = client.post("/sign-up", NEWCOMER | {"email": f"{'n' * 260}@example.org"})
    assert (answer.status_code, "is no e-mail address" in answer.content.decode()) == (422, True)


def test_an_address_makes_only_so_many_accounts_in_an_hour(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttle, "SIGN_UP", replace(throttle.SIGN_UP, tries=2))

    def told(n: int, address: str) -> Any:
        sent = NEWCOMER | {"email": f"noor{n}@example.org"}
        return Client(REMOTE_ADDR=address).post("/sign-up", sent)

    assert [told(n, "203.0.113.7").status_code for n in range(2)] == [302, 302]
    refused = told(2, "203.0.113.7")
    assert refused.status_code == 429
    assert 3580 < int(refused.headers["Retry-After"]) <= 3600
    assert "Try again in 60 minutes" in refused.content.decode()
    assert not User.objects.filter(email="noor2@example.org").exists()
    assert told(2, "203.0.113.8").status_code == 302


def test_the_admin_has_the_same_door(client: Client) -> None:
    door = client.get("/admin/", follow=True)
    assert door.redirect_chain[-1][0] == "/login?next=%2Fadmin%2F"
    assert client.post("/admin/login/", {"username": "a", "password": "b"}).status_code == 405
    client.force_login(a_user())
    assert client.get("/admin/", follow=True).status_code == 403


def test_only_the_demo_tells_its_logins(client: Client, settings: Settings) -> None:
    assert logins.PASSWORD not in client.get("/login").content.decode()
    settings.DEMO = True
    shown = client.get("/login").content.decode()
    for login in logins.LOGINS:
        assert login.email in shown
    assert logins.PASSWORD in shown


@pytest.mark.parametrize(
    ("role", "onward"), [("listener", "/wallet"), ("artist", "/studio"), ("label", "/label")]
)
def test_signing_up_is_one_step(client: Client, role: str, onward: str) -> None:
    answer = client.post("/sign-up", NEWCOMER | {"role": role})
    assert answer.headers["Location"] == onward
    user = User.objects.get(email="noor@example.org")
    assert user.role == role
    assert client.session["_auth_user_id"] == str(user.pk)
    assert limits.cap_of(user) is None


def test_the_money_to_start_with_comes_in_the_same_step(client: Client) -> None:
    answer = client.post("/sign-up", NEWCOMER | STARTING_MONEY)
    user = User.objects.get()
    assert answer.headers["Location"] == "/"
    assert purses.available(user.party) == 10_000_000
    assert limits.cap_of(user) == 7_500_000
    assert "plays stop at $7.50 a month" in client.get("/").content.decode()


@pytest.mark.parametrize("limit", ["", "0", "-1", "much", "10001"])
def test_test_money_needs_a_limit(client: Client, limit: str) -> None:
    sent = NEWCOMER | STARTING_MONEY | {"monthly_limit": limit}
    answer = client.post("/sign-up", sent)
    assert answer.status_code == 422
    assert 'id="id_monthly_limit_error"' in answer.content.decode()
    assert not User.objects.exists()
    del sent["test_money"]
    assert client.post("/sign-up", sent).status_code == 302


def test_a_labels_link_says_where_its_offer_waits(client: Client) -> None:
    page = client.get("/sign-up?as=artist&email=noor%40example.org").content.decode()
    assert "its offer waits for this e-mail" in page
    assert 'value="noor@example.org"' in page
    assert "its offer" not in client.get("/sign-up?as=artist").content.decode()


def test_without_test_money_there_is_none_to_start_with(client: Client, settings: Settings) -> None:
    settings.TEST_MONEY = False
    assert "test money" not in client.get("/sign-up").content.decode()
    assert client.post("/sign-up", NEWCOMER | STARTING_MONEY).headers["Location"] == "/wallet"
    assert purses.available(User.objects.get().party) == 0


def test_what_is_wrong_stands_beside_its_field_and_what_was_written_stays(client: Client) -> None:
    sent = {"name": "", "email": "noor", "password": "12345", "next": "/songs"}
    answer = client.post("/sign-up", sent)
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert "This is no e-mail address" in shown
    assert "Choose a password of at least 8 characters." in shown
    assert "Write the name that your pages should show." in shown
    assert 'value="noor"' in shown
    assert 'name="next" value="/songs"' in shown
    assert "12345" not in shown


def test_somebody_who_has_an_account_is_led_to_sign_in(client: Client) -> None:
    user = a_user()
    answer = client.post("/sign-up", NEWCOMER | {"email": user.email.upper(), "next": "/songs"})
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert "You have an account with this e-mail already." in shown
    way = f"/login?email={user.email.upper().replace('@', '%40')}&amp;next=/songs"
    assert f'href="{way}"' in shown
    assert f'value="{user.email.upper()}"' in client.get(way.replace("&amp;", "&")).content.decode()


@pytest.mark.parametrize("onward", ELSEWHERE)
def test_signing_up_never_leads_to_another_site(client: Client, onward: str) -> None:
    shown = client.get("/sign-up", {"next": onward}).content.decode()
    assert 'name="next" value=""' in shown
    answer = client.post("/sign-up", NEWCOMER | {"next": onward})
    assert answer.headers["Location"] == "/wallet"


def test_nobody_signs_up_as_operator(client: Client) -> None:
    assert client.post("/sign-up", NEWCOMER | {"role": "operator"}).status_code == 422
    assert not User.objects.exists()


def test_the_page_says_what_an_account_accepts(client: Client) -> None:
    shown = client.get("/sign-up").content.decode()
    assert "Its receipt is public, under a pseudonym. Making an account accepts both." in shown


def test_who_is_signed_in_needs_no_account(client: Client) -> None:
    client.force_login(a_user())
    assert client.get("/sign-up?next=/songs").headers["Location"] == "/songs"
    in_another_tab = client.post("/sign-up", NEWCOMER | {"next": "/songs"}, headers=HTMX)
    assert in_another_tab.headers["HX-Redirect"] == "/songs"
    assert User.objects.count() == 1


def test_in_the_player_the_song_says_its_price_and_whom_it_pays(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    track = a_track(title="Salt on the Wire")
    with django_assert_num_queries(3):
        answer = client.get(f"/sign-up?song={track.pk}&next=/songs", headers=HTMX)
    shown = answer.content.decode()
    words = strip_tags(shown)
    assert "<html" not in shown
    for told in (
        "Salt on the Wire",
        "0.60\u00a0¢",
        "0.4500\u00a0¢",
        "0.1200\u00a0¢",
        "60\u00a0units",
    ):
        assert told in words, told
    assert "$10 of test money" in shown


@pytest.mark.parametrize("song", ["", "nonsense", "00000000-0000-4000-8000-000000000001"])
def test_in_the_player_no_song_is_needed(client: Client, song: str) -> None:
    assert client.get("/sign-up", {"song": song}, headers=HTMX).status_code == 200


def test_in_the_player_one_ends_where_one_was(client: Client) -> None:
    wrong = client.post("/sign-up", NEWCOMER | {"email": ""}, headers=HTMX)
    assert wrong.status_code == 422
    assert "<html" not in wrong.content.decode()
    sent = NEWCOMER | STARTING_MONEY | {"next": "/songs?q=t\u00efde"}
    answer = client.post("/sign-up", sent, headers=HTMX)
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (200, "/songs?q=t%C3%AFde")
    assert client.get("/wallet").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_a_sign_up_sent_twice_at_once_makes_one_account() -> None:
    def sent(_: int) -> int:
        try:
            return Client().post("/sign-up", NEWCOMER | STARTING_MONEY).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        told = sorted(pool.map(sent, range(4)))
    assert told == [302, 422, 422, 422]
    assert User.objects.count() == 1
    assert Party.objects.filter(kind=Party.Kind.PERSON).count() == 1


def test_a_country_is_said_at_sign_up_and_taken_back_in_the_account(client: Client) -> None:
    client.post("/sign-up", NEWCOMER | {"country": "PT"})
    user = User.objects.get(email="noor@example.org")
    assert user.country == "PT"
    assert '<option value="PT" selected>Portugal' in client.get("/account").content.decode()
    answer = client.post("/account/country", {"country": "nowhere"}, follow=True)
    assert "Choose a country of the list" in answer.content.decode()
    user.refresh_from_db()
    assert user.country == "PT"
    client.post("/account/country", {"country": ""})
    user.refresh_from_db()
    assert user.country == ""


def test_an_email_that_grows_in_small_letters_is_refused(client: Client) -> None:
    host = ".".join(["İ" * 60] * 3)  # each becomes two
    sent = {"email": f"noor@{host}.org", "name": "Noor", "password": PASSWORD}
    assert client.post("/sign-up", sent).status_code == 422


def test_tries_that_run_out_while_they_are_counted_come_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    few = throttle.Allowance("few", 1, 1)
    is_there = Redis.exists

    def exists(store: Redis, key: str) -> Any:  # the count runs out just after
        return is_there(store, key), store.delete(key)

    with monkeypatch.context() as late:
        late.setattr(Redis, "exists", exists)
        throttle.take(few, "somebody")
    with pytest.raises(throttle.TooManyTries):
        throttle.take(few, "somebody")
    Event().wait(1.1)
    throttle.take(few, "somebody")


@pytest.mark.parametrize(
    "address", ["/sign-up?next=-1", "/sign-up?next=users:login", "/login?next=/login"]
)
def test_who_is_signed_in_is_led_on_whatever_the_address_says(client: Client, address: str) -> None:
    client.force_login(a_user())
    assert client.get(address).headers["Location"] == "/"
