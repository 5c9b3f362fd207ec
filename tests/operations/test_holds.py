"""Holds and chargebacks: an operator presses, the listener and the artist read what happened."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from marketplace.catalog.models import Artist
from marketplace.listening import streams
from marketplace.operations import deeds
from marketplace.operations.models import Deed
from marketplace.problems import Conflict
from marketplace.users.models import User
from marketplace.wallet import limits
from royalties import accrual, fraud_holds, purses
from royalties.models import FraudHold, PaidPlay, Reversal, TopUp
from tests.builders import (
    NOON,
    a_listener,
    a_stream,
    a_track,
    a_user,
    an_artist,
    heard,
    later,
)
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


def held(play: PaidPlay, reason: str = "bot") -> dict[str, object]:
    return {"numbers": play.pk, "rule": "automated playing", "reason": reason}


def test_plays_are_held_answered_and_released_and_everybody_reads_why(office: Client) -> None:
    artist, listener = a_user("artist"), a_listener()
    play = a_play(an_artist(artist), listener)
    accrual.accrue(later(60))
    sent = office.post("/operations/holds/new", held(play, reason="Nine devices"))
    assert sent.status_code == 302
    one = FraudHold.objects.get()
    told = page(office, "/operations/holds")
    assert "not seen yet" in told
    text = f"Hold {one.pk}, automated playing, of 1 play: Nine devices"
    assert Deed.objects.get().text == text
    theirs = Client()
    theirs.force_login(listener)
    assert ">held</span>" in page(theirs, "/wallet")
    assert "is held while somebody looks into it" in page(theirs, "/wallet")
    receipt = page(theirs, f"/receipts/{play.pk}")
    assert "This play is held" in receipt
    assert "Nine devices" in receipt
    studio = Client()
    studio.force_login(artist)
    assert "You can answer until" in page(studio, "/payouts")
    sent = studio.post(f"/payouts/holds/{one.pk}/answer", {"text": "A class listened."})
    assert sent.status_code == 302
    assert "A class listened." in page(office, f"/operations/holds/{one.pk}")
    office.post(f"/operations/holds/{one.pk}/release", {"why": "We rang the school."})
    assert Reversal.objects.get().released_at is not None
    assert "We rang the school." in page(studio, f"/payouts/holds/{one.pk}")
    assert "was held and is released again" in page(theirs, "/wallet")


@pytest.mark.parametrize(
    ("numbers", "told"),
    [
        ("99", "No receipt has the number 99."),
        (" , ", "Write the number of one receipt at least."),
        ("nine", "“nine” is no receipt number."),
        ("9" * 19, f"“{'9' * 19}” is no receipt number."),
    ],
)
def test_receipts_that_are_none_are_refused(office: Client, numbers: str, told: str) -> None:
    form = {"numbers": numbers, "rule": "automated playing", "reason": "bot"}
    sent = office.post("/operations/holds/new", form)
    assert sent.status_code == 422
    assert told in sent.content.decode()
    assert not Reversal.objects.exists()


@pytest.mark.parametrize("lacking", ["rule", "reason"])
def test_a_hold_without_a_rule_or_a_reason_is_refused(office: Client, lacking: str) -> None:
    form = held(a_play(an_artist(), a_listener())) | {lacking: ""}
    assert office.post("/operations/holds/new", form).status_code == 422
    assert not Reversal.objects.exists()


def test_a_decision_without_a_reason_is_refused(office: Client) -> None:
    office.post("/operations/holds/new", held(a_play(an_artist(), a_listener())))
    one = FraudHold.objects.get()
    sent = office.post(f"/operations/holds/{one.pk}/release", {"why": " "})
    assert sent.status_code == 422
    assert "Say why; everybody whom the song pays reads it." in sent.content.decode()
    assert FraudHold.objects.open().exists()


def test_plays_are_decided_against_once_they_could_be_answered(
    office: Client, settings: Settings
) -> None:
    artist, listener = a_user("artist"), a_listener()
    play = a_play(an_artist(artist), listener)
    office.post("/operations/holds/new", held(play))
    one = FraudHold.objects.get()
    url, why = f"/operations/holds/{one.pk}", {"why": "A machine played them."}
    assert "when whom the song pays has seen the hold" in page(office, url)
    office.post(f"{url}/forfeit", why)
    assert "may answer once they see it" in page(office, url)
    settings.HOLD_ANSWER_WITHIN = timedelta(0)
    studio = Client()
    studio.force_login(artist)
    page(studio, "/payouts")
    assert office.post(f"{url}/forfeit", {"why": ""}).status_code == 422
    office.post(f"{url}/forfeit", why)
    one.refresh_from_db()
    assert one.outcome == "forfeited"
    text = f"Decided against the plays of hold {one.pk}: A machine played them."
    assert Deed.objects.latest("pk").text == text
    told = page(studio, f"/payouts/holds/{one.pk}")
    assert "A machine played them." in told
    assert "goes to other songs" in told
    theirs = Client()
    theirs.force_login(listener)
    assert "was held and decided against" in page(theirs, f"/receipts/{play.pk}")
    assert "goes to other songs, and not back to you" in page(theirs, "/wallet")


def test_the_receipt_of_a_forfeited_play_shows_no_units_and_no_payees(
    office: Client, settings: Settings
) -> None:
    settings.HOLD_ANSWER_WITHIN = timedelta(0)
    play = a_play(an_artist(name="Mirela Anso"), a_listener())
    accrual.accrue(later(60))
    before = page(office, f"/receipts/{play.pk}")
    assert "Earned by listening" in before
    assert "Mirela Anso</bdi>, artist" in before
    office.post("/operations/holds/new", held(play))
    one = FraudHold.objects.get()
    assert "Frozen, nobody has it" in page(office, f"/receipts/{play.pk}")
    fraud_holds.show([one], one.at)
    office.post(f"/operations/holds/{one.pk}/forfeit", {"why": "A machine played them."})
    told = page(office, f"/receipts/{play.pk}")
    assert "One play, forfeited" in told
    assert "Taken back, for other songs" in told
    assert "Earned by listening" not in told
    assert "Mirela Anso</bdi>, artist" not in told
    assert "taken back since" in told
    assert "no leaf and no root pays for it" in told
    assert "Counted in the song’s leaf" not in told


def test_a_released_play_shows_the_units_it_has_again(office: Client) -> None:
    play = a_play(an_artist(), a_listener())
    accrual.accrue(later(60))
    office.post("/operations/holds/new", held(play))
    one = FraudHold.objects.get()
    office.post(f"/operations/holds/{one.pk}/release", {"why": "We rang the school."})
    told = page(office, f"/receipts/{play.pk}")
    play.refresh_from_db()
    assert "Earned by listening" in told
    assert "of them left" not in told
    assert play.units is not None
    assert f"{play.units} units</dd>".replace(" ", "\u00a0") in told


def test_what_is_to_be_decided_is_an_alarm_on_the_first_page(
    office: Client, settings: Settings
) -> None:
    settings.HOLD_ANSWER_WITHIN = timedelta(0)
    office.post("/operations/holds/new", held(a_play(an_artist(), a_listener())))
    assert "1 hold, $0.00 frozen." in page(office, "/operations/")
    one = FraudHold.objects.get()
    fraud_holds.show([one], one.at)
    assert f"Decide hold {one.pk} until" in page(office, "/operations/")


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


def test_what_a_charged_back_listener_plays_stops_and_the_reserve_pays_nothing_for_it(
    office: Client,
) -> None:
    """Whoever can time it would have a song paid by the reserve with each top-up."""
    listener = a_listener(micros=0)
    at = timezone.now()
    limits.set_cap(listener, 5_000_000, at)
    purses.deposit(listener.party, 20_000, "card", at, at + timedelta(days=60))
    stream = a_stream(listener, a_track(), at)
    streams.heartbeat(stream.pk, listener, 0, at)
    assert purses.held(listener.party) > 0
    top_up = TopUp.objects.get()
    office.post(f"/operations/top-ups/{top_up.pk}/back", {"reason": "Stolen card"})
    top_up.refresh_from_db()
    stream.refresh_from_db()
    assert (top_up.reserve_micros, stream.ending) == (0, "stopped")
    assert purses.held(listener.party) == purses.available(listener.party) == 0


def test_of_two_who_charge_back_at_once_one_is_told_so(office: Client) -> None:
    operator, at = a_user("operator"), later(60)
    purses.deposit(a_listener().party, 5_000_000, "card", NOON, NOON + timedelta(days=60))
    top_up = TopUp.objects.get()
    deeds.charge_back(operator, TopUp.objects.get(), "Stolen card", at)
    with pytest.raises(Conflict, match="charged back already"):
        deeds.charge_back(operator, top_up, "Stolen card", later(61))  # read before that
    assert Deed.objects.count() == 1


@pytest.mark.parametrize("role", ["listener", "artist", "label"])
def test_nobody_else_holds_a_play(office: Client, role: str) -> None:
    play = a_play(an_artist(), a_listener())
    other = Client()
    other.force_login(a_user(role))
    other.post("/operations/holds/new", held(play))
    assert not Reversal.objects.exists()
