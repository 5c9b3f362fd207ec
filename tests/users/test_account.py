"""One's own account: another name, another password, and a password forgotten."""

from html import unescape

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from marketplace.listening import streams
from marketplace.mail.models import Mail
from marketplace.pricing import quotes
from marketplace.users import passwords
from marketplace.users.form_fields import NewPassword
from marketplace.users.models import User
from marketplace.users.throttle import ASK, TRIES
from tests.builders import NOON, PASSWORD, a_listener, a_track, a_user
from tests.pages import page
from tests.users.signed_in import mailed, sign_in

pytestmark = pytest.mark.django_db
NEW = "another horse entirely"


@pytest.fixture
def listener(client: Client) -> User:
    user = a_listener()
    sign_in(client, user)
    return user


def ask_for_a_link(client: Client, email: str) -> tuple[int, str]:
    answer = client.post("/password/forgotten", {"email": email})
    return answer.status_code, unescape(answer.content.decode())


def test_a_name_is_changed_wherever_it_stands(client: Client, listener: User) -> None:
    assert "Your name is changed." in unescape(
        client.post("/account/name", {"name": "Noor A."}, follow=True).content.decode()
    )
    listener.refresh_from_db()
    listener.party.refresh_from_db()
    assert (listener.name, listener.party.name) == ("Noor A.", "Noor A.")


@pytest.mark.parametrize(
    ("came_from", "leads_to"),
    [
        ("http://testserver/account?a=b#c", "/login?next=/account%3Fa%3Db"),
        ("http://elsewhere.example/account", "/login"),
        ("", "/login"),
    ],
)
def test_who_is_signed_out_as_they_press_comes_back_to_the_page(
    client: Client, came_from: str, leads_to: str
) -> None:
    answer = client.post("/account/name", {"name": "N"}, headers={"referer": came_from})
    assert answer.headers["Location"] == leads_to
    assert client.get("/account/close").headers["Location"] == "/login?next=/account/close"


@pytest.mark.parametrize("name", [" ", "\u200b", "\u3164", "\x01\n", "\u202e\u2066"])
def test_a_name_that_nobody_sees_is_refused(client: Client, listener: User, name: str) -> None:
    refused = client.post("/account/name", {"name": name})
    assert (refused.status_code, "Write the name" in refused.content.decode()) == (422, True)


def test_a_name_is_one_line_and_turns_nothing_around(client: Client, listener: User) -> None:
    client.post("/account/name", {"name": "Noor\r\n \u202eA.\t\u0646\u200c\u0648"})
    listener.refresh_from_db()
    assert listener.name == "Noor A. \u0646\u200c\u0648"


def test_a_changed_password_signs_out_everywhere_else(client: Client, listener: User) -> None:
    elsewhere, track, at = Client(), a_track(), timezone.now()
    sign_in(elsewhere, listener)
    theirs = elsewhere.post("/api/v1/quotes", {"track": str(track.pk)}).json()["id"]
    playing = elsewhere.post("/api/v1/streams", {"quote": theirs}).json()
    quote = quotes.offer(track, listener, "press", at)
    sent = {"password": PASSWORD, "new_password": NEW}
    answer = client.post("/account/password", sent, follow=True)
    assert "Your password is changed" in answer.content.decode()
    assert client.get("/account").status_code == 200
    assert elsewhere.get("/account").status_code == 302
    assert listener.streams.get(pk=playing["id"]).ended_at is not None
    assert streams.start(quote.pk, listener, at).ended_at is None
    assert (sign_in(Client(), listener), sign_in(Client(), listener, NEW)) == (422, 302)
    assert mailed(listener.email) == "/password/forgotten"


def test_what_plays_here_goes_on_and_stops_as_one_signs_out_here(
    client: Client, listener: User
) -> None:
    quote = client.post("/api/v1/quotes", {"track": str(a_track().pk)}).json()["id"]
    client.post("/api/v1/streams", {"quote": quote})
    client.post("/account/password", {"password": PASSWORD, "new_password": NEW})
    assert listener.streams.get().ended_at is None
    client.post("/logout")
    assert listener.streams.get().ended_at is not None


