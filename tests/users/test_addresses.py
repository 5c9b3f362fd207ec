"""Another e-mail: confirmed by a link there, and taken back by a link to the one of before."""

from html import unescape

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from marketplace.mail.models import Mail
from marketplace.users.models import User
from royalties import wallets
from tests.builders import NOON, PASSWORD, a_listener, a_user
from tests.pages import page
from tests.royalties.linking import KEYS, linked
from tests.users.signed_in import mailed, sign_in

pytestmark = pytest.mark.django_db
NEW = "noor.new@example.org"


@pytest.fixture
def listener(client: Client) -> User:
    """With an address that was confirmed."""
    user = a_listener()
    user.confirmed_at = NOON
    user.save()
    sign_in(client, user)
    return user


def ask(client: Client, email: str = NEW, password: str = PASSWORD) -> tuple[int, str]:
    answer = client.post("/account/email", {"email": email, "password": password})
    return answer.status_code, unescape(answer.content.decode())


def known_as(email: str) -> User:
    user = a_user()
    user.email = email
    user.save()
    return user


def email_of(user: User) -> str:
    return User.objects.get(pk=user.pk).email


def test_the_new_address_confirms_it_and_the_old_one_is_told(
    client: Client, listener: User
) -> None:
    before = listener.email
    status, said = ask(client, NEW.upper())
    assert (status, "Look into your mail" in said, email_of(listener)) == (200, True, before)
    assert client.get("/account/email").headers["Location"] == "/account"  # loaded anew
    link = mailed(NEW)
    assert NEW in page(client, link)
    assert email_of(listener) == before  # looking changes nothing: mail servers look, too
    assert NEW in client.post(link, follow=True).content.decode()
    assert sign_in(Client(), User.objects.get(pk=listener.pk)) == 302
    assert client.get(link).status_code == 410
    assert mailed(before).startswith("/account/email/back/")


def test_the_link_is_of_no_use_to_others(client: Client, listener: User) -> None:
    ask(client)
    link, other = mailed(NEW), Client()
    assert other.get(link).headers["Location"].startswith("/login")
    other.force_login(a_user())
    assert other.post(link).status_code == 410
    assert email_of(listener) == listener.email


def test_who_lost_the_account_takes_it_back(client: Client, listener: User) -> None:
    before, owner = listener.email, Client()
    ask(client)
    client.post(mailed(NEW))
    link = mailed(before)
    assert before in page(owner, link)
    assert email_of(listener) == NEW
    assert "Look into your mail" in unescape(owner.post(link).content.decode())
    assert email_of(listener) == before
    assert client.get("/account").status_code == 302  # signed out
    assert sign_in(Client(), User.objects.get(pk=listener.pk)) == 422  # the password is gone
    assert mailed(before).startswith("/password/new/")
    assert owner.post(link.replace("back/", "back/x")).status_code == 410


def test_who_changed_it_twice_does_not_take_it_back_from_its_owner(
    client: Client, listener: User
) -> None:
    before, owner, other = listener.email, Client(), "other@example.org"
    for email in (NEW, other):
        ask(client, email)
        client.post(mailed(email))
    theirs, link = mailed(NEW), mailed(before)
    assert theirs.startswith("/account/email/back/")
    assert owner.post(link).status_code == 200
    for spent in (theirs, link):
        assert client.get(spent).status_code == client.post(spent).status_code == 410
    assert email_of(listener) == before


def test_an_address_that_is_taken_gets_no_mail_and_nobody_is_told(
    client: Client, listener: User
) -> None:
    assert ask(client, a_user().email)[0] == 200
    assert not Mail.objects.exists()
    ask(client)
    link = mailed(NEW)
    known_as(NEW)
    assert "Another account has" in client.post(link, follow=True).content.decode()
    assert email_of(listener) == listener.email


@pytest.mark.parametrize(
    ("email", "password", "said"),
    [
        ("", PASSWORD, "Write the e-mail"),
        ("noor", PASSWORD, "no e-mail address"),
        (f"{'n' * 250}@example.org", PASSWORD, "no e-mail address"),
        (NEW, "wrong", "not the password"),
    ],
)
def test_what_is_wrong_is_said_beside_it(
    client: Client, listener: User, email: str, password: str, said: str
) -> None:
    status, shown = ask(client, email, password)
    assert (status, said in shown) == (422, True)
    assert "already" in ask(client, listener.email)[1]


def test_an_hour_brings_three_links_at_most(client: Client, listener: User) -> None:
    assert [ask(client)[0] for _ in range(4)] == [200, 200, 200, 429]


def test_the_demos_logins_keep_their_address(client: Client, settings: Settings) -> None:
    settings.DEMO = True
    user = known_as("listener@refrain.demo")
    client.force_login(user)
    assert ask(client)[0] == 422
    assert not Mail.objects.exists()


def test_a_wallet_that_was_linked_meanwhile_is_sent_nothing_more(
    client: Client, listener: User
) -> None:
    before, party = listener.email, listener.party
    own = linked(party, timezone.now())
    ask(client)
    client.post(mailed(NEW))
    linked(party, timezone.now(), KEYS[1])  # of which the new address alone is told
    assert wallets.coming(party, timezone.now())
    assert Client().post(mailed(before)).status_code == 200
    at = timezone.now()
    assert (wallets.coming(party, at), wallets.in_use(party, at)) == (None, own)


def test_nor_is_a_first_one(client: Client, listener: User) -> None:
    ask(client)
    before = listener.email
    client.post(mailed(NEW))
    linked(listener.party, timezone.now())
    assert Client().post(mailed(before)).status_code == 200
    assert wallets.in_use(listener.party, timezone.now()) is None
