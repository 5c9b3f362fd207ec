"""A recording's landmarks: the peaks of its spectrum over time that survive codecs and noise.

Peaks of a spectrogram keep their place when a recording is encoded again, filtered, or heard
through noise (Wang 2003, "An industrial-strength audio search algorithm"). Pitch is measured in
cents, so that a change of speed or pitch moves every landmark by the same amount (as in Six and
Leman 2014, "Panako"). This module listens; `fingerprints` compares, with numpy alone.
"""

from functools import cache

import numpy as np
import scipy.fft
import soxr

from recommender.banks import SAMPLE_RATE_HZ
from recommender.fingerprints import MOST_FRAMES
from recommender.frames import hann
from recommender.sound import Floats
from recommender.triplets import FRAMES_PER_SECOND, LANDMARK, Landmarks

__all__ = ["landmarks"]

RATE_HZ = 11_025  # no codec keeps much of what lies above 5 kHz in the same place
WINDOW, HOP = 2_048, 256
BLOCK_FRAMES = 256
assert RATE_HZ / HOP == FRAMES_PER_SECOND
LOWEST_HZ = 220.0
BANDS_PER_OCTAVE = 36
BAND_COUNT = 160  # up to 4,700 Hz
CENTS_PER_BAND = 1_200 / BANDS_PER_OCTAVE
NEAR_BANDS, NEAR_FRAMES = 9, 11  # a peak is the strongest of three semitones and a quarter second
CEILING_FRAMES = 86  # 2 s
FLOOR_DB = 45.0  # under the loudest of the CEILING_FRAMES around, and of a codec's making
SILENT_DB = -70.0


def landmarks(signal: Floats) -> Landmarks:
    """Landmarks (n,), in the order of their frames, of a mono signal (samples,) at SAMPLE_RATE_HZ.

    Silence has none, nor has what is shorter than a frame.
    """
    narrow = soxr.resample(signal, SAMPLE_RATE_HZ, RATE_HZ, quality="MQ")
    if narrow.size < WINDOW:
        return np.empty(0, dtype=LANDMARK)
    level = _levels(np.ascontiguousarray(narrow, dtype=np.float32))[:MOST_FRAMES]
    return _peaks(level)


def _levels(signal: Floats) -> Floats:
    """Level in dB, (frames, BAND_COUNT)."""
    framed = np.lib.stride_tricks.sliding_window_view(signal, WINDOW)[::HOP]
    window, bank = hann(WINDOW) * np.float32(4 / WINDOW), _bank()
    blocks = []
    for start in range(0, len(framed), BLOCK_FRAMES):
        spectrum = scipy.fft.rfft(framed[start : start + BLOCK_FRAMES] * window, axis=1)
        power = np.square(spectrum.real) + np.square(spectrum.imag)
        blocks.append(10 * np.log10(power @ bank + np.float32(1e-12)))
    return np.concatenate(blocks)


@cache
def _bank() -> Floats:
    """Of each bin the part that each band hears (1 + WINDOW // 2, BAND_COUNT): a triangle of two
    bands' width around its pitch, at least of two bins' where they lie wider apart.
    """
    hz = np.fft.rfftfreq(WINDOW, 1 / RATE_HZ)[:, None]
    centre = LOWEST_HZ * 2 ** (np.arange(BAND_COUNT) / BANDS_PER_OCTAVE)
    width = np.maximum(centre * (2 ** (1 / BANDS_PER_OCTAVE) - 1), RATE_HZ / WINDOW)
    return np.maximum(0, 1 - np.abs(hz - centre) / width).astype(np.float32)


def _peaks(level: Floats) -> Landmarks:
    near = _largest(_largest(level, NEAR_FRAMES), NEAR_BANDS, axis=1)
    ceiling = _largest(level.max(axis=1, keepdims=True), CEILING_FRAMES)
    floor = np.maximum(ceiling - FLOOR_DB, SILENT_DB)
    earlier = np.pad(level[:-1], ((1, 0), (0, 0)), constant_values=-np.inf)
    found = (level == near) & (level > floor) & (level > earlier)  # the first of those alike
    frame, band = np.nonzero(found[:, 1:-1])  # a peak has neighbours
    band += 1
    left, middle, right = (level[frame, band + step] for step in (-1, 0, 1))
    curve = np.minimum(left - 2 * middle + right, -1e-3)
    beside = np.clip(0.5 * (left - right) / curve, -0.5, 0.5)  # where the parabola's top lies
    marks = np.empty(len(frame), dtype=LANDMARK)
    marks["frame"] = frame
    marks["cents"] = np.rint((band + beside) * CENTS_PER_BAND)
    marks["level"] = np.clip(np.rint(2 * (middle - SILENT_DB)), 0, 255)  # half decibels
    return marks


def _largest(values: Floats, reach: int, axis: int = 0) -> Floats:
    """The largest within `reach` before and behind, along `axis`, in steps that double."""
    values = np.moveaxis(values, axis, 0)
    padded = np.pad(values, ((reach, reach), (0, 0)), constant_values=-np.inf)
    wanted, width = 2 * reach + 1, 1
    while 2 * width <= wanted:
        padded = np.maximum(padded[: len(padded) - width], padded[width:])
        width *= 2
    if width < wanted:
        step = wanted - width
        padded = np.maximum(padded[: len(padded) - step], padded[step:])
    return np.moveaxis(padded, 0, axis)
