"""Pitched instruments, each a function (hz, seconds held, rng) -> (n, 2) float32.

Invariant: a voice ends in silence, so that notes may be laid over each other without clicks.
"""

from collections.abc import Callable

import numpy as np
from scipy.signal import lfilter

from marketplace.demo.compose.basses import reese_bass, round_bass, synth_bass, upright_bass
from marketplace.demo.compose.waves import (
    SAMPLE_RATE_HZ,
    Signal,
    adsr,
    bandpass,
    clock,
    decay,
    highpass,
    lowpass,
    noise,
    stereo,
    wave,
)

Voice = Callable[[float, float, np.random.Generator], Signal]


def electric_piano(hz: float, seconds: float, rng: np.random.Generator) -> Signal:
    """Two-operator FM with a tine, and a slow tremolo from side to side."""
    length = seconds + 0.6
    t = clock(length)
    body = np.sin(2 * np.pi * hz * t + 1.1 * np.exp(-t * 2.2) * np.sin(2 * np.pi * hz * t))
    tine = 0.16 * np.exp(-t * 9) * np.sin(2 * np.pi * hz * 7.0 * t)
    tone = (body + tine) * adsr(seconds, 0.004, 1.3, 0.15, 0.6)
    swing = 0.22 * np.sin(2 * np.pi * 4.6 * t)
    return stereo((tone * (1 + swing)).astype(np.float32), (tone * (1 - swing)).astype(np.float32))


def piano(hz: float, seconds: float, rng: np.random.Generator) -> Signal:
    """Stretched partials, higher ones dying sooner, and a soft hammer."""
    length = seconds + 0.7
    t = clock(length)
    left, right = np.zeros_like(t), np.zeros_like(t)
    for k in range(1, 11):
        partial = hz * k * (1 + 0.0004 * k * k) ** 0.5
        if partial > 12_000:
            break
        level = np.exp(-0.34 * k) * np.exp(-t * (0.55 + 0.42 * k * (hz / 260) ** 0.5))
        tone = level * np.sin(2 * np.pi * partial * t + rng.uniform(0, 6))
        width = 0.5 + 0.22 * np.sin(2.4 * k)
        left, right = left + (1 - width) * tone, right + width * tone
    hammer = bandpass(noise(length, rng), 300, 1800) * np.exp(-t * 90) * np.float32(0.35)
    held = adsr(seconds, 0.003, 9.0, 0.2, 0.7)
    return stereo((left + hammer) * held, (right + hammer) * held)


def plucked_string(hz: float, seconds: float, rng: np.random.Generator) -> Signal:
    """Karplus and Strong's string (1983) with a tuned fractional delay, as one linear filter."""
    length = max(seconds, 0.4) + 0.9
    period = SAMPLE_RATE_HZ / hz - 0.5
    whole = int(period)
    fraction = period - whole
    burst = np.zeros(round(length * SAMPLE_RATE_HZ), np.float32)
    burst[:whole] = rng.uniform(-1, 1, whole)
    burst = lowpass(burst, 4200)
    loop = np.zeros(whole + 3)
    kept = 0.5 ** (1.0 / (hz * 0.75))
    loop[0] = 1.0
    loop[whole : whole + 3] = -kept * np.array([1 - fraction, 1.0, fraction]) * 0.5
    string = lfilter([1.0], loop, burst).astype(np.float32)
    body = string + 0.5 * bandpass(string, 90, 240)
    return stereo(highpass(body, 60) * adsr(length - 0.25, 0.001, 9.0, 0.6, 0.25)[: len(body)])


def pad(hz: float, seconds: float, rng: np.random.Generator) -> Signal:
    """A slow, dark ensemble of detuned saws, different on each side."""
    held = adsr(seconds, min(0.9, 0.45 * seconds), 4.0, 0.8, 1.2)
    return _ensemble(hz, seconds + 1.2, (0.994, 1.0, 1.005), 1100, rng) * held[:, None]


def glass_pad(hz: float, seconds: float, rng: np.random.Generator) -> Signal:
    """Sines in octaves and fifths that drift: breath rather than notes."""
    length = seconds + 2.0
    t = clock(length)
    left, right = np.zeros_like(t), np.zeros_like(t)
    for ratio, level in ((0.5, 0.4), (1.0, 0.8), (1.5, 0.2), (2.0, 0.35), (4.0, 0.08)):
        tone = level * np.sin(2 * np.pi * hz * ratio * t + rng.uniform(0, 6))
        wander = 0.6 * np.sin(2 * np.pi * 0.13 * ratio * t + rng.uniform(0, 6))
        left, right = left + tone * (1 + wander), right + tone * (1 - wander)
    held = adsr(seconds, min(1.8, 0.5 * seconds), 6.0, 0.8, 2.0)
    return 0.5 * stereo(left, right) * held[:, None]


