"""Sound to numbers: one recording's mono signal to one vector of named features.

All features come from one STFT (`frames`), block by block so that memory stays flat. They are
librosa's (tests hold them to it), which is not imported: it brings numba, and a worker would pay
more for that than for describing a song.
"""

from typing import NamedTuple

import numpy as np
import scipy.fft
import soxr

from recommender.banks import SAMPLE_RATE_HZ
from recommender.errors import AudioError
from recommender.frames import HOP, Frames, analyse, decibels, hann
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
USUAL_BPM, FASTEST_BPM = 120.0, 320.0
TINY = np.finfo(np.float32).tiny
# Of each pitch class the place on the circles of fifths, minor thirds and major thirds (Harte,
# Sandler and Gasser 2006): sine and cosine of each, the last at half the radius.
CIRCLES = np.array([7 / 6, 7 / 6, 3 / 2, 3 / 2, 2 / 3, 2 / 3])
QUARTERS = np.array([0.5, 0.0, 0.5, 0.0, 0.5, 0.0])
RADII = np.array([1.0, 1.0, 1.0, 1.0, 0.5, 0.5])


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
    mel_db = decibels(frames.mel)
    mfcc = scipy.fft.dct(mel_db, axis=0, type=2, norm="ortho")[:MFCC_COUNT]
    framewise = np.concatenate([mfcc, frames.contrast, frames.shape], axis=0)
    assert framewise.shape[0] == MFCC_COUNT + CONTRAST_COUNT + len(SHAPE_NAMES)
    change = (
        np.abs(np.diff(mfcc, axis=1)).mean(axis=1) if mfcc.shape[1] > 1 else np.zeros(MFCC_COUNT)
    )
    chroma = _scaled(frames.chroma, frames.chroma.sum(axis=0)).mean(axis=1)
    rhythm, tempo_bpm = _rhythm(mel_db)
    parts = [
        framewise.mean(axis=1),
        framewise.std(axis=1),
        change,
        chroma,
        _tonnetz(chroma),
        rhythm,
    ]
    vector = np.concatenate(parts).astype(np.float32)
    assert vector.shape == (FEATURE_COUNT,)
    if not np.isfinite(vector).all():
        raise AudioError("The recording can't be described in finite numbers.")
    return vector, tempo_bpm


def _scaled(columns: Floats, sizes: Floats) -> Floats:
    """`columns` over their `sizes`, but those of next to nothing, which stay."""
    return np.asarray(columns / np.where(sizes < TINY, 1, sizes), dtype=np.float32)


def _tonnetz(chroma: Floats) -> Floats:
    """Tonal centroid (6,) of a chroma vector (12,)."""
    angles = CIRCLES[:, None] * np.arange(chroma.size) - QUARTERS[:, None]
    place = RADII[:, None] * np.cos(np.pi * angles)
    return np.asarray(place @ _scaled(chroma, np.abs(chroma).sum()), dtype=np.float32)


def _rhythm(mel_db: Floats) -> tuple[Floats, float]:
    """(onset mean, onset std, pulse clarity, log2 tempo) and tempo, from the onset envelope's
    periods.
    """
    onset = np.zeros(mel_db.shape[1], dtype=np.float32)
    onset[1:] = np.maximum(np.diff(mel_db, axis=1), 0).mean(axis=0)
    periods = _periods(onset)
    bpm = _tempo(periods)
    beat = round(60.0 * SAMPLE_RATE_HZ / (HOP * bpm))
    clarity = float(periods[min(beat, periods.size - 1)])
    return np.array([onset.mean(), onset.std(), clarity, np.log2(bpm)], dtype=np.float32), bpm


def _tempo(periods: Floats) -> float:
    """The likeliest tempo in beats a minute: strong in `periods` (TEMPO_FRAMES,), and near the
    usual one by a prior of an octave's deviation.
    """
    bpm = 60.0 * SAMPLE_RATE_HZ / (HOP * np.arange(1, periods.size))
    prior = -0.5 * np.log2(bpm / USUAL_BPM) ** 2
    likely = np.log1p(1e6 * periods[1:]) + np.where(bpm < FASTEST_BPM, prior, -np.inf)
    return float(bpm[np.argmax(likely)])


def _periods(onset: Floats) -> Floats:
    """Mean local autocorrelation (TEMPO_FRAMES,) of an onset envelope: a strided tempogram."""
    padded = np.pad(onset, TEMPO_FRAMES // 2, mode="linear_ramp", end_values=0)
    frames = np.lib.stride_tricks.sliding_window_view(padded, TEMPO_FRAMES)[::TEMPO_HOP]
    twice = 2 * TEMPO_FRAMES
    spectrum = scipy.fft.rfft(frames * hann(TEMPO_FRAMES), twice, axis=1)
    local = scipy.fft.irfft(np.abs(spectrum) ** 2, twice, axis=1)[:, :TEMPO_FRAMES].T
    return np.asarray(_scaled(local, np.abs(local).max(axis=0)).mean(axis=1), dtype=np.float32)
