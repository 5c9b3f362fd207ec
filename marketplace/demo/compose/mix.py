"""Room, echo, ducking and mastering.

Invariant: what leaves `master` never exceeds -1 dBFS and lies near -14 LUFS.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy.ndimage import maximum_filter1d, uniform_filter1d
from scipy.signal import oaconvolve

from marketplace.catalog.analysis.loudness import LoudnessMeter
from marketplace.demo.compose.waves import (
    SAMPLE_RATE_HZ,
    Signal,
    clock,
    frames,
    highpass,
    lowpass,
    noise,
    stereo,
)

LOUDNESS_LUFS = -14.0
CEILING = 10 ** (-1.0 / 20)
LOOKAHEAD_SECONDS = 0.004
ECHOES = 4
WARMTH = np.float32(0.6)


@dataclass(frozen=True)
class Strip:
    """A mixed player: the dry sound and what it sends to the common room."""

    dry: Signal
    send: Signal

    @classmethod
    def of(cls, track: Signal, to_room: float, to_echo: float, echo_seconds: float) -> Self:
        """Add echoes that cross from side to side, then split."""
        wet = track + _echo(track, to_echo, echo_seconds) if to_echo else track
        return cls(wet, wet * np.float32(to_room))


def _echo(track: Signal, level: float, seconds: float) -> Signal:
    echoes = np.zeros_like(track)
    darker = lowpass(track, 3200)
    for i in range(1, ECHOES + 1):
        late = frames(seconds) * i
        if late >= len(track):
            break
        crossed = darker[:, ::-1] if i % 2 else darker
        echoes[late:] += crossed[:-late] * np.float32(level**i)
    return echoes


def room(send: Signal, seconds: float, rng: np.random.Generator) -> Signal:
    """Reverberation: each side convolved with its own dying, darkening noise."""
    t = clock(seconds)
    build = np.minimum(t / 0.012, 1.0)
    sides = []
    for side in range(2):
        bright = highpass(noise(seconds, rng), 250) * np.exp(-t * (9.0 / seconds))
        dark = lowpass(noise(seconds, rng), 2600) * np.exp(-t * (5.5 / seconds))
        impulse = (0.6 * bright + dark) * build
        impulse /= np.sqrt(np.sum(impulse**2))
        sides.append(oaconvolve(send[:, side], impulse.astype(np.float32))[: len(send)])
    return np.asarray(stereo(*sides), np.float32)


def level(track: Signal, dbfs: float) -> Signal:
    """Scale a track so that, where it plays at all, its power is `dbfs`."""
    cell = frames(0.1)
    whole = len(track) - len(track) % cell
    power = np.einsum("nc,nc->n", track[:whole], track[:whole]).reshape(-1, cell).mean(axis=1)
    playing = power[power > 1e-3 * power.max(initial=1e-12)]
    if not len(playing):
        return track
    return track * np.float32(10 ** (dbfs / 20) / np.sqrt(playing.mean()))


def duck(track: Signal, kicks: list[float], depth: float) -> Signal:
    """Push a track down under each kick and let it breathe back within 0.25 s."""
    dip = 1 - depth * np.exp(-clock(0.35) / 0.11)
    gain = np.ones(len(track), np.float32)
    for kick in kicks:
        start = frames(kick)
        stretch = gain[start : start + len(dip)]
        np.minimum(stretch, dip[: len(stretch)], out=stretch)
    return np.asarray(track * gain[:, None], np.float32)


def master(mixed: Signal) -> Signal:
    """Remove rumble, warm the peaks, set the loudness, hold the ceiling, fade the ends."""
    clean = highpass(mixed, 28)
    fade_in, fade_out = frames(0.01), min(frames(2.5), len(clean) // 4)
    clean[:fade_in] *= np.linspace(0, 1, fade_in, dtype=np.float32)[:, None]
    clean[-fade_out:] *= np.linspace(1, 0, fade_out, dtype=np.float32)[:, None] ** 2
    for _ in range(2):
        loud = clean * np.float32(10 ** ((LOUDNESS_LUFS - lufs(clean)) / 20))
        clean = limit(np.asarray(np.tanh(WARMTH * loud) / WARMTH, np.float32))
    return clean


def limit(signal: Signal) -> Signal:
    """A look-ahead limiter: the gain is smooth and low enough before the peak arrives."""
    window = frames(LOOKAHEAD_SECONDS) | 1
    peaks = maximum_filter1d(np.abs(signal).max(axis=1), 2 * window + 1)
    gain = np.minimum(1.0, CEILING / np.maximum(peaks, 1e-9))
    smooth = uniform_filter1d(gain, window).astype(np.float32)
    return np.asarray(signal * smooth[:, None], np.float32)


def lufs(signal: Signal) -> float:
    """Integrated loudness of (n, 2)."""
    meter = LoudnessMeter(SAMPLE_RATE_HZ, signal.shape[1])
    meter.add(signal)
    return meter.lufs()
