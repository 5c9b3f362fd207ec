"""Axes say what one hears: a low-passed copy is darker, a mix denser, a quicker one faster."""

import numpy as np
import pytest
import scipy.signal
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.axes import AXES, AxisScale, axis_scale, measured
from recommender.features import SAMPLE_RATE_HZ, describe
from recommender.sound import FEATURE_COUNT, FEATURE_NAMES, Floats
from tests.recommender.worlds import clicks, tone

BRIGHTNESS, DENSITY, SPEED = range(3)
SECONDS = 5.0


def plucks(bpm: float, hz: float, seed: int) -> Floats:
    """Notes that die away over a soft hiss, one a beat and some between."""
    rng = np.random.default_rng(seed)
    signal = rng.normal(0, 0.002, int(SECONDS * SAMPLE_RATE_HZ)).astype(np.float32)
    beats = np.arange(0, SECONDS - 0.3, 60.0 / bpm)
    for start in [*beats, *(beats[rng.random(beats.size) < 0.5] + 30.0 / bpm)]:
        note = hz * 2.0 ** (rng.integers(0, 13) / 12)
        length, at = SAMPLE_RATE_HZ // 4, int(start * SAMPLE_RATE_HZ)
        ring = np.sum([tone(note * k, 0.25, level=0.3 / k) for k in (1, 2, 3, 5)], axis=0)
        piece = ring[:length] * np.exp(-np.arange(length) / (0.06 * SAMPLE_RATE_HZ))
        signal[at : at + length] += piece[: signal[at : at + length].size].astype(np.float32)
    return signal


def vector(signal: Floats) -> Floats:
    return describe(0.8 * signal / np.abs(signal).max(), SAMPLE_RATE_HZ).vector


@pytest.fixture(scope="module")
def scale() -> AxisScale:
    """A catalogue of plucked tunes, slow and fast, low and high."""
    tunes = [
        vector(plucks(bpm, hz, seed))
        for seed, (bpm, hz) in enumerate([(60, 110), (90, 440), (120, 220), (150, 880), (180, 330)])
    ]
    found = axis_scale(np.stack(tunes))
    assert found is not None
    return found


tunes = st.builds(
    plucks, st.floats(70, 150), st.sampled_from([110.0, 220.0, 440.0]), st.integers(0, 99)
)


@settings(max_examples=5, deadline=None)
@given(tune=tunes, hz=st.floats(500, 1_500))
def test_a_low_passed_copy_is_darker_by_either_measure(tune: Floats, hz: float) -> None:
    sections = scipy.signal.butter(4, hz, fs=SAMPLE_RATE_HZ, output="sos")
    muffled = scipy.signal.sosfilt(sections, tune).astype(np.float32)
    before, after = measured(np.stack([vector(tune), vector(muffled)]))[:, BRIGHTNESS]
    assert (after < before).all()


@settings(max_examples=5, deadline=None)
@given(tune=tunes, other=tunes, share=st.floats(0.7, 1.4))
def test_a_mix_is_denser_than_its_parts_are_in_the_mean(
    scale: AxisScale, tune: Floats, other: Floats, share: float
) -> None:
    other = np.roll(other, SAMPLE_RATE_HZ // 5)
    parts = scale.values(np.stack([vector(tune), vector(other)]))[:, DENSITY]
    mixed = scale.values(vector(tune + share * other)[None])[0, DENSITY]
    assert mixed > parts.mean()


@settings(max_examples=5, deadline=None)
@given(bpm=st.floats(40, 200), times=st.floats(1.2, 2.0))
def test_quicker_clicks_are_faster_whatever_tempo_is_measured(bpm: float, times: float) -> None:
    slow, fast = (vector(clicks(rate, 10.0)) for rate in (bpm, bpm * times))
    first, second = measured(np.stack([slow, fast]))[:, SPEED]
    assert (second > first).all()


def test_a_louder_copy_lies_where_the_song_does(scale: AxisScale) -> None:
    tune = plucks(100, 220, 1)
    quiet, loud = (describe(level * tune, SAMPLE_RATE_HZ).vector for level in (0.2, 0.8))
    there, here = scale.values(np.stack([quiet, loud]))
    np.testing.assert_allclose(there, here, atol=0.1)


def test_places_are_percentiles_of_the_catalogue() -> None:
    x = np.tile(np.random.default_rng(0).uniform(1, 9, FEATURE_COUNT), (5, 1)).astype(np.float32)
    for name in ("centroid_hz_mean", "rolloff_hz_mean"):
        x[:, FEATURE_NAMES.index(name)] = [100, 200, 400, 400, 1e30]
    scale = axis_scale(x)
    assert scale is not None
    places = scale.places(x)
    np.testing.assert_allclose(places[:, BRIGHTNESS], [0.1, 0.3, 0.6, 0.6, 0.9])
    np.testing.assert_allclose(places[:, DENSITY], 0.5)  # all alike
    assert np.abs(scale.values(x)).max() <= 3  # the odd one moves nobody else
    dark, bright = scale.standings(x[0])[0], scale.standings(x[4])[0]
    assert dark.below == bright.above == 0.0
    assert [dark.above, bright.below] == pytest.approx([0.8, 0.8])
    assert bright.axis.high == "brighter"


def test_without_sound_there_is_no_scale() -> None:
    assert axis_scale(None) is None
    assert axis_scale(np.zeros((4, 3), np.float32)) is None
    assert axis_scale(np.full((4, FEATURE_COUNT), np.nan, np.float32)) is None
    assert len({name for a in AXES for m in a.measures for name in m.columns}) == 18
