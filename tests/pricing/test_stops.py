"""Prices taken back to those of a day ago, held there, and let go again."""

import zlib
from datetime import timedelta

import numpy as np
import pytest
from django.conf import settings

from marketplace.catalog.models import Track
from marketplace.pricing import history, quotes, reasons, steps, stops
from marketplace.pricing.engine.packed import pack, split
from marketplace.pricing.models import EngineStep, PriceStop, Quote, TrackPrice
from marketplace.problems import Conflict
from marketplace.users.models import User
from tests.builders import NOON, a_listener, a_track, a_user

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def operator() -> User:
    return a_user("operator")


@pytest.fixture
def track() -> Track:
    """Everybody accepts its price, hour by hour, for thirty hours."""
    track = a_track(at=NOON)
    for hour in range(30):
        answered(track, hour)
        assert steps.step(NOON + (hour + 1) * HOUR)
    return track


def answered(track: Track, hour: int, state: str = Quote.State.ACCEPTED) -> None:
    """Five play it in the hour that begins so many hours after noon."""
    at = NOON + hour * HOUR
    for _ in range(5):
        quote = quotes.offer(track, a_listener(0, at=NOON), "press", at)
        quotes.end(quote.pk, state, at + timedelta(minutes=1))


def price(track: Track) -> int:
    return TrackPrice.objects.get(track=track).micros


def test_prices_go_back_a_day_and_stand_until_they_are_let_go(track: Track, operator: User) -> None:
    then = track.price_points.get(at=NOON + 6 * HOUR).micros
    assert price(track) > then
    made = stops.stop(operator, "a burst of odd answers", NOON + 30 * HOUR)
    assert made.back_to.at == NOON + 6 * HOUR
    assert price(track) == then
    told = reasons.explain(track, NOON + 30 * HOUR)
    assert "took all prices back to those of the day before" in told.second
    assert history.price_history(track, then, NOON + 30 * HOUR).ahead is None
    answered(track, 30)
    assert steps.step(NOON + 31 * HOUR) is None
    assert price(track) == then
    stops.let_go(NOON + 31 * HOUR)
    answered(track, 31)
    assert steps.step(NOON + 32 * HOUR)
    assert then < price(track) <= then * 1.05


def test_what_was_learned_since_is_forgotten(track: Track, operator: User) -> None:
    """The first step afterwards is the one that would have followed the old one."""
    kept = bytes(EngineStep.objects.get(at=NOON + 6 * HOUR).state)
    stops.stop(operator, "odd", NOON + 30 * HOUR)
    answered(track, 30, Quote.State.DECLINED)
    stops.let_go(NOON + 31 * HOUR)
    assert not Quote.objects.filter(teaches=True, learned_at=None).exists()
    then = price(track)
    step = steps.step(NOON + 32 * HOUR)
    assert step is not None
    assert step.observations == 0
    assert price(track) == then
    engine, _ = steps._restored(step)
    before, _ = steps._restored(EngineStep(state=kept))
    assert engine.price().tolist() == before.price().tolist()


def test_prices_of_another_formula_are_gone_on_from_and_back_to_as_they_were(
    operator: User,
) -> None:
    heard, unheard = a_track(at=NOON), a_track(at=NOON)
    answered(heard, 0)
    row = steps.step(NOON + HOUR)
    assert row is not None
    dear = round(settings.PRICE_LAUNCH_MICROS * 1.04 / settings.PRICE_TICK_MICROS)
    micros = dear * settings.PRICE_TICK_MICROS  # which this formula would not have given
    assert price(unheard) == settings.PRICE_LAUNCH_MICROS != micros
    _, arrays = split(zlib.decompress(row.state))
    arrays["price_micros"] = np.where(
        arrays["caller_keys"] == unheard.pk.hex, micros, arrays["price_micros"]
    )
    row.formula, row.state = 1, pack(arrays)
    row.save()
    TrackPrice.objects.filter(track=unheard).update(micros=micros)
    answered(heard, 1)
    a_track(at=NOON + HOUR)  # joins
    assert steps.step(NOON + 2 * HOUR)
    assert price(unheard) == micros
    TrackPrice.objects.filter(track=unheard).update(micros=settings.PRICE_LAUNCH_MICROS)
    stops.stop(operator, "odd", NOON + 25 * HOUR)
    assert price(unheard) == micros


def test_a_song_that_came_out_since_costs_what_new_ones_cost_and_goes_on_from_there(
    operator: User,
) -> None:
    a_track(at=NOON)
    steps.step(NOON + HOUR)
    young = a_track(at=NOON + 20 * HOUR)
    assert steps.step(NOON + 22 * HOUR)
    TrackPrice.objects.filter(track=young).update(micros=6_400)  # by its answers
    stops.stop(operator, "odd", NOON + 30 * HOUR)
    assert price(young) == settings.PRICE_LAUNCH_MICROS
    stops.let_go(NOON + 31 * HOUR)
    assert steps.step(NOON + 32 * HOUR)
    assert price(young) == settings.PRICE_LAUNCH_MICROS


def test_a_young_market_goes_back_to_its_first_step(operator: User) -> None:
    track = a_track(at=NOON)
    steps.step(NOON + HOUR)
    answered(track, 1)
    steps.step(NOON + 2 * HOUR)
    assert stops.stop(operator, "odd", NOON + 3 * HOUR).back_to.at == NOON + HOUR


def test_nothing_is_stopped_or_let_go_twice(track: Track, operator: User) -> None:
    with pytest.raises(Conflict, match="not stopped"):
        stops.let_go(NOON)
    stops.stop(operator, "odd", NOON + 30 * HOUR)
    with pytest.raises(Conflict, match="stopped already"):
        stops.stop(operator, "odd", NOON + 30 * HOUR)
    assert PriceStop.objects.count() == 1


def test_without_a_step_there_is_nothing_to_go_back_to(operator: User) -> None:
    a_track(at=NOON)
    with pytest.raises(Conflict, match="nothing to go back to"):
        stops.stop(operator, "odd", NOON)


def test_prices_that_were_taken_back_never_come_back(operator: User) -> None:
    """Once they stood for two days, those of a day ago are the ones that stood."""
    track = a_track(at=NOON)
    steps.step(NOON + HOUR)
    held = price(track)
    answered(track, 19)
    steps.step(NOON + 20 * HOUR)
    then = stops.stop(operator, "odd", NOON + 30 * HOUR).back_to
    stops.let_go(NOON + 78 * HOUR)
    assert stops.stop(operator, "odd again", NOON + 79 * HOUR).back_to == then
    assert price(track) == held
    stops.let_go(NOON + 80 * HOUR)
    step = steps.step(NOON + 81 * HOUR)
    assert stops.stop(operator, "still odd", NOON + 82 * HOUR).back_to == then
    stops.let_go(NOON + 105 * HOUR)
    assert stops.goes_back_to(NOON + 106 * HOUR) == then != step
    assert "until let go" not in reasons.explain(track, NOON + 106 * HOUR).second
