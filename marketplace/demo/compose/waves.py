"""Oscillators, envelopes and filters: the raw material of every voice.

Signals are float32 in about -1..1 at `SAMPLE_RATE_HZ`; (n,) mono or (n, 2) stereo. A stereo signal
holds each side in one piece of memory (Fortran order), so that arithmetic runs along time: with the
sides interleaved the same songs take a third longer to compose.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt

SAMPLE_RATE_HZ = 44_100
TABLE_POINTS = 2048

Signal = NDArray[np.float32]


def frames(seconds: float) -> int:
    """Samples in a stretch of time."""
    return max(1, round(seconds * SAMPLE_RATE_HZ))


def clock(seconds: float) -> Signal:
    """(n,) time of each sample in seconds."""
    return np.arange(frames(seconds), dtype=np.float32) / np.float32(SAMPLE_RATE_HZ)


def sine(hz: float, seconds: float, phase: float = 0.0) -> Signal:
    """(n,) sine."""
    turns = np.arange(frames(seconds)) * (hz / SAMPLE_RATE_HZ)
    return np.asarray(np.sin(2 * np.pi * (turns % 1.0) + phase), np.float32)


@lru_cache(maxsize=64)
def _table(shape: str, harmonics: int) -> Signal:
    """One band-limited period, so that nothing folds back above half the sample rate."""
    k = np.arange(1, harmonics + 1)
    spectrum = np.zeros(TABLE_POINTS // 2 + 1, complex)
    weight = {"saw": 1.0 / k, "square": (k % 2) / k, "triangle": (k % 2) / k**2.0}[shape]
    spectrum[1 : harmonics + 1] = -0.5j * weight if shape != "triangle" else 0.5 * weight
    wave = np.fft.irfft(spectrum, TABLE_POINTS)
    return np.asarray(wave / np.abs(wave).max(), np.float32)


def wave(shape: str, hz: float, seconds: float, phase: float = 0.0) -> Signal:
    """(n,) band-limited "saw", "square" or "triangle"; `phase` in turns."""
    harmonics = int(min(TABLE_POINTS // 2 - 1, 0.42 * SAMPLE_RATE_HZ / hz))
    table = _table(shape, max(1, 2 ** int(np.log2(max(1, harmonics)))))
    turns = np.arange(frames(seconds)) * (hz / SAMPLE_RATE_HZ) + phase
    return table[(turns * TABLE_POINTS).astype(np.int64) % TABLE_POINTS]


def adsr(seconds: float, attack: float, decay: float, sustain: float, release: float) -> Signal:
    """(n,) envelope of a note held for `seconds`, with its release after it."""
    t = clock(seconds + release)
    rise = np.minimum(t / max(attack, 1e-4), 1.0)
    fall = sustain + (1 - sustain) * np.exp(-np.maximum(t - attack, 0) / max(decay, 1e-3))
    end = np.exp(-np.maximum(t - seconds, 0) / max(release / 5, 1e-3))
    return np.asarray(rise * fall * end, dtype=np.float32)


def decay(seconds: float, time_constant: float) -> Signal:
    """(n,) exponential fall from 1, closed by a short fade so that it ends in silence."""
    fall: Signal = np.exp(-clock(seconds) / np.float32(time_constant))
    tail = min(len(fall), frames(0.01))
    fall[-tail:] *= np.linspace(1, 0, tail, dtype=np.float32)
    return fall


def noise(seconds: float, rng: np.random.Generator) -> Signal:
    """(n,) white noise."""
    return rng.uniform(-1, 1, frames(seconds)).astype(np.float32)


@lru_cache(maxsize=256)
def _sections(kind: str, low: float, high: float, order: int) -> NDArray[np.float64]:
    edges: float | tuple[float, float] = (low, high) if kind == "bandpass" else low
    return np.asarray(butter(order, edges, kind, fs=SAMPLE_RATE_HZ, output="sos"))


def lowpass(signal: Signal, hz: float, order: int = 2) -> Signal:
    """Keep what lies below `hz`."""
    sections = _sections("lowpass", min(hz, 20_000.0), 0.0, order)
    return np.asarray(sosfilt(sections, signal, axis=0), dtype=np.float32)


def highpass(signal: Signal, hz: float, order: int = 2) -> Signal:
    """Keep what lies above `hz`."""
    return np.asarray(sosfilt(_sections("highpass", hz, 0.0, order), signal, axis=0), np.float32)


def bandpass(signal: Signal, low_hz: float, high_hz: float) -> Signal:
    """Keep what lies between."""
    sections = _sections("bandpass", low_hz, high_hz, 1)
    return np.asarray(sosfilt(sections, signal, axis=0), dtype=np.float32)


def silence(total: int) -> Signal:
    """(total, 2) of zeros."""
    return np.zeros((total, 2), np.float32, order="F")


def stereo(left: Signal, right: Signal | None = None) -> Signal:
    """(n, 2) of two sides, or of one twice."""
    sides = (left, left if right is None else right)
    return np.asarray(np.stack(sides), np.float32).T
