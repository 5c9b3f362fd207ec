"""A young market: a handful of answers an hour over many songs and genres must not run away."""

import numpy as np
import pytest

from marketplace.pricing.engine import Engine, Settings

SMALL = Settings(floor=0.5, cap=1.2, p0=0.6, max_step=0.05, tick=0.01, seed=3)
N, GENRES = 24, 8


def lived(engine: Engine, start: int, hours: int, worth: float, rng: np.random.Generator) -> None:
    """Hours with one or two answers each; a play is worth `worth` cents to the middle listener."""
    for t in range(start, start + hours):
        price = engine.price()
        n = len(price)
        quotes = np.zeros(n)
        np.add.at(quotes, rng.integers(n, size=rng.poisson(1.5)), 1)
        share = 1 / (1 + (price / worth) ** 4)
        accepts = rng.binomial(quotes.astype(int), share)
        age, active = np.full(n, float(t)), np.ones(n, bool)
        engine.step(t, t % 24, t // 24 % 7, age, active, price, quotes, accepts)


@pytest.mark.parametrize("seed", range(4))
def test_a_market_of_few_answers_keeps_its_beliefs_within_reason(seed: int) -> None:
    rng = np.random.default_rng(seed)
    engine = Engine.new(SMALL, np.arange(N) % GENRES, GENRES)
    lived(engine, 0, 240, 0.9, rng)
    state = engine.state()
    for name in ("genre_mean", "track_u"):
        assert np.abs(state[name].astype(float) - np.log(0.9)).max() < 1.5, name


@pytest.mark.parametrize("seed", range(4))
def test_a_song_that_joins_a_young_market_is_not_taken_for_worthless(seed: int) -> None:
    rng = np.random.default_rng(seed)
    engine = Engine.new(SMALL, np.arange(N) % GENRES, GENRES)
    lived(engine, 0, 96, 0.9, rng)
    engine.add_tracks([0], ["new"])
    lived(engine, 96, 48, 0.9, rng)
    assert engine.price()[-1] > 0.55
