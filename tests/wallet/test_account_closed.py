"""Closing an account: what is forgotten, what stays, and who can't."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from marketplace.catalog import payees
from marketplace.discovery.models import Like
from marketplace.library.models import Playlist
from marketplace.listening import streams
from marketplace.listening.models import Stream
from marketplace.templatetags.amounts import plain_dollars
from marketplace.users.models import User
from marketplace.users.signup import sign_up
from marketplace.users.throttle import TRIES
from royalties import (
    bundle,
    invariants,
    ledger,
    purses,
    statements,
    terms,
    wallets,
    withdrawals,
)
from royalties.errors import TermsError
from royalties.models import (
    Account,
    PaidPlay,
    Party,
    Period,
    UnitWithdrawal,
    WalletChallenge,
    Withdrawal,
)
from tests.builders import NOON, PASSWORD, a_listener, a_stream, a_track, a_user, an_artist, heard
from tests.royalties.house import House
from tests.royalties.linking import HERE, KEYS, address_of, linked

pytestmark = pytest.mark.django_db
URL = "/account/close"
OWN = address_of(KEYS[0])


@pytest.fixture(autouse=True)
def _no_tries_taken() -> None:
    cache.clear()


@pytest.fixture
def listener(client: Client) -> User:
    user = a_listener()
    client.force_login(user)
    return user


def close(client: Client, password: str = PASSWORD) -> str:
    return client.post(URL, {"password": password}, follow=True).content.decode()


def test_who_it_was_is_forgotten_and_the_books_stay(
    client: Client, listener: User, house: House
) -> None:
    track = a_track()
    heard(listener, track)
    house.at = house.at.replace(hour=13)
    house.accrue()
    period = house.close()
    before = bundle.path_of(period).read_bytes()
    Like.objects.create(user=listener, track=track, at=NOON)
    Playlist.objects.create(user=listener, name="For Noor", created_at=NOON, changed_at=NOON)
    name, email = listener.name, listener.email
    assert "Your account is closed" in close(client)
    for model, fields in [(User, ("name", "email")), (Party, ("name",))]:
        for row in model.objects.values_list(*fields):  # type: ignore[attr-defined]
            assert name not in row
            assert email not in row
    assert not Like.objects.exists()
    assert not Playlist.objects.exists()
    play = PaidPlay.objects.get()
    assert play.listener == listener.party
    aside, digest = bundle.write_aside(Period.objects.get(pk=period.pk))
    assert aside.path.read_bytes() == before
    aside.drop()
    assert "0x" + digest.hex() == period.bundle_hash
    assert [check for check in invariants.ledger_checks() if not check.ok] == []


def test_it_is_signed_out_everywhere_and_nobody_signs_in_again(
    client: Client, listener: User
) -> None:
    elsewhere = Client()
    elsewhere.force_login(listener)
    email = listener.email
    close(client)
    for browser in (client, elsewhere):
        assert browser.get("/wallet").status_code == 302
    again = client.post("/login", {"username": email, "password": PASSWORD})
    assert again.status_code == 422
    assert sign_up(email, PASSWORD, "Somebody else", NOON).pk != listener.pk  # it is free again


def test_in_place_the_next_page_is_loaded_whole_and_says_so(client: Client, listener: User) -> None:
    answer = client.post(URL, {"password": PASSWORD}, headers={"HX-Request": "true"})
    assert answer.headers["HX-Redirect"] == "/"
    assert "Your account is closed" in client.get("/").content.decode()


def test_what_plays_is_stopped_and_its_money_not_held(client: Client, listener: User) -> None:
    stream = a_stream(listener, a_track())
    streams.heartbeat(stream.pk, listener, 0, NOON)
    assert purses.held(listener.party) > 0
    close(client)
    assert purses.held(listener.party) == 0
    assert Stream.objects.get(pk=stream.pk).ended_at is not None


def test_it_says_what_is_left_behind(client: Client, listener: User) -> None:
    assert "$5.00 of balance. Nobody can spend" in " ".join(
        client.get(URL).content.decode().split()
    )
    client.force_login(a_user())
    assert "Nothing: no balance, and no units." in client.get(URL).content.decode()


def test_it_says_what_came_back_wherever_it_is_by_now(client: Client, house: House) -> None:
    fan, listener, track = a_listener(), a_listener(), a_track()
    for number, user in enumerate((fan, listener)):
        heard(user, track, house.at)
        house.pass_time(60 + number)
        house.accrue()
    client.force_login(fan)
    back = statements.payouts(fan.party).accrued
    assert back
    left = f", {plain_dollars(back, 6)} that came back to you, and your units of 1 song."
    assert left in client.get(URL).content.decode()
    house.settle()
    assert left in client.get(URL).content.decode()


def spendable(listener: User, micros: int) -> None:
    lines = [(ledger.account(Account.Kind.RESERVE), -micros)]
    lines.append((ledger.account(Account.Kind.SPENDABLE, listener.party), micros))
    ledger.post(f"given/{listener.pk}", "given", NOON, lines)


def test_what_is_on_its_way_to_a_wallet_is_waited_for(client: Client, listener: User) -> None:
    """Unlinked with the account, the wallet would not be sent it."""
    linked(listener.party, NOON)
    spendable(listener, 2_000_000)
    asked = withdrawals.request(listener.party, 2_000_000, "out", NOON)
    told = client.post(URL, {"password": PASSWORD})
    assert told.status_code == 422
    assert "Money of yours is on its way to your wallet." in told.content.decode()
    listener.refresh_from_db()
    assert listener.is_active
    asked.state, asked.ended_at = Withdrawal.State.RELEASED, NOON
    asked.save()
    track = a_track()
    leaves = {"party": listener.party, "terms": track.terms, "key": "out", "units": 5}
    moved = UnitWithdrawal.objects.create(**leaves, address=OWN, requested_at=NOON)
    assert "Units of yours are on their way" in close(client)
    moved.state, moved.ended_at = UnitWithdrawal.State.RELEASED, NOON
    moved.save()
    assert "Your account is closed" in close(client)


def test_a_wallet_of_a_closed_account_is_its_owners_to_link_again(
    client: Client, listener: User
) -> None:
    linked(listener.party, timezone.now())
    wallets.challenge(listener.party, address_of(KEYS[1]), HERE, timezone.now())
    close(client)
    assert wallets.in_use(listener.party, timezone.now()) is None
    assert not WalletChallenge.objects.exists()
    again = a_user()
    assert linked(again.party, timezone.now()).address == OWN


def test_no_song_pays_an_account_that_was_closed_before_it_went_on_sale(
    client: Client, listener: User
) -> None:
    """Terms can't be changed: it would be paid for good, and nobody could claim it."""
    artist, closed = an_artist(), a_user()
    User.objects.filter(pk=closed.pk).update(is_active=False)  # as an operator closes it
    rows = [payees.PayeeRow(closed.email, "writer", Decimal(100))]
    with pytest.raises(payees.PayeeError, match="has no account yet"):
        payees.parties(rows, artist.party)
    parts = [terms.Part(listener.party, "writer", 7_500)]
    draft = terms.TermsDraft(issuer=artist.party, parts=parts, pool_bps=2_000)
    close(client)
    with pytest.raises(TermsError, match="A payee has closed their account"):
        terms.publish(uuid4(), draft, NOON)


