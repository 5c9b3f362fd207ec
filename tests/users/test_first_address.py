"""The e-mail one signed up with: confirmed by a link, asked for kindly and never in the way."""

from html import unescape

import pytest
from django.core import mail as outbox
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from marketplace.mail import sending
from marketplace.mail.models import Mail
from marketplace.users import address_links
from marketplace.users.models import AddressChange, User
from tests.builders import PASSWORD, a_user
from tests.pages import page
from tests.users.signed_in import mailed

pytestmark = pytest.mark.django_db
NOOR = "noor@example.org"
NEWCOMER = {"name": "Noor", "email": NOOR, "password": "a door in the dunes", "role": "listener"}


@pytest.fixture
def noor(client: Client) -> User:
    """Just signed up, and signed in."""
    assert client.post("/sign-up", NEWCOMER).status_code == 302
    return User.objects.get(email=NOOR)


def is_confirmed(user: User) -> bool:
    return User.objects.get(pk=user.pk).confirmed_at is not None


def test_a_link_confirms_it_and_until_then_the_account_says_so(client: Client, noor: User) -> None:
    assert "not confirmed yet" in page(client, "/account")
    assert "not confirmed" not in page(client, "/")  # nothing is in the way
    assert "Confirm your e-mail" in page(client, "/wallet/own")  # where a mail guards money
    link = mailed(NOOR)
    assert NOOR in page(client, link)
    assert not is_confirmed(noor)  # mail servers look, too
    assert f"{NOOR} is confirmed" in client.post(link, follow=True).content.decode()
    assert is_confirmed(noor)
    assert "not confirmed yet" not in page(client, "/account")
    assert "Confirm your e-mail" not in page(client, "/wallet/own")
    assert client.get(link).status_code == 302  # followed once more


def test_the_link_is_of_no_use_to_others_or_for_another_address(client: Client, noor: User) -> None:
    link, other = mailed(NOOR), Client()
    assert other.get(link).headers["Location"].startswith("/login")
    other.force_login(a_user())
    assert other.post(link).status_code == 410
    assert client.post(f"{link}x").status_code == 410
    noor.email = "noor.new@example.org"
    noor.save()
    assert client.post(link).status_code == 410
    assert not is_confirmed(noor)


def test_it_is_sent_again_a_few_times_an_hour(client: Client, noor: User) -> None:
    Mail.objects.all().delete()
    sent = [client.post("/account/email/again") for _ in range(4)]
    assert [answer.status_code for answer in sent] == [302, 302, 302, 429]
    assert "ask again in 60 minutes" in unescape(sent[-1].content.decode())
    assert Mail.objects.filter(user=noor, kind=Mail.Kind.FIRST).count() == 3
    User.objects.update(confirmed_at=timezone.now())
    assert client.post("/account/email/again").status_code == 302
    assert Mail.objects.count() == 3  # there is nothing to confirm any more


def test_a_link_that_was_read_there_confirms_it_as_well(client: Client, noor: User) -> None:
    client.post("/password/forgotten", {"email": NOOR})
    form = client.get(mailed(NOOR), follow=True).redirect_chain[-1][0]
    client.post(form, {"new_password": "another door in the dunes"})
    assert is_confirmed(noor)


def test_a_mistyped_address_is_corrected_without_a_word_to_whoever_has_it(
    client: Client, noor: User
) -> None:
    """The link by which a change is taken back would give the account away."""
    sending.send_due(timezone.now())
    outbox.outbox.clear()
    new = "noor.new@example.org"
    client.post("/account/email", {"email": new, "password": NEWCOMER["password"]})
    link = mailed(new)
    assert "take it back" not in page(client, link)
    client.post(link)
    sending.send_due(timezone.now())
    assert [one.to for one in outbox.outbox] == [[new]]
    assert not AddressChange.objects.exists()
    assert is_confirmed(noor)


def test_the_demos_logins_count_as_confirmed(client: Client, settings: Settings) -> None:
    settings.DEMO = True
    user = a_user()
    User.objects.filter(pk=user.pk).update(email="listener@refrain.demo")
    client.force_login(user)
    assert "not confirmed yet" not in page(client, "/account")
    client.post("/account/email/again")
    assert not Mail.objects.exists()


def test_the_link_lasts_a_week(client: Client, noor: User, monkeypatch: pytest.MonkeyPatch) -> None:
    token = address_links.to_confirm_first(noor)
    assert address_links.first_confirmed(token, noor)
    monkeypatch.setattr("time.time", lambda: timezone.now().timestamp() + 7 * 86_400 + 5)
    assert not address_links.first_confirmed(token, noor)


def test_logins_made_without_the_page_are_sent_nothing() -> None:
    assert a_user().check_password(PASSWORD)
    assert not Mail.objects.exists()