def test_a_password_that_is_another_by_now_is_not_overwritten(
    client: Client, listener: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def checked(user: User, _: str) -> bool:  # and locked out right after that
        passwords.lock_out(User.objects.get(pk=user.pk), "another horse", NOON)
        return True

    monkeypatch.setattr(User, "check_password", checked)
    sent = {"password": PASSWORD, "new_password": "a third horse"}
    assert client.post("/account/password", sent).status_code == 422
    monkeypatch.undo()
    assert User.objects.get(pk=listener.pk).check_password("another horse")


def test_the_old_password_is_asked_for_and_guessing_it_is_slow(
    client: Client, listener: User
) -> None:
    sent = {"password": "wrong", "new_password": NEW}
    told = [client.post("/account/password", sent).status_code for _ in range(TRIES)]
    assert told == [422] * TRIES
    answer = client.post("/account/password", sent | {"password": PASSWORD})
    assert (answer.status_code, "Retry-After" in answer.headers) == (429, True)
    assert sign_in(Client(REMOTE_ADDR="203.0.113.9"), listener) == 302


@pytest.mark.parametrize(
    ("password", "said"), [("short", "at least 8"), ("password1", "Too many people")]
)
def test_a_weak_password_is_refused(
    client: Client, listener: User, password: str, said: str
) -> None:
    answer = client.post("/account/password", {"password": PASSWORD, "new_password": password})
    assert (answer.status_code, said in answer.content.decode()) == (422, True)


def test_a_forgotten_password_is_replaced_by_a_mailed_link(client: Client) -> None:
    user = a_user("artist")
    assert "Forgotten your password?" in unescape(page(client, "/login"))
    status, said = ask_for_a_link(client, user.email.upper())
    assert (status, "Look into your mail" in said) == (200, True)
    link = mailed(user.email)
    shown = client.get(link, follow=True)
    assert "Choose a new password" in shown.content.decode()
    form = shown.redirect_chain[-1][0]
    assert client.post(form, {"new_password": "short"}).status_code == 422
    assert client.post(form, {"new_password": NEW}).headers["Location"] == "/studio"
    assert client.get("/account").status_code == 200
    assert sign_in(Client(), user, NEW) == 302
    again = Client().get(link)
    assert (again.status_code, "used up" in again.content.decode()) == (410, True)


def test_nobody_learns_by_it_who_has_an_account(client: Client) -> None:
    user = a_user()
    here, nowhere = ask_for_a_link(client, user.email), ask_for_a_link(client, "no@example.org")
    assert here[0] == nowhere[0] == 200
    told = [said[said.index("<main") :].replace("%40", "@") for _, said in (here, nowhere)]
    assert told[0].replace(user.email, "no@example.org") == told[1]
    assert Mail.objects.count() == 1


def test_no_link_goes_to_a_closed_account_or_one_nobody_signs_in_to(client: Client) -> None:
    closed, invented = a_user(), a_user()
    closed.is_active = False
    closed.save()
    invented.set_unusable_password()
    invented.save()
    for user in (closed, invented):
        assert ask_for_a_link(client, user.email)[0] == 200
    assert not Mail.objects.exists()


def test_an_hour_brings_three_links_at_most(client: Client) -> None:
    email = a_user().email
    assert [ask_for_a_link(client, email)[0] for _ in range(4)] == [200, 200, 200, 429]
    assert Mail.objects.count() == 3


def test_an_address_can_not_have_mail_sent_to_everybody(client: Client) -> None:
    asked = [ask_for_a_link(client, f"{one}@example.org")[0] for one in range(ASK.tries + 1)]
    assert (set(asked[:-1]), asked[-1]) == ({200}, 429)


def test_a_link_opens_no_account_that_was_closed_since(client: Client) -> None:
    user = a_user()
    ask_for_a_link(client, user.email)
    link = mailed(user.email)
    form = client.get(link, follow=True).redirect_chain[-1][0]
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert client.get(link).status_code == 410
    assert client.post(form, {"new_password": NEW}).status_code == 410


def test_a_link_used_twice_at_once_works_once(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = a_user()
    ask_for_a_link(client, user.email)
    form = client.get(mailed(user.email), follow=True).redirect_chain[-1][0]
    first = "the first horse"

    def meanwhile(*_: object) -> None:
        passwords.change(User.objects.get(pk=user.pk), first, timezone.now())

    monkeypatch.setattr(NewPassword, "validate", meanwhile)
    assert client.post(form, {"new_password": NEW}).status_code == 410
    assert "_auth_user_id" not in client.session
    user.refresh_from_db()
    assert user.check_password(first)


def test_whom_a_link_signs_out_pays_no_more(client: Client, listener: User) -> None:
    quote = client.post("/api/v1/quotes", {"track": str(a_track().pk)}).json()["id"]
    playing = client.post("/api/v1/streams", {"quote": quote}).json()
    other = a_user()
    ask_for_a_link(client, other.email)
    client.get(link := mailed(other.email))
    assert listener.streams.get(pk=playing["id"]).ended_at is None  # looking changes nothing
    form = client.get(link, follow=True).redirect_chain[-1][0]
    assert client.post(form, {"new_password": NEW}).status_code == 302
    assert client.session["_auth_user_id"] == str(other.pk)
    assert listener.streams.get(pk=playing["id"]).ended_at is not None


def test_a_link_dies_with_the_password_it_was_for(client: Client) -> None:
    user = a_user()
    ask_for_a_link(client, user.email)
    link = mailed(user.email)
    user.set_password(NEW)
    user.save()
    assert client.get(link).status_code == 410


def test_the_demos_logins_keep_their_password(client: Client, settings: Settings) -> None:
    settings.DEMO = True
    user = a_user()
    user.email = "listener@refrain.demo"
    user.save()
    client.force_login(user)
    assert "stay as they are" in page(client, "/account")
    sent = {"password": PASSWORD, "new_password": NEW}
    assert client.post("/account/password", sent).status_code == 422
    user.refresh_from_db()
    assert user.check_password(PASSWORD)
    status, said = ask_for_a_link(client, user.email)
    assert (status, "sign-in page" in said) == (422, True)
