"""Percussion, each a function rng -> (n, 2) float32, peak near 1."""

from collections.abc import Callable

import numpy as np

from marketplace.demo.compose.waves import (
    SAMPLE_RATE_HZ,
    Signal,
    bandpass,
    clock,
    decay,
    highpass,
    lowpass,
    noise,
    stereo,
)

Drum = Callable[[np.random.Generator], Signal]


def _sweep(seconds: float, high_hz: float, low_hz: float, fall: float) -> Signal:
    """A sine gliding from high to low."""
    t = clock(seconds)
    hz = low_hz + (high_hz - low_hz) * np.exp(-t / fall)
    return np.sin(2 * np.pi * np.cumsum(hz) / SAMPLE_RATE_HZ).astype(np.float32)


def soft_kick(rng: np.random.Generator) -> Signal:
    """A felt beater."""
    return stereo(_sweep(0.35, 120, 52, 0.03) * decay(0.35, 0.1))


def punch_kick(rng: np.random.Generator) -> Signal:
    """Four on the floor: click, punch and body."""
    click = highpass(noise(0.4, rng), 2500) * np.exp(-clock(0.4) * 400)
    body = np.tanh(2.2 * _sweep(0.4, 260, 48, 0.028)) * decay(0.4, 0.13)
    return stereo((body + 0.25 * click).astype(np.float32))


def snare(rng: np.random.Generator) -> Signal:
    """Crisp, with a short body."""
    body = 0.5 * _sweep(0.25, 260, 185, 0.02) * decay(0.25, 0.06)
    return stereo(body + bandpass(noise(0.25, rng), 1400, 9000) * decay(0.25, 0.07))


def gated_snare(rng: np.random.Generator) -> Signal:
    """A big room, cut short."""
    room = bandpass(noise(0.42, rng), 500, 7000) * np.float32(0.8)
    room[int(0.3 * SAMPLE_RATE_HZ) :] *= decay(0.42, 0.03)[: len(room) - int(0.3 * SAMPLE_RATE_HZ)]
    body = 0.6 * _sweep(0.42, 300, 175, 0.02) * decay(0.42, 0.1)
    return stereo(body + room, body + np.roll(room, 113))


def rim(rng: np.random.Generator) -> Signal:
    """A stick on the rim."""
    return stereo(bandpass(noise(0.09, rng), 1500, 3200) * decay(0.09, 0.014) * np.float32(1.6))


def clap(rng: np.random.Generator) -> Signal:
    """Several hands, not quite together."""
    t = clock(0.3)
    spread = sum(np.exp(-np.maximum(t - d, 0) * 160) * (t >= d) for d in (0, 0.011, 0.023))
    shape = 0.55 * spread + decay(0.3, 0.07)
    sides = [bandpass(noise(0.3, rng), 900, 4200) * shape for _ in range(2)]
    return stereo(*[np.asarray(side, np.float32) for side in sides])


def closed_hat(rng: np.random.Generator) -> Signal:
    """Tight metal."""
    return stereo(highpass(noise(0.07, rng), 7500) * decay(0.07, 0.016))


def open_hat(rng: np.random.Generator) -> Signal:
    """Metal left ringing."""
    return stereo(highpass(noise(0.32, rng), 6500) * decay(0.32, 0.11) * np.float32(0.8))


def ride(rng: np.random.Generator) -> Signal:
    """A cymbal's ping over its wash."""
    t = clock(0.9)
    ping = sum(np.sin(2 * np.pi * hz * t) for hz in (3127.0, 4211.0, 5443.0, 6791.0))
    wash = highpass(noise(0.9, rng), 5200) * decay(0.9, 0.3)
    return stereo((0.14 * ping * np.exp(-t * 7) + 0.4 * wash).astype(np.float32))


def crash(rng: np.random.Generator) -> Signal:
    """A cymbal struck once, where a chorus begins: it opens, then dies for two seconds."""
    sides = []
    for _ in range(2):
        wash = highpass(noise(2.4, rng), 3200) * decay(2.4, 0.6)
        sides.append(wash + bandpass(noise(2.4, rng), 900, 3200) * decay(2.4, 0.12))
    return stereo(*[np.asarray(side, np.float32) for side in sides])


def brush(rng: np.random.Generator) -> Signal:
    """A brush drawn over a snare."""
    t = clock(0.28)
    swish = np.abs(np.sin(np.pi * np.minimum(t / 0.24, 1.0))) ** 1.5
    return stereo((bandpass(noise(0.28, rng), 1800, 8000) * swish * 0.7).astype(np.float32))


def shaker(rng: np.random.Generator) -> Signal:
    """Seeds, with a swell."""
    t = clock(0.11)
    swell = np.minimum(t / 0.03, 1.0) * np.exp(-np.maximum(t - 0.03, 0) * 50)
    return stereo((highpass(noise(0.11, rng), 5000) * swell).astype(np.float32))


def tom(rng: np.random.Generator) -> Signal:
    """A low tom."""
    skin = 0.15 * lowpass(noise(0.5, rng), 1200) * decay(0.5, 0.03)
    return stereo(_sweep(0.5, 190, 92, 0.06) * decay(0.5, 0.15) + skin)


DRUMS: dict[str, Drum] = {
    "soft kick": soft_kick,
    "punch kick": punch_kick,
    "snare": snare,
    "gated snare": gated_snare,
    "rim": rim,
    "clap": clap,
    "closed hat": closed_hat,
    "open hat": open_hat,
    "ride": ride,
    "crash": crash,
    "brush": brush,
    "shaker": shaker,
    "tom": tom,
}
