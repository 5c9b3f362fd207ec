"""Integrated loudness by ITU-R BS.1770-4, one block at a time.

Invariant: feeding a signal in pieces of any length gives the same loudness as feeding it whole.
"""

import math

import numpy as np
from numpy.typing import NDArray
from scipy.signal import sosfilt

HOP_SECONDS = 0.1
HOPS_PER_WINDOW = 4
ABSOLUTE_GATE_LUFS = -70.0
RELATIVE_GATE_LU = -10.0
OFFSET_LUFS = -0.691

Signal = NDArray[np.float32]


class LoudnessMeter:
    """Collects (n, channels) blocks; `lufs()` is the loudness of all of them."""

    def __init__(self, sample_rate_hz: int, channels: int) -> None:
        self._sections = k_weighting(sample_rate_hz)
        self._state = np.zeros((len(self._sections), 2, channels))
        self._hop = max(1, round(HOP_SECONDS * sample_rate_hz))
        self._rest = np.empty(0)
        self._powers: list[NDArray[np.float64]] = []

    def add(self, block: Signal) -> None:
        """Take the next (n, channels) samples."""
        filtered, self._state = sosfilt(self._sections, block, axis=0, zi=self._state)
        power = np.concatenate((self._rest, np.einsum("nc,nc->n", filtered, filtered)))
        whole = len(power) - len(power) % self._hop
        self._rest = power[whole:]
        self._powers.append(power[:whole].reshape(-1, self._hop).mean(axis=1))

    def lufs(self) -> float:
        """Integrated loudness; -70.0, the absolute gate, for anything quieter."""
        hops = np.concatenate(self._powers) if self._powers else np.empty(0)
        if len(hops) < HOPS_PER_WINDOW:
            return ABSOLUTE_GATE_LUFS
        windows = np.convolve(hops, np.full(HOPS_PER_WINDOW, 1 / HOPS_PER_WINDOW), mode="valid")
        loud = windows[windows > power_of(ABSOLUTE_GATE_LUFS)]
        if not len(loud):
            return ABSOLUTE_GATE_LUFS
        gate = float(loud.mean()) * 10 ** (RELATIVE_GATE_LU / 10)
        return OFFSET_LUFS + 10 * math.log10(float(loud[loud > gate].mean()))


def power_of(lufs: float) -> float:
    """Mean square of the K-weighted signal at a loudness."""
    return float(10 ** ((lufs - OFFSET_LUFS) / 10))


def k_weighting(sample_rate_hz: int) -> NDArray[np.float64]:
    """The standard's two filters for any sample rate, as (2, 6) second-order sections.

    The analogue prototypes behind the standard's 48 kHz coefficients, warped to the rate (as
    De Man, "Evaluation of implementations of the EBU R128 loudness measurement", 2018).
    """
    gain, quality, centre_hz = 3.999843853973347, 0.7071752369554196, 1681.974450955533
    k = math.tan(math.pi * centre_hz / sample_rate_hz)
    high = 10 ** (gain / 20)
    band = high**0.4996667741545416
    a0 = 1 + k / quality + k * k
    shelf = [
        (high + band * k / quality + k * k) / a0,
        2 * (k * k - high) / a0,
        (high - band * k / quality + k * k) / a0,
        1.0,
        2 * (k * k - 1) / a0,
        (1 - k / quality + k * k) / a0,
    ]
    quality, centre_hz = 0.5003270373238773, 38.13547087602444
    k = math.tan(math.pi * centre_hz / sample_rate_hz)
    a0 = 1 + k / quality + k * k
    high_pass = [1.0, -2.0, 1.0, 1.0, 2 * (k * k - 1) / a0, (1 - k / quality + k * k) / a0]
    return np.array([shelf, high_pass])
