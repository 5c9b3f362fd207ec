"""What sound and artist say of tracks nobody has played."""

import numpy as np

from recommender.content import predict_factors
from recommender.scorers import Floats

RNG = np.random.default_rng(1)
KINDS, TAUGHT, NEW = 4, 80, 40
KIND = np.arange(TAUGHT + NEW) % KINDS
TASTE = RNG.normal(size=(KINDS, 6))[KIND].astype(np.float32)
LISTENERS = np.full(TAUGHT, 20, dtype=np.float32)


def error(values: Floats) -> float:
    """Of the predictions of the new tracks, in units of a guess of the mean."""
    wanted = TASTE[TAUGHT:]
    return float(
        ((values - wanted) ** 2).sum() / ((wanted - TASTE[:TAUGHT].mean(axis=0)) ** 2).sum()
    )


def test_what_sounds_alike_is_liked_by_the_same() -> None:
    x = RNG.normal(size=(KINDS, 30))[KIND] + RNG.normal(size=(KIND.size, 30))
    found = predict_factors(TASTE[:TAUGHT], LISTENERS, x.astype(np.float32), None, 0)
    assert error(found.values) < 0.2
    assert found.explained > 0.8


def test_sounds_that_say_nothing_of_taste_explain_nothing() -> None:
    x = RNG.normal(size=(KIND.size, 100)).astype(np.float32)  # more columns than tracks
    found = predict_factors(TASTE[:TAUGHT], LISTENERS, x, None, 0)
    assert found.explained < 0.2
    assert error(found.values) < 1.2


def test_artists_tell_tracks_that_nobody_has_heard() -> None:
    silent = np.full((KIND.size, 30), np.nan, dtype=np.float32)
    found = predict_factors(TASTE[:TAUGHT], LISTENERS, silent, KIND, 0)
    assert error(found.values) < 0.01
    nameless = np.where(np.arange(KIND.size) < TAUGHT, KIND, -1)
    guess = predict_factors(TASTE[:TAUGHT], LISTENERS, silent, nameless, 0)
    assert np.ptp(guess.values, axis=0).max() == 0


def test_factors_of_new_tracks_follow_their_sound() -> None:
    """Taste that is a linear function of sound is recovered; tracks without sound get the mean."""
    rng = np.random.default_rng(0)
    sounds = rng.normal(size=(120, 5)).astype(np.float32)
    sounds /= np.linalg.norm(sounds, axis=1, keepdims=True)
    sounds[119] = np.nan
    truth = (np.nan_to_num(sounds) @ rng.normal(size=(5, 3))).astype(np.float32)
    listeners = np.full(100, 50.0, dtype=np.float32)
    predicted = predict_factors(truth[:100], listeners, sounds, None, 0).values
    assert predicted.shape == (20, 3)
    assert np.abs(predicted[:19] - truth[100:119]).max() < 0.1
    np.testing.assert_allclose(predicted[19], truth[:100].mean(axis=0), atol=1e-5)


def test_an_artists_other_tracks_tell_of_the_new_one() -> None:
    artists = np.array([0, 0, 0, 1, 1, 1, 0, 1, -1], dtype=np.int64)
    factors = np.array([[2.0], [2.0], [2.0], [-2.0], [-2.0], [-2.0]], dtype=np.float32)
    predicted = predict_factors(
        factors, np.full(6, 100.0, dtype=np.float32), None, artists, 0
    ).values
    assert predicted[0, 0] > 0.5
    assert predicted[1, 0] < -0.5
    assert predicted[2, 0] == 0.0
