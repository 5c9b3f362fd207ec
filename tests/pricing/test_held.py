"""The price of a song drawn to be held stands; its answers teach, and its page says so."""

from datetime import timedelta
from uuid import UUID

import pytest
from pytest_django import Settings

from marketplace.pricing import history, quotes, reasons, steps
from marketplace.pricing.held import is_held
from marketplace.pricing.models import EngineStep, Quote, TrackPrice
from tests.builders import NOON, a_listener, a_track

HOUR = timedelta(hours=1)


def test_two_songs_in_a_hundred_are_held_and_the_key_alone_decides(
    settings: Settings,
) -> None:
    settings.PRICE_HELD_BPS = 200
    keys = [UUID(int=number).hex for number in range(20_000)]
    held = [key for key in keys if is_held(key)]
    assert 340 < len(held) < 460
    assert all(is_held(key) for key in held)
    settings.PRICE_HELD_BPS = 0
    assert not any(is_held(key) for key in held)


@pytest.mark.django_db
def test_a_held_price_stands_while_its_listeners_answer(settings: Settings) -> None:
    settings.PRICE_HELD_BPS = 10_000
    track = a_track(at=NOON)
    first = TrackPrice.objects.get(track=track).micros
    for hour in range(5):
        at = NOON + hour * HOUR
        for _ in range(12):
            quote = quotes.offer(track, a_listener(0, at=at), "press", at)
            quotes.end(quote.pk, Quote.State.ACCEPTED, at + timedelta(minutes=1))
        steps.step(at + HOUR)
    at = NOON + 5 * HOUR
    assert TrackPrice.objects.get(track=track).micros == first
    assert sum(point.quotes for point in track.price_points.all()) == 60
    assert EngineStep.objects.latest("hour").reasons == {"held": 1}
    assert "price stands still" in reasons.explain(track, at).second
    assert history.price_history(track, first, at).ahead is None


@pytest.mark.django_db
def test_a_song_let_go_moves_from_where_it_stood(settings: Settings) -> None:
    track = a_track(at=NOON)
    for hour, held_bps in enumerate((10_000, 10_000, 0, 0)):
        settings.PRICE_HELD_BPS = held_bps
        at = NOON + hour * HOUR
        for _ in range(12):
            quote = quotes.offer(track, a_listener(0, at=at), "press", at)
            quotes.end(quote.pk, Quote.State.ACCEPTED, at + timedelta(minutes=1))
        steps.step(at + HOUR)
    prices = [point.micros for point in track.price_points.order_by("at")]
    assert prices[0] == prices[1] == prices[2] < prices[-1]
