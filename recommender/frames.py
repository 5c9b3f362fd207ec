"""One short-time Fourier transform, and what each of its frames sounds like.

The definitions are librosa's (tests hold them to it). Its functions take a spectrogram with frames
in columns, in float64 here and there and once for each feature; with a frame to a row every step
is one pass of float32 over memory that is at hand, which is six times as fast.
"""

from functools import cache
from typing import NamedTuple

import numpy as np
import scipy.fft

from recommender.banks import MEL_COUNT, SAMPLE_RATE_HZ, WINDOW, banks
from recommender.sound import CHROMA_COUNT, CONTRAST_COUNT, Floats

HOP = 512
BINS = 1 + WINDOW // 2
BLOCK_FRAMES = 256  # a block's spectrum stays in the processor's second cache
LOWEST_CONTRAST_HZ = 160.0  # 160 Hz and six octaves end at 10,240 Hz, below Nyquist
CONTRAST_QUANTILE = 0.02  # the loudest and the quietest bins of an octave
ROLLOFF = 0.85  # of a frame's magnitude lies below
ROLLOFF_STEP = 32  # bins that are summed before the last ones are looked at
LEAST_POWER = 1e-10
DYNAMIC_RANGE_DB = 80.0


class Frames(NamedTuple):
    """Features frame by frame, one column a frame."""

    mel: Floats  # power, (MEL_COUNT, n)
    chroma: Floats  # power, (CHROMA_COUNT, n)
    contrast: Floats  # dB, (CONTRAST_COUNT, n)
    shape: Floats  # as `sound.SHAPE_NAMES`, (5, n)


class _Banks(NamedTuple):
    """What a spectrum is multiplied by, one row a bin."""

    window: Floats  # (WINDOW,)
    power: Floats  # mel and chroma bands, and ones, of the power
    magnitude: Floats  # ones, the bin's place on 0 to 1 and its square, of the magnitude
    octaves: list[tuple[slice, int]]  # bins of each, and how many of them are its extremes


class _Space(NamedTuple):
    """Memory that all blocks use in turn: to get new pages for each took a third of the time."""

    windowed: Floats  # (BLOCK_FRAMES, WINDOW)
    power: Floats  # (BLOCK_FRAMES, BINS), as the others
    magnitude: Floats
    logarithm: Floats


def analyse(signal: Floats) -> Frames:
    """Every whole frame of a mono signal (samples,) at SAMPLE_RATE_HZ, at least WINDOW long."""
    signal = np.ascontiguousarray(signal, dtype=np.float32)
    framed = np.lib.stride_tricks.sliding_window_view(signal, WINDOW)[::HOP]
    starts = range(0, len(framed), BLOCK_FRAMES)
    bins = (np.empty((BLOCK_FRAMES, BINS), dtype=np.float32) for _ in range(3))
    space = _Space(np.empty((BLOCK_FRAMES, WINDOW), dtype=np.float32), *bins)
    blocks = [_block(framed[start : start + BLOCK_FRAMES], space) for start in starts]
    mel, chroma, peak, valley, shape = (
        np.concatenate(parts).T for parts in zip(*blocks, strict=True)
    )
    return Frames(mel, chroma, decibels(peak) - decibels(valley), shape)


def _block(framed: Floats, space: _Space) -> tuple[Floats, ...]:
    """Mel, chroma, peaks, valleys and shape of some frames, one row each."""
    banks = _banks()
    windowed, power, magnitude, logarithm = (part[: len(framed)] for part in space)
    np.multiply(framed, banks.window, out=windowed)
    spectrum = scipy.fft.rfft(windowed, axis=1)
    np.square(spectrum.real, out=power)
    power += np.square(spectrum.imag, out=magnitude)
    np.sqrt(power, out=magnitude)
    np.log(np.maximum(power, LEAST_POWER, out=logarithm), out=logarithm)
    bands = power @ banks.power
    mel, chroma, energy = np.split(bands, [MEL_COUNT, MEL_COUNT + CHROMA_COUNT], axis=1)
    peak, valley = _extremes(magnitude, banks.octaves)
    shape = _shape(
        magnitude @ banks.magnitude, energy[:, 0], logarithm.mean(axis=1), _rolloff_bin(magnitude)
    )
    return mel, chroma, peak, valley, shape


