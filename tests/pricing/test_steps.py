"""Steps: what listeners answered goes in once, prices come out within their bounds."""

from datetime import datetime, timedelta

import pytest
from django.conf import settings

from marketplace.catalog.models import Track
from marketplace.pricing import quotes, steps
from marketplace.pricing.models import EngineStep, PricePoint, Quote, TrackPrice
from tests.builders import NOON, a_listener, a_track

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def answer(track: Track, at: datetime, *, accepted: bool, people: int) -> None:
    """So many listeners are shown today's price and answer it."""
    for _ in range(people):
        quote = quotes.offer(track, a_listener(0, at=at), "press", at)
        state = Quote.State.ACCEPTED if accepted else Quote.State.DECLINED
        quotes.end(quote.pk, state, at + timedelta(minutes=1))


def price(track: Track) -> int:
    return TrackPrice.objects.get(track=track).micros


@pytest.mark.parametrize("draw", range(3))  # a random key draws how fast a track sets out
def test_a_price_rises_with_acceptance_and_falls_with_refusal(draw: int) -> None:
    liked, refused = a_track(), a_track()
    for hour in range(6):
        at = NOON + hour * HOUR
        answer(liked, at, accepted=True, people=12)
        answer(refused, at, accepted=False, people=12)
        steps.step(at + HOUR)
    assert price(liked) >= settings.PRICE_LAUNCH_MICROS > price(refused)


def test_prices_stay_on_their_tick_and_within_a_step() -> None:
    track = a_track()
    before = price(track)
    for hour in range(5):
        at = NOON + hour * HOUR
        answer(track, at, accepted=True, people=8)
        steps.step(at + HOUR)
        now = price(track)
        assert now % settings.PRICE_TICK_MICROS == 0
        most = 1 + settings.PRICE_MAX_STEP
        assert before / most <= now <= before * most
        assert settings.PRICE_FLOOR_MICROS <= now <= settings.PRICE_CAP_MICROS
        before = now


def test_no_answers_anywhere_move_nothing() -> None:
    track = a_track()
    points = PricePoint.objects.count()
    assert steps.step(NOON + HOUR) is not None
    assert price(track) == settings.PRICE_LAUNCH_MICROS
    assert PricePoint.objects.count() == points


def test_an_hour_is_stepped_once_and_each_answer_taken_once() -> None:
    track = a_track()
    answer(track, NOON, accepted=True, people=3)
    first = steps.step(NOON + HOUR)
    assert first is not None
    assert first.observations == 3
    assert steps.step(NOON + HOUR + timedelta(minutes=5)) is None
    second = steps.step(NOON + 2 * HOUR)
    assert second is not None
    assert second.observations == 0
    assert EngineStep.objects.count() == 2


def test_answers_to_two_prices_in_one_hour_are_both_taken() -> None:
    track = a_track()
    answer(track, NOON, accepted=True, people=2)
    TrackPrice.objects.filter(track=track).update(micros=6_300)
    answer(track, NOON, accepted=False, people=2)
    row = steps.step(NOON + HOUR)
    assert row is not None
    assert row.observations == 4


def test_a_track_that_joins_later_keeps_the_engine_going() -> None:
    first = a_track()
    answer(first, NOON, accepted=True, people=4)
    steps.step(NOON + HOUR)
    second = a_track(at=NOON + HOUR)
    for hour in range(1, 6):
        answer(second, NOON + hour * HOUR, accepted=False, people=10)
        steps.step(NOON + (hour + 1) * HOUR)
    assert EngineStep.objects.count() == 6
    assert price(second) < price(first)