def bright_stab(hz: float, seconds: float, rng: np.random.Generator) -> Signal:
    """A short chord voice: detuned saws whose filter snaps shut."""
    length = seconds + 0.18
    bright = _ensemble(hz, length, (0.993, 1.0, 1.007), 3600, rng)
    dark = lowpass(bright, 700)
    share = decay(length, 0.11)[:, None]
    return (share * bright + (1 - share) * dark) * adsr(seconds, 0.003, 0.3, 0.35, 0.18)[:, None]


def brass_synth(hz: float, seconds: float, rng: np.random.Generator) -> Signal:
    """The wide lead of night drives: saws, an opening filter, late vibrato."""
    length = seconds + 0.25
    bright = _ensemble(hz, length, (0.996, 1.004), 2900, rng)
    share: Signal = np.minimum(clock(length) / 0.12, 1.0)[:, None]
    tone = share * bright + (1 - share) * lowpass(bright, 600)
    return tone * adsr(seconds, 0.02, 0.8, 0.7, 0.25)[:, None]


def soft_lead(hz: float, seconds: float, rng: np.random.Generator) -> Signal:
    """A triangle with vibrato and some breath."""
    length = seconds + 0.2
    t = clock(length)
    bend = 0.25 * np.minimum(t / 0.35, 1.0) * np.sin(2 * np.pi * 5.1 * t)
    tone = np.sin(2 * np.pi * hz * t + bend) + 0.12 * np.sin(6 * np.pi * hz * t + 3 * bend)
    breath = 0.05 * bandpass(noise(length, rng), hz, min(6 * hz, 9000))
    return stereo(((tone + breath) * adsr(seconds, 0.03, 1.2, 0.7, 0.2)).astype(np.float32))


def vibraphone(hz: float, seconds: float, rng: np.random.Generator) -> Signal:
    """Bars with partials at 1, 4 and 10, and the motor's tremolo."""
    length = max(seconds, 0.3) + 1.1
    t = clock(length)
    tone = np.exp(-t * 2.0) * np.sin(2 * np.pi * hz * t)
    tone += 0.25 * np.exp(-t * 5) * np.sin(8 * np.pi * hz * t)
    tone += 0.07 * np.exp(-t * 16) * np.sin(20 * np.pi * hz * t)
    motor = 0.3 * np.sin(2 * np.pi * 5.4 * t)
    closed = tone * decay(length, 4.0)
    return stereo(
        (closed * (1 + motor)).astype(np.float32), (closed * (1 - motor)).astype(np.float32)
    )


def bell(hz: float, seconds: float, rng: np.random.Generator) -> Signal:
    """FM at an uneven ratio: glass and small clocks."""
    length = max(seconds, 0.3) + 1.2
    t = clock(length)
    tone = np.sin(2 * np.pi * hz * t + 1.4 * np.exp(-t * 4) * np.sin(2 * np.pi * hz * 3.01 * t))
    return stereo((tone * np.exp(-t * 2.4) * decay(length, 3.0)).astype(np.float32))


def arp_pluck(hz: float, seconds: float, rng: np.random.Generator) -> Signal:
    """A short square for arpeggios."""
    length = seconds + 0.12
    tone = lowpass(wave("square", hz, length), 2400) * decay(length, 0.14)
    return stereo(tone * adsr(seconds, 0.002, 0.4, 0.5, 0.12))


def skank_guitar(hz: float, seconds: float, rng: np.random.Generator) -> Signal:
    """A muted electric string, struck and damped: all middle, no body."""
    length = min(seconds, 0.22) + 0.12
    tone = bandpass(wave("saw", hz, length, rng.random()), 350, 2600) * decay(length, 0.07)
    pick = bandpass(noise(length, rng), 1800, 5200) * np.exp(-clock(length) * 160)
    return stereo((tone + 0.2 * pick).astype(np.float32))


def melodica(hz: float, seconds: float, rng: np.random.Generator) -> Signal:
    """Free reeds: a nasal square, slow to speak, with a little breath."""
    length = seconds + 0.12
    t = clock(length)
    tremble: Signal = 1 + 0.12 * np.sin(2 * np.pi * 5.4 * t)
    tone = bandpass(wave("square", hz, length), hz * 0.8, min(hz * 5, 4200)) * tremble
    breath = 0.04 * bandpass(noise(length, rng), 900, 4000)
    return stereo(((tone + breath) * adsr(seconds, 0.04, 1.5, 0.8, 0.12)).astype(np.float32))


