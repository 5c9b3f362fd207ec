"""The numbers behind a price."""

from dataclasses import replace

import numpy as np
import pytest

from marketplace.pricing.engine import Engine
from tests.pricing.engine.worlds import USUAL, hour, listen


def test_before_anyone_listened_it_waits() -> None:
    why = Engine.new(USUAL, [0], 1, ["song"]).explain("song")
    assert (why.reason, why.price, why.yesterday, why.n) == ("waiting", 1.0, 1.0, 0.0)
    assert (why.floor, why.cap, why.offset) == (0.1, 6.0, 0.0)


def test_launch_may_change_next_hour_and_later_only_next_day() -> None:
    engine = Engine.new(USUAL, np.zeros(20, int), 1)
    listen(engine, 1.5, range(10))
    assert engine.explain(3).reason == "launch"
    assert engine.explain(3).valid_until == 10

    path = listen(engine, 1.5, range(10, 24 * 12))
    why = engine.explain(3)
    assert why.reason in ("learned", "test", "limited")
    assert why.price == path[-1][3]
    assert why.valid_until > 24 * 12 - 1
    rest = listen(engine, 1.5, range(24 * 12, 24 * 13), seed=5)
    steps = why.valid_until - 24 * 12
    assert (rest[: steps + 1, 3] == why.price).all()


def test_acceptance_target_and_doubt_are_those_of_the_listeners() -> None:
    engine = Engine.new(USUAL, np.zeros(40, int), 1)
    listen(engine, 1.5, range(24 * 14), quotes=8.0)
    why = engine.explain(0)
    assert why.acceptance == pytest.approx(np.exp(-why.price / 1.5), abs=0.06)
    assert why.low < why.target < why.high
    assert why.price == pytest.approx(why.target * (1 + why.offset), rel=0.1)
    assert why.n > 50


def test_a_price_at_the_cap_says_so_and_one_that_hurries_too() -> None:
    low_cap = replace(USUAL, cap=1.2)
    capped = Engine.new(low_cap, np.zeros(10, int), 1)
    listen(capped, 4.0, range(24 * 6))
    assert capped.explain(0).reason == "bound"
    assert capped.explain(0).price == 1.2

    hurried = Engine.new(USUAL, np.zeros(10, int), 1)
    listen(hurried, 1.0, range(24 * 6), quotes=40.0)
    listen(hurried, 3.0, range(24 * 6, 24 * 9), quotes=40.0)
    assert hurried.explain(0).reason == "limited"


def test_yesterday_is_the_price_when_the_day_turned() -> None:
    engine = Engine.new(USUAL, np.zeros(5, int), 1)
    for t in range(30):
        price = engine.price()
        if t == 24:
            turned = price[0]
        hour(t, price, 20, 19).feed(engine)
    assert engine.explain(0).yesterday == turned
    assert engine.explain(0).price > turned
