"""Quotes: one price for everybody, ten minutes long, and one lesson a listener, track and day."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from marketplace.catalog.models import Track
from marketplace.pricing import quotes
from marketplace.pricing.models import Quote, TrackPrice
from marketplace.problems import Conflict, NotFound
from tests.builders import NOON, a_listener, a_track, an_artist, heard, later

pytestmark = pytest.mark.django_db


def test_the_page_and_the_pressed_play_share_one_quote() -> None:
    listener, track = a_listener(), a_track()
    shown = quotes.offer(track, listener, "track", NOON)
    assert quotes.offer(track, listener, "press", later(599)) == shown
    assert quotes.offer(track, listener, "press", later(600)) != shown


def test_a_quote_keeps_its_price_when_the_price_moves() -> None:
    listener, track = a_listener(), a_track()
    quote = quotes.offer(track, listener, "press", NOON)
    TrackPrice.objects.filter(track=track).update(micros=7_000)
    stream = heard(listener, track)
    assert stream.quote_id == quote.pk
    assert stream.quote.price_micros == 6_000
    assert quotes.offer(track, listener, "press", later(60)).price_micros == 7_000


def test_the_days_first_teaching_quote_teaches_alone() -> None:
    listener, track = a_listener(), a_track()
    heard(listener, track)
    again = quotes.offer(track, listener, "press", later(60))
    tomorrow = quotes.offer(track, listener, "press", NOON + timedelta(days=1))
    assert Quote.objects.get(state="accepted").teaches
    assert (again.teaches, tomorrow.teaches) == (False, True)


@pytest.mark.parametrize("surface", ["queue", "radio"])
def test_queue_and_radio_teach_nothing(surface: str) -> None:
    listener, track = a_listener(), a_track()
    assert quotes.offer(track, listener, surface, NOON).teaches is False
    assert quotes.offer(track, listener, "press", NOON).teaches is True


def test_payees_teach_nothing_about_their_own_track() -> None:
    artist_user = a_listener()
    track = a_track(an_artist(artist_user))
    assert quotes.offer(track, artist_user, "press", NOON).teaches is False


def test_an_unused_quote_expires_as_an_answer() -> None:
    quote = quotes.offer(a_track(), a_listener(), "track", NOON)
    assert quotes.expire(later(599)) == 0
    assert quotes.expire(later(600)) == 1
    quote.refresh_from_db()
    assert (quote.state, quote.teaches, quote.ended_at) == ("expired", True, later(600))


def test_an_ended_quote_stays_as_it_ended() -> None:
    quote = quotes.offer(a_track(), a_listener(), "track", NOON)
    quotes.end(quote.pk, Quote.State.DECLINED, later(1))
    quotes.end(quote.pk, Quote.State.ACCEPTED, later(2))
    quote.refresh_from_db()
    assert (quote.state, quote.ended_at) == ("declined", later(1))


def test_an_unpublished_track_has_no_price_to_quote() -> None:
    track = a_track()
    track.state = Track.State.FAILED
    with pytest.raises(Conflict):
        quotes.offer(track, a_listener(), "press", NOON)


def test_somebody_elses_quote_is_not_found() -> None:
    quote = quotes.offer(a_track(), a_listener(), "press", NOON)
    with pytest.raises(NotFound):
        quotes.find(quote.pk, a_listener())


@pytest.mark.django_db(transaction=True)
def test_six_windows_opened_at_once_make_one_lesson() -> None:
    listener, track = a_listener(), a_track()

    def ask(_: int) -> None:
        try:
            quotes.offer(track, listener, "press", NOON)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(ask, range(6)))
    assert Quote.objects.filter(teaches=True).count() == 1
