"""Measuring a recording while it streams by: length, peak, waveform, fingerprint of the samples.

Invariant: the result depends on the samples alone, not on how they were cut into blocks.
"""

import hashlib
import math

import numpy as np
from numpy.typing import NDArray

from marketplace.catalog.analysis.loudness import LoudnessMeter
from marketplace.catalog.analysis.result import WAVEFORM_POINTS

CELL_SECONDS = 0.02
SILENCE_DBFS = -60.0

Block = NDArray[np.float32]


class Meter:
    """Collects (n, channels) blocks of one recording."""

    def __init__(self, sample_rate_hz: int, channels: int) -> None:
        self._rate = sample_rate_hz
        self._loudness = LoudnessMeter(sample_rate_hz, channels)
        self._digest = hashlib.sha256(f"{sample_rate_hz} Hz\n".encode())
        self._cell = max(1, round(CELL_SECONDS * sample_rate_hz))
        self._rest: Block = np.empty(0, np.float32)
        self._cells: list[NDArray[np.float32]] = []
        self._frames = 0
        self._peak = 0.0

    def add(self, block: Block, mono: Block) -> None:
        """Take the next samples, and the same samples mixed to one channel (n,)."""
        self._frames += len(block)
        self._peak = max(self._peak, float(np.abs(block).max(initial=0.0)))
        self._digest.update(np.rint(mono * 32767).astype("<i2").tobytes())
        self._loudness.add(block)
        mono = np.concatenate((self._rest, mono))
        whole = len(mono) - len(mono) % self._cell
        self._rest = mono[whole:]
        cells = mono[:whole].reshape(-1, self._cell)
        self._cells.append(np.einsum("nc,nc->n", cells, cells) / np.float32(self._cell))

    @property
    def seconds(self) -> float:
        """Duration by the samples decoded, not by the header."""
        return self._frames / self._rate

    @property
    def peak_dbfs(self) -> float:
        """Highest sample relative to full scale; -120 for digital silence."""
        return 20 * math.log10(max(self._peak, 1e-6))

    @property
    def is_silent(self) -> bool:
        """True if nothing anywhere rises above -60 dBFS."""
        return self.peak_dbfs < SILENCE_DBFS

    @property
    def loudness_lufs(self) -> float:
        """Integrated loudness."""
        return self._loudness.lufs()

    @property
    def pcm_sha256(self) -> str:
        """Digest of the rate and of the mono samples in 16 bit."""
        return self._digest.hexdigest()

    def waveform(self) -> NDArray[np.float32]:
        """(200,) heights in 0..1: between the mean and the strongest 20 ms of each stretch."""
        power = np.concatenate([*self._cells, np.zeros(1, np.float32)])
        edges = np.linspace(0, len(power), WAVEFORM_POINTS, endpoint=False).astype(int)
        ends = np.append(edges[1:], len(power))
        mean = np.add.reduceat(power, edges) / np.maximum(ends - edges, 1)
        height = np.sqrt(mean) + np.sqrt(np.maximum.reduceat(power, edges))
        return np.asarray(height / max(float(height.max()), 1e-9), np.float32)
