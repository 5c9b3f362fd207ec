"""Holds and chargebacks: an operator presses, the listener and the artist read what happened."""

from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import Settings

from marketplace.catalog.models import Artist
from marketplace.operations.models import Deed
from marketplace.users.models import User
from royalties import accrual, purses
from royalties.models import PaidPlay, Reversal, TopUp
from tests.builders import NOON, a_listener, a_track, a_user, an_artist, heard, later
from tests.pages import page

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(settings: Settings) -> Client:
    settings.HOLD_WINDOW = settings.TOP_UP_HOLD_WINDOW = timedelta(0)
    client = Client()
    client.force_login(a_user("operator"))
    return client


def a_play(artist: Artist, listener: User) -> PaidPlay:
    return PaidPlay.objects.get(reference=heard(listener, a_track(artist), NOON).quote_id)


def test_a_play_is_held_and_released_and_everybody_reads_why(office: Client) -> None:
    artist, listener = a_user("artist"), a_listener()
    play = a_play(an_artist(artist), listener)
    accrual.accrue(later(60))
    sent = office.post("/operations/holds/new", {"number": play.pk, "reason": "Nine devices"})
    assert sent.status_code == 302
    told = page(office, "/operations/holds")
    assert "Nine devices" in told
    assert "If you release it" in told
    assert Deed.objects.get().text == f"Put play {play.pk} under a fraud hold: Nine devices"
    theirs = Client()
    theirs.force_login(listener)
    assert "held, looked into" in page(theirs, "/wallet")
    assert "is held while somebody looks into it" in page(theirs, "/wallet")
    receipt = page(theirs, f"/receipts/{play.pk}")
    assert "This play is held" in receipt
    assert "Nine devices" in receipt
    studio = Client()
    studio.force_login(artist)
    assert "Nine devices" in page(studio, "/payouts")
    office.post(f"/operations/holds/{play.pk}/release")
    assert Reversal.objects.get().released_at is not None
    assert "was held and is released again" in page(theirs, "/wallet")


def test_a_receipt_that_is_none_and_a_hold_without_a_reason_are_refused(office: Client) -> None:
    sent = office.post("/operations/holds/new", {"number": 99, "reason": "bot"})
    assert sent.status_code == 422
    assert b"No receipt has this number." in sent.content
    play = a_play(an_artist(), a_listener())
    assert office.post("/operations/holds/new", {"number": play.pk}).status_code == 422
    assert not Reversal.objects.exists()


def test_a_top_up_is_charged_back_and_the_listener_reads_it(office: Client) -> None:
    listener = a_listener()
    purses.deposit(listener.party, 5_000_000, "card", NOON, NOON + timedelta(days=10_000))
    told = page(office, "/operations/holds")
    assert "If you charge it back" in told
    top_up = TopUp.objects.get()
    office.post(f"/operations/top-ups/{top_up.pk}/back", {"reason": "Stolen card"})
    top_up.refresh_from_db()
    assert top_up.charged_back_at is not None
    theirs = Client()
    theirs.force_login(listener)
    assert "your bank took $5.00 back" in page(theirs, "/wallet")
    assert "Stolen card" in page(theirs, "/wallet")


@pytest.mark.parametrize("role", ["listener", "artist", "label"])
def test_nobody_else_holds_a_play(office: Client, role: str) -> None:
    play = a_play(an_artist(), a_listener())
    other = Client()
    other.force_login(a_user(role))
    other.post("/operations/holds/new", {"number": play.pk, "reason": "mine now"})
    assert not Reversal.objects.exists()
