"""Ticks, reach and the two phases of a track's life."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.pricing.engine import PricingError, Settings
from marketplace.pricing.engine.limits import (
    NEVER,
    allowed_step,
    in_launch,
    may_move,
    prices,
    reach,
)
from tests.pricing.engine.worlds import USUAL


@given(
    st.sampled_from([0.001, 0.005, 0.01, 0.05, 0.1, 1.0, 1 / 3]),
    st.integers(1, 5000),
    st.floats(0.001, 0.5),
)
def test_reach_is_the_widest_that_keeps_the_factor(tick: float, at: int, step: float) -> None:
    wide = Settings(tick, 20_000 * tick, 10 * tick, 0.05, tick)
    low, high = reach(np.array([at]), np.array([step]), wide)
    now = prices(np.array([at]), wide)[0]

    top, above = prices(np.array([high[0], high[0] + 1]), wide)
    bottom, below = prices(np.array([low[0], low[0] - 1]), wide)
    assert top <= now * (1 + step) < above
    assert below < now / (1 + step) <= bottom


def test_prices_are_the_decimals_a_person_writes() -> None:
    assert prices(np.array([29, 57, 115]), USUAL).tolist() == [0.29, 0.57, 1.15]


def test_reach_stops_at_the_bounds() -> None:
    low, high = reach(np.array([10, 600]), np.array([0.05, 0.05]), USUAL)
    assert low[0] == 10
    assert high[1] == 600


def test_bounds_between_ticks_are_kept_from_within() -> None:
    between = Settings(floor=0.103, cap=0.197, p0=0.15, max_step=0.05, tick=0.01)
    assert (between.lowest, between.highest) == (11, 19)


def test_a_mature_track_moves_once_a_day_and_by_two_per_cent() -> None:
    first, moved = np.array([NEVER, 0, 0, 0]), np.array([NEVER, 40, 46, 76])
    assert in_launch(first, 47).tolist() == [True, False, False, False]
    assert may_move(first, moved, 70).tolist() == [True, True, True, False]
    step = allowed_step(np.full(4, 100), first, np.ones(4, bool), np.zeros(4, bool), 70, USUAL)
    assert step.tolist() == [0.05, 0.02, 0.02, 0.02]


def test_a_tick_of_more_than_two_per_cent_may_take_the_rule_s_three() -> None:
    first, quick = np.zeros(2, np.int64), np.ones(2, bool)
    step = allowed_step(np.array([41, 21]), first, quick, ~quick, 70, USUAL)
    assert step.tolist() == [pytest.approx(0.025), 0.03]


def test_half_of_the_tracks_set_out_slowly() -> None:
    quick = np.array([True, False])
    at, first = np.full(2, 100), np.zeros(2, np.int64)
    calm = np.zeros(2, bool)
    steps = [allowed_step(at, first, quick, calm, t, USUAL) for t in (1, 30)]
    assert steps[0][0] > steps[0][1]
    assert steps[1][0] == steps[1][1]


def test_where_the_genre_is_known_a_new_song_goes_one_and_a_quarter_per_cent_or_a_tick() -> None:
    first, quick = np.zeros(3, np.int64), np.array([True, False, True])
    step = allowed_step(np.array([200, 200, 51]), first, quick, np.ones(3, bool), 1, USUAL)
    assert step.tolist() == [0.0125, 0.0125, pytest.approx(0.02)]


@pytest.mark.parametrize("calm", [False, True])
@pytest.mark.parametrize("ticks", range(21, 61))
def test_a_coarse_tick_does_not_hold_the_slow_half(ticks: int, calm: bool) -> None:
    at, first, slow = np.array([ticks]), np.array([0]), np.array([False])
    low, high = reach(at, allowed_step(at, first, slow, np.array([calm]), 1, USUAL), USUAL)
    assert (low[0], high[0]) == (ticks - 1, ticks + 1)


@pytest.mark.parametrize(
    ("name", "value"),
    [("floor", 0.0), ("cap", 0.05), ("p0", 7.0), ("p0", 0.01), ("tick", -1.0), ("tick", 50.0)]
    + [("max_step", float("nan")), ("max_step", 0.0)],
)
def test_contradicting_settings_are_refused(name: str, value: float) -> None:
    values = dict(vars(USUAL))
    values[name] = value
    with pytest.raises(PricingError):
        Settings(**values)
