"""Holds on a studio's songs: who sees them, and who may answer."""

from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import Settings

from marketplace.users.models import User
from royalties import deals, fraud_holds, statements
from royalties.models import FraudHold, HoldAnswer, PaidPlay
from tests.builders import NOON, a_listener, a_track, a_user, an_artist, heard, later
from tests.pages import page
from tests.royalties.builders import hold

pytestmark = pytest.mark.django_db


@pytest.fixture
def artist() -> User:
    return a_user("artist")


@pytest.fixture
def held(artist: User) -> FraudHold:
    play = heard(a_listener(), a_track(an_artist(artist), title="Long Road"), NOON)
    (one,) = hold([PaidPlay.objects.get(reference=play.quote_id)], "Nine devices", later(60))
    return one


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize("first", ["/studio", "/payouts"])
def test_whom_it_pays_sees_it_on_the_first_page_and_may_answer(
    artist: User, held: FraudHold, first: str
) -> None:
    told = page(signed_in(artist), first)
    assert "plays that no person listened to" in told
    held.refresh_from_db()
    assert held.shown_at is not None
    told = page(signed_in(artist), f"/payouts/holds/{held.pk}")
    assert "Nine devices" in told
    assert "Long Road" in told
    assert "Send the answer" in told


def test_an_answer_that_says_nothing_is_refused(artist: User, held: FraudHold) -> None:
    sent = signed_in(artist).post(f"/payouts/holds/{held.pk}/answer", {"text": "  "})
    assert sent.status_code == 422
    assert "a sentence is enough" in sent.content.decode()
    assert not HoldAnswer.objects.exists()


@pytest.mark.parametrize("role", ["artist", "label"])
def test_nobody_else_sees_it_or_answers(held: FraudHold, role: str) -> None:
    other = signed_in(a_user(role))
    assert "Long Road" not in page(other, "/payouts")
    page(other, f"/payouts/holds/{held.pk}", status=404)
    sent = other.post(f"/payouts/holds/{held.pk}/answer", {"text": "mine"})
    assert sent.status_code == 404
    assert not HoldAnswer.objects.exists()
    held.refresh_from_db()
    assert held.shown_at is None


def test_the_label_of_its_artist_sees_it_and_answers(artist: User, held: FraudHold) -> None:
    label = a_user("label")
    deals.accept(deals.invite(label.party, artist.party, 2_000, 0, NOON.date(), NOON), NOON)
    office = signed_in(label)
    assert "Long Road" in page(office, "/label")
    office.post(f"/payouts/holds/{held.pk}/answer", {"text": "Our campaign ran that day."})
    assert HoldAnswer.objects.get().party == label.party
    assert "Our campaign ran that day." in page(office, f"/payouts/holds/{held.pk}")
    for first in (page(office, "/label"), page(signed_in(artist), "/studio")):
        assert "Answered on" in first
        assert "You can answer until" not in first


def test_once_the_time_to_answer_is_over_the_first_page_says_so(
    artist: User, held: FraudHold, settings: Settings
) -> None:
    settings.HOLD_ANSWER_WITHIN = timedelta(0)
    studio = signed_in(artist)
    page(studio, "/studio")  # from this look on it runs
    first = page(studio, "/studio")
    assert "You can answer until" not in first
    assert "they still read an answer" in first
    assert "Decided until" in page(studio, f"/payouts/holds/{held.pk}")


def test_held_plays_are_in_no_figure_until_they_are_released(artist: User, held: FraudHold) -> None:
    studio = signed_in(artist)
    overview = page(studio, "/studio")
    assert "Long Road brought" not in overview
    plays = page(studio, "/studio/plays")
    assert "1 taken back stands here too" in plays
    assert "0 plays</td>" in plays
    rows = studio.get("/studio/plays.csv").getvalue().decode().splitlines()
    assert rows[1].split(",")[3:5] == ["6000", "0"]
    fraud_holds.release(held, "We rang the school.", later(90))
    plays = page(studio, "/studio/plays")
    assert "taken back" not in plays
    assert "1 play</td>" in plays


def test_statements_leave_reversed_plays_out(held: FraudHold) -> None:
    ids, span = [held.terms_id], (NOON, later(3_600))
    assert statements.revenue(ids, *span) == []
    assert statements.counts_of(ids)[held.terms_id].plays == 0
    assert statements.counts_in(ids, {"now": span})["now"] == {}
    assert statements.new_listeners(ids, *span) == 0
    fraud_holds.release(held, "We rang the school.", later(90))
    assert [line.plays for line in statements.revenue(ids, *span)] == [1]
    assert statements.new_listeners(ids, *span) == 1
