"""Basses: pitched instruments as in `voices`, for the lowest part."""

import numpy as np

from marketplace.demo.compose.waves import (
    Signal,
    adsr,
    clock,
    decay,
    lowpass,
    noise,
    sine,
    stereo,
    wave,
)


def upright_bass(hz: float, seconds: float, rng: np.random.Generator) -> Signal:
    """A thick string: fundamental, a few falling partials, a finger's noise."""
    t = clock(seconds + 0.15)
    tone = sum(
        (0.9**k / k) * np.exp(-t * (1.4 + 1.7 * k)) * np.sin(2 * np.pi * hz * k * t)
        for k in range(1, 7)
    )
    finger = lowpass(noise(seconds + 0.15, rng), 900) * np.exp(-t * 60)
    return stereo(((tone + 0.3 * finger) * adsr(seconds, 0.006, 2.0, 0.5, 0.15)).astype(np.float32))


def round_bass(hz: float, seconds: float, rng: np.random.Generator) -> Signal:
    """A sine with a little of its octave."""
    held = adsr(seconds, 0.008, 0.8, 0.7, 0.08)
    length = seconds + 0.08
    tone = np.tanh(1.6 * (sine(hz, length) + 0.22 * sine(2 * hz, length)))
    return stereo((tone * held).astype(np.float32))


def synth_bass(hz: float, seconds: float, rng: np.random.Generator) -> Signal:
    """A saw whose filter closes, over a sub."""
    length = seconds + 0.06
    saw = wave("saw", hz, length)
    open_share = decay(length, 0.12)
    tone = open_share * lowpass(saw, 1900) + (1 - open_share) * lowpass(saw, 420)
    return stereo((0.8 * tone + 0.5 * sine(hz, length)) * adsr(seconds, 0.004, 0.5, 0.6, 0.06))


def reese_bass(hz: float, seconds: float, rng: np.random.Generator) -> Signal:
    """Two saws beating against each other over a clean sub."""
    length = seconds + 0.08
    held = adsr(seconds, 0.01, 3.0, 0.85, 0.08)
    sub = 0.8 * sine(hz, length)
    sides = [
        lowpass(wave("saw", hz * a, length) + wave("saw", hz * b, length, 0.4), 850)
        for a, b in ((0.992, 1.006), (0.996, 1.011))
    ]
    return stereo((sub + 0.38 * sides[0]) * held, (sub + 0.38 * sides[1]) * held)
