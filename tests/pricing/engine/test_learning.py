"""Prices follow what listeners accept, and nothing else."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.pricing.engine import Engine
from marketplace.pricing.engine.limits import CALM_STEP, ROAM_STEP
from tests.pricing.engine.worlds import USUAL, hour, listen


def test_prices_find_the_optimum_of_an_exponential_curve() -> None:
    theta = np.repeat([0.7, 1.2, 2.0, 2.8], 25)
    engine = Engine.new(USUAL, np.repeat([0, 1, 2, 3], 25), 4)

    path = listen(engine, theta, range(24 * 21), quotes=4.0)

    ratio = path[-1] / theta
    assert (ratio * np.exp(1 - ratio)).mean() > 0.97  # revenue, of that at p = theta
    assert np.corrcoef(np.log(path[-1]), np.log(theta))[0, 1] > 0.95


def test_tracks_of_one_genre_learn_their_own_price() -> None:
    theta = np.tile([0.8, 1.6], 20)
    path = listen(Engine.new(USUAL, np.zeros(40, int), 1), theta, range(24 * 14))
    cheap, dear = path[-1][::2], path[-1][1::2]
    assert cheap.max() < dear.min()


@pytest.mark.parametrize("out", [False, True])
def test_a_track_nobody_heard_follows_its_genre(out: bool) -> None:
    engine = Engine.new(USUAL, np.repeat([0, 1], 20), 2)
    unheard = np.arange(40) % 20 == 0
    quotes, theta = np.where(unheard, 0, 6), np.repeat([0.6, 2.5], 20)
    rng = np.random.default_rng(3)
    for t in range(60):
        price = engine.price()
        step = hour(t, price, quotes, rng.binomial(quotes, np.exp(-price / theta)))
        replace(step, age=np.where(unheard & (not out), -1.0, step.age)).feed(engine)

    cheap, dear = engine.price()[unheard]
    assert cheap < 0.85 < 1.5 < dear
    assert engine.explain(0).n == 0


def test_volume_alone_moves_no_price() -> None:
    calm = Engine.new(USUAL, np.zeros(20, int), 1)
    listen(calm, 1.0, range(24 * 10), quotes=10.0)
    busy = Engine.from_state(calm.state())
    share = np.exp(-calm.price())
    for t in range(240, 264):
        hour(t, calm.price(), 10, 10 * share).feed(calm)
        crowd = np.where(np.arange(20) == 0, 2000, 10)
        hour(t, busy.price(), crowd, crowd * share).feed(busy)

    assert abs(np.log(busy.price()[0] / calm.price()[0])) < 0.02


def test_an_attack_shifts_a_price_by_at_most_four_per_cent_in_a_day() -> None:
    calm = Engine.new(USUAL, np.zeros(20, int), 1)
    listen(calm, 1.0, range(24 * 10), quotes=10.0)
    attacked = Engine.from_state(calm.state())
    listen(calm, 1.0, range(240, 264), quotes=10.0, seed=9)
    rng = np.random.default_rng(9)
    for t in range(240, 264):
        price = attacked.price()
        asked = rng.poisson(10.0, 20)
        taken = rng.binomial(asked, np.exp(-price))
        fakes = np.where(np.arange(20) == 0, 50, 0)
        hour(t, price, asked + fakes, taken + fakes).feed(attacked)

    shift = np.log(attacked.price() / calm.price())
    assert abs(shift[0]) <= 0.04
    assert abs(shift[1:]).mean() <= 0.01


@given(st.integers(0, 2**32 - 1), st.integers(168, 191))
@settings(max_examples=3)
def test_two_days_of_any_feed_end_within_four_per_cent_of_each_other(seed: int, start: int) -> None:
    """Accepts or declines, drips or floods, of one song or of all, from any hour on; songs that are
    not out yet, too, which nobody but their genre tells anything of.
    """
    calm = Engine.new(USUAL, np.repeat([0, 0, 1, 1], [2, 4, 1, 5]), 2)
    out = np.arange(12) > 1
    rng, price = np.random.default_rng(seed), calm.price()
    for t in range(start):
        step = hour(t, price, 5.0 * out, 5.0 * out * np.exp(-price / 2.0))
        price = replace(step, age=np.where(out, t, -1.0)).feed(calm)
    ends = []
    for accepted in (0.0, 1.0):
        engine = Engine.from_state(calm.state())
        for t in range(start, start + 24):
            asked = out * rng.choice([0.0, 1.0, 12.0, 500.0], 12)
            taken = asked * np.where(rng.random(12) < 0.8, accepted, 1.0 - accepted)
            step = hour(t, engine.price(), asked, taken)
            replace(step, age=np.where(out, t, -1.0)).feed(engine)
        ends.append(np.log(engine.price()))
    apart = ends[1] - ends[0]
    assert np.abs(apart).max() <= 0.04
    assert apart.mean() > 0.01


@given(st.integers(0, 2**32 - 1), st.integers(168, 191))
@settings(max_examples=3)
def test_prices_of_coarse_ticks_end_within_four_per_cent_of_each_other_too(
    seed: int, start: int
) -> None:
    """One of the two stands still where the other goes."""
    market = replace(USUAL, tick=0.02)  # around 40 ticks
    calm, rng = Engine.new(market, np.zeros(30, int), 1), np.random.default_rng(seed)
    liked = np.exp(rng.normal(0.0, 0.05, 30))
    path = listen(calm, liked, range(start), quotes=20.0, seed=seed)
    ends = []
    for accepted in (0.0, 1.0):
        engine = Engine.from_state(calm.state())
        for t in range(start, start + 24):
            asked = rng.choice([0.0, 5.0, 500.0], 30)
            hour(t, engine.price(), asked, asked * accepted).feed(engine)
        ends.append(engine.price())
    assert np.abs(np.log(ends[1] / ends[0])).max() <= 0.04
    assert (np.array(ends) != path[-1]).any()


def test_feigned_answers_to_new_songs_move_no_other_song() -> None:
    """Accepted at any price, they would else tell that nobody minds a price."""
    calm = Engine.new(USUAL, np.repeat([0, 1], 20), 2)
    listen(calm, 1.0, range(24 * 10), quotes=10.0)
    calm.add_tracks([0, 0, 1, 1], ["new 0", "new 1", "new 2", "new 3"])
    attacked, struck = Engine.from_state(calm.state()), np.isin(np.arange(44), [40, 41])
    for t in range(240, 264):
        for engine, fakes in ((calm, 0.0), (attacked, 20.0 * struck)):
            price = engine.price()
            hour(t, price, 10.0 + fakes, 10.0 * np.exp(-price) + fakes).feed(engine)

    bent = attacked.state()["genre_kappa"].astype(float) - calm.state()["genre_kappa"].astype(float)
    assert np.abs(bent).max() < 0.02
    shift = np.log(attacked.price() / calm.price())
    assert shift[struck].min() > 0.1
    assert np.abs(shift[~struck]).max() <= 0.04


@given(st.integers(0, 2**32 - 1), st.integers(170, 200))
@settings(max_examples=3)
def test_whatever_is_feigned_a_new_song_keeps_its_pace(seed: int, start: int) -> None:
    calm = Engine.new(replace(USUAL, tick=0.001), np.zeros(6, int), 1)
    listen(calm, 1.0, range(start))
    calm.add_tracks([0, 0], ["new 0", "new 1"])
    rng, ends = np.random.default_rng(seed), []
    for accepted in (0.0, 1.0):
        engine = Engine.from_state(calm.state())
        for t in range(start, start + 24):
            before, asked = engine.price(), rng.choice([0.0, 1.0, 12.0, 500.0], 8)
            after = hour(t, before, asked, asked * accepted).feed(engine)
            assert np.abs(np.log(after / before)).max() <= np.log1p(CALM_STEP) + 1e-9
        ends.append(np.log(engine.price())[6:])
    assert np.abs(ends[1] - ends[0]).max() <= 48 * np.log1p(ROAM_STEP)


def test_a_change_of_taste_is_followed() -> None:
    engine = Engine.new(USUAL, np.zeros(30, int), 1)
    before = listen(engine, 2.0, range(24 * 10))[-1].mean()
    after = listen(engine, 1.5, range(24 * 10, 24 * 30))[-1].mean()
    assert after < 0.8 * before
    assert 1.1 < after < 1.65


def test_the_shape_of_demand_is_learned() -> None:
    kappas = []
    for power in (1.0, 2.5):
        engine = Engine.new(USUAL, np.zeros(150, int), 1)
        listen(engine, 2.0, range(24 * 10), quotes=15.0, power=power)
        kappas.append(float(engine.state()["genre_kappa"].item()))
    assert 0.8 < kappas[0] < 1.4
    assert 1.8 < kappas[1] < 3.2


def test_resentment_of_rises_is_told_from_the_lasting_answer_to_a_price() -> None:
    learned = {}
    for resentment in (0.0, 0.8):
        engine = Engine.new(USUAL, np.zeros(150, int), 1)
        rng, used = np.random.default_rng(2), np.zeros(150)
        for t in range(24 * 8):
            x = np.log(engine.price())
            felt = x + resentment * np.maximum(x - used, 0.0)
            asked = rng.poisson(15.0, 150)
            accepts = rng.binomial(asked, np.exp(-np.exp(1.4 * (felt - np.log(2.2)))))
            hour(t, engine.price(), asked, accepts).feed(engine)
            used += (x - used) / 72.0
        state = engine.state()
        learned[resentment] = float(state["genre_resentment"].item())
        assert 1.0 < state["genre_kappa"].item() < 1.8
    assert learned[0.0] < 0.3 < 0.5 < learned[0.8]


def test_prices_stay_calm_once_learned() -> None:
    path = listen(Engine.new(USUAL, np.zeros(50, int), 1), 1.5, range(24 * 20))
    moves = np.abs(np.diff(np.log(path[24 * 10 :]), axis=0)).sum(axis=0) / 10
    assert moves.mean() < 0.03
