"""A deal offered to an e-mail that no artist has signed up with and confirmed yet."""

import re

import pytest
from django.test import Client

from marketplace.studio.models import Invitation
from marketplace.users.models import User
from royalties.models import Deal
from tests.builders import NOON, PASSWORD, a_listener, a_user
from tests.pages import page
from tests.users.signed_in import mailed

pytestmark = pytest.mark.django_db
EMAIL = "noor@example.org"
OFFER = {"artist": "", "label_percent": "20", "advance": "100", "starts_on": f"{NOON:%Y-%m-%d}"}


@pytest.fixture
def label(client: Client) -> User:
    user = a_user("label", name="Lantern Row")
    client.force_login(user)
    return user


def invite(client: Client, email: str = EMAIL, **more: str) -> str:
    answer = client.post("/roster", OFFER | {"email": email} | more, follow=True)
    return answer.content.decode()


def link_on(text: str) -> str:
    found = re.search(r"data-copy-text>http://testserver(/sign-up[^<]+)<", text)
    assert found
    return found[1].replace("&amp;", "&")


def sign_up(role: str = "artist", link: str = "/sign-up") -> Client:
    newcomer = Client()
    newcomer.post(link, {"email": EMAIL, "name": "Noor", "password": PASSWORD, "role": role})
    return newcomer


def test_an_offer_waits_and_stands_on_the_first_page_of_whoever_signs_up_and_confirms(
    client: Client, label: User
) -> None:
    text = invite(client, "Noor@Example.org")
    assert "Hand the link over" in text
    assert not Deal.objects.exists()
    link = link_on(text)
    form = page(Client(), link)
    assert f'value="{EMAIL}"' in form
    assert re.search(r'value="artist"[^>]*checked', form)
    newcomer = sign_up(link=link)
    first = newcomer.post(mailed(EMAIL), follow=True)
    assert "Lantern Row</bdi> offers you a deal" in first.content.decode()
    deal = Deal.objects.get()
    assert (deal.state, deal.label_bps, deal.advance_micros) == ("invited", 2_000, 100_000_000)
    assert not Invitation.objects.exists()
    assert EMAIL not in page(client, "/roster")
    newcomer.post(f"/deals/{deal.pk}/answer", {"answer": "accept"})
    deal.refresh_from_db()
    assert deal.state == Deal.State.ACCEPTED


def test_whoever_signs_up_to_listen_is_offered_nothing(client: Client, label: User) -> None:
    invite(client)
    newcomer = sign_up("listener")
    newcomer.post(mailed(EMAIL))
    page(newcomer, "/wallet")
    assert not Deal.objects.exists()
    assert EMAIL in page(client, "/roster")


def test_an_offer_is_not_shown_to_who_has_not_confirmed_the_e_mail(
    client: Client, label: User
) -> None:
    """Anybody can sign up with somebody else's."""
    invite(client)
    stranger = sign_up()
    told = page(stranger, "/studio")
    assert "What labels offer to this e-mail waits until then" in told
    assert "Lantern Row" not in told
    assert EMAIL in page(client, "/roster")
    again = stranger.post("/account/email/again", {"next": "/studio"})
    assert again.headers["Location"] == "/studio"
    assert "Lantern Row" in stranger.post(mailed(EMAIL), follow=True).content.decode()


def test_an_offer_to_a_login_whose_e_mail_is_not_confirmed_waits_as_well(
    client: Client, label: User
) -> None:
    newcomer = sign_up()
    assert "Hand its link over" in invite(client)
    assert not Deal.objects.exists()
    newcomer.post(mailed(EMAIL), follow=True)
    assert Deal.objects.get().label == label.party


def test_an_artist_who_has_a_login_is_offered_it_at_once(client: Client, label: User) -> None:
    artist = a_user("artist")
    User.objects.filter(pk=artist.pk).update(confirmed_at=NOON)
    invite(client, artist.email)
    assert Deal.objects.get().artist == artist.party
    assert not Invitation.objects.exists()


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"email": ""}, "Write an e-mail."),
        ({"email": "noor"}, "This is no e-mail address"),
        ({"email": f"noor@{'.'.join(['n' * 60] * 5)}.org"}, "This is no e-mail address"),
    ],
)
def test_an_offer_needs_somebody(
    client: Client, label: User, sent: dict[str, str], sentence: str
) -> None:
    answer = client.post("/roster", OFFER | sent)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()


def test_a_login_that_is_no_artists_can_not_be_invited(client: Client, label: User) -> None:
    answer = client.post("/roster", OFFER | {"email": a_listener().email})
    assert "belongs to a login that publishes no music" in answer.content.decode()
    assert not Invitation.objects.exists()


def test_an_offer_is_made_once_and_can_be_taken_back_by_its_label(
    client: Client, label: User
) -> None:
    invite(client)
    assert "You have invited this e-mail already" in invite(client)
    waiting = Invitation.objects.get()
    stranger = Client()
    stranger.force_login(a_user("label"))
    address = f"/roster/invitations/{waiting.pk}/withdraw"
    assert stranger.post(address).status_code == 404
    assert "is taken back" in client.post(address, follow=True).content.decode()
    assert not Invitation.objects.exists()