def organ(hz: float, seconds: float, rng: np.random.Generator) -> Signal:
    """Drawbars at 16, 8, 5 1/3 and 4 feet, through a slowly turning horn."""
    length = seconds + 0.05
    t = clock(length)
    bars = ((0.5, 0.5), (1.0, 1.0), (1.5, 0.45), (2.0, 0.6), (3.0, 0.12))
    tone = sum(level * np.sin(2 * np.pi * hz * ratio * t) for ratio, level in bars)
    held = tone * adsr(seconds, 0.006, 4.0, 0.9, 0.05)
    turn = 0.2 * np.sin(2 * np.pi * 1.1 * t + rng.uniform(0, 6))
    return stereo((held * (1 + turn)).astype(np.float32), (held * (1 - turn)).astype(np.float32))


def nylon_string(hz: float, seconds: float, rng: np.random.Generator) -> Signal:
    """A soft string plucked near its middle: odd partials lead, the high ones die at once."""
    length = max(seconds, 0.3) + 0.4
    t = clock(length)
    tone = np.zeros_like(t)
    for k in range(1, 9):
        level = abs(np.sin(np.pi * k * 0.36)) / k**1.25
        fall = np.exp(-t * (1.1 + 0.9 * k * (hz / 220) ** 0.5))
        tone += level * fall * np.sin(2 * np.pi * hz * k * t)
    thumb = 0.25 * lowpass(noise(length, rng), 1400) * np.exp(-t * 110)
    held = adsr(max(seconds, 0.3), 0.003, 9.0, 0.7, 0.4)
    return stereo(((tone + thumb) * held).astype(np.float32))


def flute(hz: float, seconds: float, rng: np.random.Generator) -> Signal:
    """Two partials and air, with a vibrato that comes late."""
    length = seconds + 0.12
    t = clock(length)
    bend = 0.16 * np.minimum(t / 0.5, 1.0) * np.sin(2 * np.pi * 4.8 * t)
    tone = np.sin(2 * np.pi * hz * t + bend) + 0.28 * np.sin(4 * np.pi * hz * t + 2 * bend)
    air = bandpass(noise(length, rng), hz, min(4 * hz, 9000))
    air *= np.float32(0.07) + 0.2 * np.exp(-t * 22)
    return stereo(((tone + air) * adsr(seconds, 0.045, 2.0, 0.85, 0.12)).astype(np.float32))


def marimba(hz: float, seconds: float, rng: np.random.Generator) -> Signal:
    """A wooden bar tuned to its fourth partial, over a tube that sounds the first."""
    length = 0.9
    t = clock(length)
    ring = (hz / 260) ** 0.5
    tone = np.exp(-t * 4.2 * ring) * np.sin(2 * np.pi * hz * t)
    tone += 0.3 * np.exp(-t * 16 * ring) * np.sin(8 * np.pi * hz * t)
    tone += 0.1 * np.exp(-t * 40) * np.sin(18.4 * np.pi * hz * t)
    mallet = 0.3 * bandpass(noise(length, rng), 250, 1500) * np.exp(-t * 130)
    return stereo(((tone + mallet) * decay(length, 3.0)).astype(np.float32))


def reed(hz: float, seconds: float, rng: np.random.Generator) -> Signal:
    """A clarinet's hollow tone: odd partials, a soft beginning and end."""
    length = seconds + 0.3
    t = clock(length)
    tone = sum(
        level * np.sin(2 * np.pi * hz * k * t) for k, level in ((1, 1.0), (3, 0.3), (5, 0.1))
    )
    return stereo((tone * adsr(seconds, 0.12, 3.0, 0.85, 0.3)).astype(np.float32))


def _ensemble(
    hz: float,
    seconds: float,
    ratios: tuple[float, ...],
    cutoff_hz: float,
    rng: np.random.Generator,
) -> Signal:
    """Detuned saws, (n, 2), with phases of their own on each side."""
    sides: list[Signal] = []
    for side in (0.9993, 1.0007):
        saws = sum(wave("saw", hz * ratio * side, seconds, rng.random()) for ratio in ratios)
        sides.append(np.asarray(saws / len(ratios), np.float32))
    return lowpass(stereo(*sides), cutoff_hz)


VOICES: dict[str, Voice] = {
    "electric piano": electric_piano,
    "piano": piano,
    "plucked string": plucked_string,
    "upright bass": upright_bass,
    "round bass": round_bass,
    "synth bass": synth_bass,
    "reese bass": reese_bass,
    "pad": pad,
    "glass pad": glass_pad,
    "bright stab": bright_stab,
    "brass synth": brass_synth,
    "soft lead": soft_lead,
    "vibraphone": vibraphone,
    "bell": bell,
    "arp pluck": arp_pluck,
    "skank guitar": skank_guitar,
    "melodica": melodica,
    "organ": organ,
    "nylon string": nylon_string,
    "flute": flute,
    "marimba": marimba,
    "reed": reed,
}