def _shape(moments: Floats, energy: Floats, log_power: Floats, rolloff_bin: Floats) -> Floats:
    """Rows of centroid, bandwidth and rolloff in Hz, flatness and level in dB."""
    whole, first, second = moments.T
    whole = np.where(whole > 0, whole, 1)  # silence lies at 0 Hz
    centroid = first / whole
    bandwidth = np.sqrt(np.maximum(second / whole - centroid**2, 0.0))
    flatness = log_power - np.log(np.maximum(energy / BINS, LEAST_POWER))
    level = np.sqrt(energy / BINS) / (WINDOW / 4)
    nyquist = SAMPLE_RATE_HZ / 2
    return np.stack(
        [
            centroid * nyquist,
            bandwidth * nyquist,
            rolloff_bin * (nyquist / (BINS - 1)),
            flatness * np.float32(10 / np.log(10)),
            20 * np.log10(np.maximum(level, 1e-5)),
        ],
        axis=1,
    )


def _rolloff_bin(magnitude: Floats) -> Floats:
    """The first bin (n,) by which ROLLOFF of each frame's magnitude is reached."""
    n = len(magnitude)
    steps = magnitude[:, : BINS - 1].reshape(n, -1, ROLLOFF_STEP)
    reached = np.cumsum(np.einsum("nij->ni", steps), axis=1)
    wanted = ROLLOFF * (reached[:, -1] + magnitude[:, -1])
    step = np.minimum((reached < wanted[:, None]).sum(axis=1), steps.shape[1] - 1)
    rows = np.arange(n)
    before = reached[rows, step] - steps[rows, step].sum(axis=1)
    within = np.cumsum(steps[rows, step], axis=1) + before[:, None]
    found = step * ROLLOFF_STEP + (within < wanted[:, None]).sum(axis=1)
    return np.asarray(found, dtype=np.float32)


def _extremes(magnitude: Floats, octaves: list[tuple[slice, int]]) -> tuple[Floats, Floats]:
    """Mean of the loudest and of the quietest bins of each octave, (n, CONTRAST_COUNT) each."""
    peaks, valleys = [], []
    for bins, count in octaves:
        ordered = np.sort(magnitude[:, bins], axis=1)
        peaks.append(ordered[:, -count:].mean(axis=1))
        valleys.append(ordered[:, :count].mean(axis=1))
    return np.stack(peaks, axis=1), np.stack(valleys, axis=1)


def decibels(values: Floats) -> Floats:
    """As `librosa.power_to_db`: nothing lies more than DYNAMIC_RANGE_DB under the loudest."""
    level = 10 * np.log10(np.maximum(values, LEAST_POWER))
    return np.asarray(np.maximum(level, level.max() - DYNAMIC_RANGE_DB), dtype=np.float32)


def hann(length: int) -> Floats:
    """One period (length,) of Hann's window."""
    return np.asarray(0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / length), dtype=np.float32)


@cache
def _banks() -> _Banks:
    ones, place = np.ones(BINS), np.linspace(0, 1, BINS)
    return _Banks(
        hann(WINDOW),
        np.vstack([*banks(), ones]).T.astype(np.float32),
        np.stack([ones, place, place**2], axis=1).astype(np.float32),
        _octaves(),
    )


def _octaves() -> list[tuple[slice, int]]:
    """Bins from 0 Hz up to LOWEST_CONTRAST_HZ, then by octaves, the last one to the top."""
    hz = np.fft.rfftfreq(WINDOW, 1 / SAMPLE_RATE_HZ)
    edges = [0.0, *(LOWEST_CONTRAST_HZ * 2.0 ** np.arange(CONTRAST_COUNT))]
    octaves = []
    for k in range(CONTRAST_COUNT):
        first = int(np.searchsorted(hz, edges[k])) - (k > 0)
        last = int(np.searchsorted(hz, edges[k + 1], side="right"))
        if k == CONTRAST_COUNT - 1:
            octaves.append((slice(first, BINS), BINS - first))
        else:
            octaves.append((slice(first, last - 1), last - first))
    return [(bins, max(round(CONTRAST_QUANTILE * count), 1)) for bins, count in octaves]
