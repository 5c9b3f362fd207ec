"""Sound to numbers: one recording's mono signal to one vector of named features.

All features come from one STFT (`frames`), block by block so that memory stays flat. Nothing here
compiles with numba: chroma gets its tuning, tempo gets an autocorrelation, and zero crossings are
not used.
"""

from typing import NamedTuple

import librosa
import numpy as np
import soxr

from recommender.errors import AudioError
from recommender.frames import HOP, SAMPLE_RATE_HZ, Frames, analyse
from recommender.sound import (
    CONTRAST_COUNT,
    FEATURE_COUNT,
    FEATURE_NAMES,
    FEATURES_VERSION,
    MFCC_COUNT,
    SHAPE_NAMES,
    Floats,
)

__all__ = ["FEATURES_VERSION", "FEATURE_NAMES", "SAMPLE_RATE_HZ", "Description", "describe"]

MIN_SECONDS = 1.0
SILENT_LEVEL = 1e-4  # -80 dBFS
LOUDEST_LEVEL = 1e10  # a file of floats may hold anything; squares of much more leave float32
TEMPO_FRAMES = 384  # about 8.9 s, as librosa's tempogram
TEMPO_HOP = 16  # librosa takes every frame; each 16th has the same mean


class Description(NamedTuple):
    """What one recording sounds like: `vector` (FEATURE_COUNT,) float32, finite; tempo; its
    seconds.
    """

    vector: Floats
    tempo_bpm: float
    seconds: float


def describe(signal: Floats, sample_rate_hz: int) -> Description:
    """Feature vector of a mono float32 signal (samples,) in [-1, 1] at `sample_rate_hz`.

    Raises `AudioError` if the signal is not finite, shorter than a second, silent, or too loud.

    >>> describe(tone, 44_100).vector.shape == (len(FEATURE_NAMES),)
    """
    if signal.ndim != 1 or sample_rate_hz <= 0:
        raise AudioError(
            f"A mono signal is expected, not shape {signal.shape} at {sample_rate_hz} Hz."
        )
    seconds = signal.size / sample_rate_hz
    if seconds < MIN_SECONDS:
        raise AudioError(
            f"The recording is too short: {seconds:.2f} s, at least {MIN_SECONDS:g} s."
        )
    if not np.isfinite(signal).all():
        raise AudioError("The recording holds samples that are not numbers.")
    level = np.abs(signal).max()
    if level < SILENT_LEVEL:
        raise AudioError("The recording is silent.")
    if level > LOUDEST_LEVEL:
        raise AudioError("The recording is too loud: its samples are no sound from -1 to 1.")
    if sample_rate_hz != SAMPLE_RATE_HZ:
        signal = soxr.resample(signal, sample_rate_hz, SAMPLE_RATE_HZ, quality="MQ")
    vector, tempo_bpm = _summarise(analyse(signal))
    return Description(vector, tempo_bpm, seconds)


def _summarise(frames: Frames) -> tuple[Floats, float]:
    mel_db = librosa.power_to_db(frames.mel, ref=1.0, top_db=80.0)
    mfcc = librosa.feature.mfcc(S=mel_db, n_mfcc=MFCC_COUNT)
    framewise = np.concatenate([mfcc, frames.contrast, frames.shape], axis=0)
    assert framewise.shape[0] == MFCC_COUNT + CONTRAST_COUNT + len(SHAPE_NAMES)
    change = (
        np.abs(np.diff(mfcc, axis=1)).mean(axis=1) if mfcc.shape[1] > 1 else np.zeros(MFCC_COUNT)
    )
    chroma = librosa.util.normalize(frames.chroma, norm=1.0, axis=0).mean(axis=1, keepdims=True)
    tonnetz = librosa.feature.tonnetz(chroma=chroma, sr=SAMPLE_RATE_HZ)
    rhythm, tempo_bpm = _rhythm(mel_db)
    parts = [
        framewise.mean(axis=1),
        framewise.std(axis=1),
        change,
        chroma[:, 0],
        tonnetz[:, 0],
        rhythm,
    ]
    vector = np.concatenate(parts).astype(np.float32)
    assert vector.shape == (FEATURE_COUNT,)
    if not np.isfinite(vector).all():
        raise AudioError("The recording can't be described in finite numbers.")
    return vector, tempo_bpm


def _rhythm(mel_db: Floats) -> tuple[Floats, float]:
    """(onset mean, onset std, pulse clarity, log2 tempo) and tempo, from the onset envelope's
    periods.
    """
    onset = librosa.onset.onset_strength(
        S=mel_db, sr=SAMPLE_RATE_HZ, hop_length=HOP, center=False, detrend=False
    )
    periods = _periods(onset)
    bpm = librosa.feature.tempo(tg=periods[:, None], sr=SAMPLE_RATE_HZ, hop_length=HOP).item()
    beat = round(60.0 * SAMPLE_RATE_HZ / (HOP * bpm))
    clarity = float(periods[min(beat, periods.size - 1)])
    return np.array([onset.mean(), onset.std(), clarity, np.log2(bpm)], dtype=np.float32), float(
        bpm
    )


def _periods(onset: Floats) -> Floats:
    """Mean local autocorrelation (TEMPO_FRAMES,) of an onset envelope: a strided tempogram."""
    padded = np.pad(onset, TEMPO_FRAMES // 2, mode="linear_ramp", end_values=0)
    frames = librosa.util.frame(padded, frame_length=TEMPO_FRAMES, hop_length=TEMPO_HOP)
    window = librosa.filters.get_window("hann", TEMPO_FRAMES)
    local = librosa.autocorrelate(frames * window[:, None], axis=0)
    return np.asarray(librosa.util.normalize(local, axis=0).mean(axis=1), dtype=np.float32)
