from typing import Any

import librosa
import numpy as np
import pytest

from recommender.banks import WINDOW, banks, librosas
from recommender.errors import AudioError
from recommender.features import FEATURE_NAMES, SAMPLE_RATE_HZ, describe
from recommender.frames import HOP
from recommender.sound import Floats, embed, shared_traits, standardise, trait_values
from tests.recommender.worlds import clicks, tone


def value(vector: Floats, name: str) -> float:
    return float(vector[FEATURE_NAMES.index(name)])


@pytest.fixture(scope="module")
def music() -> Floats:
    """Six seconds with pitch, noise and rhythm in them."""
    rng = np.random.default_rng(3)
    noise = rng.normal(0, 0.02, 6 * SAMPLE_RATE_HZ).astype(np.float32)
    return noise + clicks(100, 6.0) + tone(440, 6.0) + tone(660, 6.0, level=0.1)


def test_a_vector_has_its_named_columns_and_only_finite_numbers(music: Floats) -> None:
    described = describe(music, SAMPLE_RATE_HZ)
    assert described.vector.shape == (len(FEATURE_NAMES),)
    assert described.vector.dtype == np.float32
    assert np.isfinite(described.vector).all()
    assert described.seconds == pytest.approx(6.0)
    assert len(set(FEATURE_NAMES)) == len(FEATURE_NAMES)


@pytest.mark.parametrize("bpm", [70, 80, 100, 120, 140, 160])
def test_tempo_is_that_of_the_clicks(bpm: int) -> None:
    described = describe(clicks(bpm), SAMPLE_RATE_HZ)
    assert described.tempo_bpm == pytest.approx(bpm, rel=0.03)
    assert trait_values(described.vector)["tempo"] == pytest.approx(described.tempo_bpm, rel=1e-4)


def test_a_higher_tone_is_brighter_and_a_louder_one_louder() -> None:
    low, high = (describe(tone(hz), SAMPLE_RATE_HZ).vector for hz in (300, 3_000))
    assert value(low, "centroid_hz_mean") < 500 < 2_500 < value(high, "centroid_hz_mean")
    quiet = describe(tone(300, level=0.03), SAMPLE_RATE_HZ).vector
    assert value(low, "level_db_mean") - value(quiet, "level_db_mean") == pytest.approx(20, abs=0.5)


def test_the_note_played_is_the_strongest_pitch_class() -> None:
    vector = describe(tone(440.0), SAMPLE_RATE_HZ).vector
    classes = {n: value(vector, n) for n in FEATURE_NAMES if n.startswith("chroma_")}
    assert max(classes, key=lambda name: classes[name]) == "chroma_a"


def test_sample_rate_hardly_matters(music: Floats) -> None:
    import soxr

    there = soxr.resample(music, SAMPLE_RATE_HZ, 44_100)
    here, back = describe(music, SAMPLE_RATE_HZ).vector, describe(there, 44_100).vector
    mfcc = [k for k, name in enumerate(FEATURE_NAMES) if name.startswith("mfcc") and "mean" in name]
    assert np.abs(here[mfcc] - back[mfcc]).max() < 5.0


def test_the_spectral_features_are_librosas_own(music: Floats) -> None:
    """The same numbers, to a thousandth, as librosa gives for the whole signal at once."""
    vector = describe(music, SAMPLE_RATE_HZ).vector
    stft = librosa.stft(music, n_fft=WINDOW, hop_length=HOP, center=False)
    magnitude, rate = np.abs(stft), SAMPLE_RATE_HZ
    spectral: dict[str, Any] = {"S": magnitude, "sr": rate}
    feature = librosa.feature
    mel = feature.melspectrogram(S=magnitude**2, sr=rate, n_mels=64)
    mel_db = librosa.power_to_db(mel, ref=1.0, top_db=80.0)
    contrast = feature.spectral_contrast(**spectral, n_bands=6, fmin=160.0)
    flatness = 10 * np.log10(feature.spectral_flatness(S=magnitude))
    theirs = {
        "centroid_hz": feature.spectral_centroid(**spectral)[0],
        "bandwidth_hz": feature.spectral_bandwidth(**spectral)[0],
        "rolloff_hz": feature.spectral_rolloff(**spectral)[0],
        "flatness_db": flatness[0],
        **{f"contrast_{k}_db": row for k, row in enumerate(contrast, 1)},
        **{f"mfcc_{k}": row for k, row in enumerate(feature.mfcc(S=mel_db, n_mfcc=20), 1)},
    }
    for name, row in theirs.items():
        assert value(vector, f"{name}_mean") == pytest.approx(row.mean(), rel=1e-3, abs=1e-3), name
        assert value(vector, f"{name}_std") == pytest.approx(row.std(), rel=1e-3, abs=1e-3), name
    chroma = feature.chroma_stft(S=magnitude**2, sr=rate, tuning=0.0, norm=1.0).mean(axis=1)
    ours = [value(vector, name) for name in FEATURE_NAMES if name.startswith("chroma_")]
    np.testing.assert_allclose(ours, chroma, rtol=1e-3)
    tonnetz = feature.tonnetz(chroma=chroma[:, None], sr=rate)[:, 0]
    np.testing.assert_allclose(
        [value(vector, f"tonnetz_{k}") for k in range(1, 7)], tonnetz, atol=1e-4
    )


