"""Pages of a wallet of one's own: linked by password and signature, changed with notice."""

from datetime import timedelta
from html import unescape

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from eth_account import Account as Wallet
from eth_account.messages import encode_defunct
from pytest_django import Settings

from contracts import client as contracts
from marketplace.catalog.models import Track
from marketplace.users.models import User
from marketplace.users.throttle import TRIES
from royalties import ledger, wallets
from royalties.models import Account, UnitWithdrawal, WalletChallenge
from tests.builders import PASSWORD, a_listener, a_track
from tests.pages import page
from tests.royalties.builders import a_play
from tests.royalties.house import House, send, send_units_back

pytestmark = pytest.mark.django_db
URL = "/wallet/own"
KEYS = [bytes([n]) * 32 for n in (7, 8)]
ADDRESSES = [str(Wallet.from_key(key).address) for key in KEYS]


@pytest.fixture
def listener(client: Client) -> User:
    cache.clear()  # no tries of a password taken
    user = a_listener()
    client.force_login(user)
    return user


def answer(client: Client, key: bytes = KEYS[0], **changed: str) -> str:
    """Ask for the message as one does on the page, sign what stands there, and send it."""
    asked = client.post(f"{URL}/message", {"address": Wallet.from_key(key).address}, follow=True)
    shown = unescape(asked.content.decode())
    text = WalletChallenge.objects.get().message
    assert text in shown
    signature = Wallet.sign_message(encode_defunct(text=text), key).signature.hex()
    form = {"nonce": WalletChallenge.objects.get().nonce, "signature": signature}
    posted = {**form, "password": PASSWORD, **changed}
    return unescape(client.post(f"{URL}/link", posted, follow=True).content.decode())


def test_a_wallet_is_linked_by_the_message_the_page_shows(client: Client, listener: User) -> None:
    assert "None linked yet" in page(client, URL)
    done = answer(client)
    assert "Your wallet is linked." in done
    assert ADDRESSES[0] in done
    assert "testserver wants you to sign in" not in done


def test_a_wrong_password_links_nothing_and_guessing_is_slow(
    client: Client, listener: User
) -> None:
    for _ in range(TRIES):
        assert "not the password" in answer(client, password="wrong")
    assert "wrong ten times" in answer(client)
    assert "None linked yet" in page(client, URL)


def test_a_wrong_signature_is_told_beside_the_field_and_the_message_stays(
    client: Client, listener: User
) -> None:
    said = answer(client, signature="0x12")
    assert "This is no signature" in said
    assert WalletChallenge.objects.get().message in said


def test_a_wrong_address_is_told(client: Client, listener: User) -> None:
    asked = client.post(f"{URL}/message", {"address": "0x12"})
    assert asked.status_code == 422
    assert "0x and 40 digits" in asked.content.decode()


def test_a_used_message_says_to_ask_for_another(client: Client, listener: User) -> None:
    assert "ask for a new one" in answer(client, nonce="0" * 32)


def test_a_change_is_announced_in_the_wallet_and_taken_back_there(
    client: Client, listener: User
) -> None:
    answer(client)
    assert "and can be used from" in answer(client, KEYS[1])
    shown = page(client, "/wallet")
    assert "Your wallet changes on" in shown
    assert ADDRESSES[1] in shown
    client.post(f"{URL}/keep")
    assert "Your wallet changes on" not in page(client, "/wallet")
    assert ADDRESSES[0] in page(client, URL)


def test_unlinked_it_is_sent_nothing_more(client: Client, listener: User) -> None:
    answer(client)
    client.post(f"{URL}/unlink")
    assert "None linked yet" in page(client, URL)


def test_a_stranger_sees_nothing_of_it(client: Client) -> None:
    assert client.get(URL).status_code == 302
    assert client.post(f"{URL}/link").status_code == 302


def test_another_account_cannot_use_the_message(client: Client, listener: User) -> None:
    other, here = a_listener(), wallets.Site("testserver", "http://testserver/wallet/own")
    theirs = wallets.challenge(other.party, ADDRESSES[0], here, timezone.now())
    signature = Wallet.sign_message(encode_defunct(text=theirs.message), KEYS[0]).signature.hex()
    posted = {"nonce": theirs.nonce, "signature": signature, "password": PASSWORD}
    assert "ask for a new one" in client.post(f"{URL}/link", posted).content.decode()
    assert wallets.in_use(listener.party, timezone.now()) is None