def test_a_wrong_password_closes_nothing_and_guessing_is_slow(
    client: Client, listener: User
) -> None:
    answer = client.post(URL, {"password": "wrong"})
    assert answer.status_code == 422
    assert "That is not the password of this account." in answer.content.decode()
    for _ in range(TRIES):
        client.post(URL, {"password": "wrong"})
    assert "wrong ten times" in client.post(URL, {"password": PASSWORD}).content.decode()
    listener.refresh_from_db()
    assert listener.is_active


@pytest.mark.parametrize("role", ["artist", "label", "operator"])
def test_whom_others_work_with_is_sent_to_an_operator(client: Client, role: str) -> None:
    user = a_user(role)
    client.force_login(user)
    assert "Ask an operator" in client.get(URL).content.decode()
    assert client.post(URL, {"password": PASSWORD}).status_code == 422
    user.refresh_from_db()
    assert user.is_active


def test_who_is_paid_by_songs_stays(client: Client, listener: User) -> None:
    a_track(an_artist(listener))
    assert "Songs pay you by terms" in client.get(URL).content.decode()
    assert client.post(URL, {"password": PASSWORD}).status_code == 422


def test_the_demos_own_logins_stay(client: Client, settings: Settings) -> None:
    settings.DEMO = True
    user = sign_up("listener@refrain.demo", PASSWORD, "Noor", NOON)
    client.force_login(user)
    assert "one of the demo’s own logins" in client.get(URL).content.decode()