def test_tempo_is_librosas_own(music: Floats) -> None:
    onset = librosa.onset.onset_strength(
        y=music, sr=SAMPLE_RATE_HZ, n_fft=WINDOW, hop_length=HOP, center=False, n_mels=64
    )
    theirs = librosa.feature.tempo(onset_envelope=onset, sr=SAMPLE_RATE_HZ, hop_length=HOP)
    assert describe(music, SAMPLE_RATE_HZ).tempo_bpm == pytest.approx(theirs.item(), rel=0.04)


def test_the_banks_on_file_are_librosas() -> None:
    for kept, theirs in zip(banks(), librosas(), strict=True):
        np.testing.assert_allclose(kept, theirs, atol=1e-7)


def test_blocks_leave_no_seam() -> None:
    """A steady sound longer than a block measures like a short one."""
    short, long = (describe(tone(500, s), SAMPLE_RATE_HZ).vector for s in (5.0, 60.0))
    for name in ("centroid_hz_mean", "level_db_mean", "mfcc_2_mean"):
        assert value(short, name) == pytest.approx(value(long, name), rel=0.01)


@pytest.mark.parametrize(
    ("signal", "words"),
    [
        (np.zeros(5 * SAMPLE_RATE_HZ, dtype=np.float32), "silent"),
        (tone(440, 0.5), "too short"),
        (np.zeros(0, dtype=np.float32), "too short"),
        (np.full(5 * SAMPLE_RATE_HZ, np.nan, dtype=np.float32), "not numbers"),
        (np.zeros((100_000, 2), dtype=np.float32), "mono"),
        (1e20 * np.ones(44_100, dtype=np.float32), "too loud"),
    ],
)
def test_what_can_not_be_described_is_refused(signal: Floats, words: str) -> None:
    with pytest.raises(AudioError, match=words):
        describe(signal, SAMPLE_RATE_HZ)


def test_silence_in_places_and_full_scale_noise_are_described() -> None:
    gap = np.concatenate([tone(440, 2.0), np.zeros(3 * SAMPLE_RATE_HZ, dtype=np.float32)])
    loud = np.sign(np.random.default_rng(0).normal(size=4 * SAMPLE_RATE_HZ)).astype(np.float32)
    for signal in (gap, loud):
        assert np.isfinite(describe(signal, SAMPLE_RATE_HZ).vector).all()


def test_the_shared_traits_are_the_unusual_ones() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(100.0, 1.0, (50, len(FEATURE_NAMES))).astype(np.float32)
    bright = FEATURE_NAMES.index("centroid_hz_mean")
    x[[0, 1], bright] = 110.0
    mean, scale = standardise(x)
    assert shared_traits(x[0], x[1], scale, mean)[0].name == "brightness"


def test_likeness_ignores_constant_columns_and_bounds_odd_ones() -> None:
    x = np.array([[1, 5, 0], [1, 5, 1], [1, 5, 0.1], [1, 5, 9e9]], dtype=np.float32)
    unit = embed(x, *standardise(x))
    assert np.isfinite(unit).all()
    assert (np.linalg.norm(unit, axis=1) < 1.0001).all()