def test_money_is_withdrawn_and_its_postings_are_found(
    client: Client, listener: User, house: House
) -> None:
    answer(client)
    assert "Nothing to send now" in page(client, URL)
    lines = [
        (ledger.account(Account.Kind.SPENDABLE, listener.party), 2_500_000),
        (ledger.account(Account.Kind.CUSTODY_FLOAT), -2_500_000),
    ]
    ledger.post("a claim", "claim", house.at, lines)
    transfer = contracts.transfer(house.token.address, house.deployment.custody, 2_500_000)
    send(house.chain, "publisher", transfer)
    assert "$2.500000 can be sent" in page(client, URL)
    refused = client.post(f"{URL}/withdraw", {"amount": "2.500001", "key": "a"})
    assert "more than you can spend: $2.500000" in refused.content.decode()
    refused = client.post(f"{URL}/withdraw", {"amount": "0.999999", "key": "a"})
    assert "At least $1 can be sent at once." in refused.content.decode()
    sent = {"amount": "1.25", "key": "b"}
    for _ in range(2):  # pressed twice
        assert "on its way" in client.post(f"{URL}/withdraw", sent, follow=True).content.decode()
    listed = page(client, f"{URL}/withdrawals")
    assert "Planned" in listed
    assert "every 2s" in listed
    house.at = timezone.now()
    house.work()
    listed = page(client, f"{URL}/withdrawals")
    assert ("Final" in listed, "every 2s" in listed) == (True, False)
    assert house.token.balance_of(ADDRESSES[0]) == 1_250_000
    for title in ("Withdrawal reserved", "Withdrawal final", "on its way to a wallet"):
        assert title in listed


@pytest.fixture
def song(listener: User, house: House, settings: Settings) -> Track:
    """The listener earned units of it, which may leave."""
    settings.UNITS_COOL_OFF = timedelta(0)
    track = a_track(title="Slow Glass")
    assert track.terms
    house.at = timezone.now() - timedelta(hours=1)
    for _ in range(2):
        a_play(track.terms, listener.party, house.at)
        house.pass_time(5)
        house.accrue()
    return track


def test_units_are_asked_for_and_kept(client: Client, song: Track) -> None:
    assert "None may leave yet" not in answer(client)
    form = {"song": song.pk, "units": "100000", "key": "a"}
    refused = client.post(f"{URL}/units", form).content.decode()
    assert "can leave now" in refused
    refused = client.post(f"{URL}/units", {**form, "units": "99"}).content.decode()
    assert "At least 100 units of a song can leave at once" in refused
    for _ in range(2):  # pressed twice
        client.post(f"{URL}/units", {**form, "units": "150"})
    asked = UnitWithdrawal.objects.get()
    shown = page(client, URL)
    assert "They leave at the next close" in shown
    assert "Slow Glass" in shown
    client.post(f"{URL}/units/{asked.pk}/keep")
    assert "They stayed here" in page(client, URL)


def test_units_are_sent_and_come_back(
    client: Client, listener: User, house: House, song: Track
) -> None:
    assert song.terms
    answer(client)
    client.post(f"{URL}/units", {"song": song.pk, "units": "170", "key": "a"})
    house.at = timezone.now()
    house.close()
    assert "they earn for your wallet" in page(client, URL)
    assert (
        "They have left already"
        in client.post(
            f"{URL}/units/{UnitWithdrawal.objects.latest('pk').pk}/keep", follow=True
        ).content.decode()
    )
    house.work()
    house.pass_time(60)
    house.work()
    assert "They are in your wallet" in page(client, URL)
    claimed = client.post(f"{URL}/units/claim", follow=True).content.decode()
    assert "Claimed already" in claimed  # they left at the end of the only settled period
    send_units_back(house, song.terms, KEYS[0], 20)
    house.work()
    shown = page(client, URL)
    assert "They are among yours from the next close" in shown
    assert house.deployment.custody in shown
    a_play(song.terms, listener.party, house.at)
    house.pass_time(5)
    house.close()
    assert "they earn for you here" in page(client, URL)
