"""Made music whose copies are known: a score that can be played faster or higher."""

import numpy as np

from recommender.sound import Floats

RATE_HZ = 22_050
PARTIALS = 5


def melody(
    seed: int,
    seconds: float = 40.0,
    *,
    start: float = 0.0,
    speed: float = 1.0,
    cents: float = 0.0,
) -> Floats:
    """`seconds` (of what is heard) of three voices and a drum, from second `start` of the score."""
    rng = np.random.default_rng(seed)
    pitch = 2 ** (cents / 1_200)
    sound = np.zeros(int(seconds * RATE_HZ), dtype=np.float64)
    for lowest, mean in ((220.0, 0.5), (440.0, 0.3), (880.0, 0.2)):
        at = 0.0
        while at < 120.0:  # every score is as long, so that its end never changes its beginning
            length = mean * rng.uniform(0.6, 1.6)
            hz = lowest * 2 ** (rng.integers(0, 13) / 12)
            _add(sound, (at - start) / speed, length / speed, hz * pitch, rng.uniform(0.1, 0.3))
            at += length
    hits = np.cumsum(rng.choice([0.25, 0.375, 0.5], size=400))
    burst = rng.normal(0, 0.2, 1_000) * np.linspace(1, 0, 1_000)
    for at in ((hits - start) / speed * RATE_HZ).astype(int):
        if 0 <= at < sound.size - burst.size:
            sound[at : at + burst.size] += burst
    return sound.astype(np.float32)


def _add(sound: np.ndarray, at: float, length: float, hz: float, level: float) -> None:
    first, last = max(0, int(at * RATE_HZ)), min(sound.size, int((at + length) * RATE_HZ))
    if last <= first:
        return
    t = np.arange(first, last) / RATE_HZ - at
    fade = np.exp(-3 * t / length)
    for k in range(1, PARTIALS + 1):
        sound[first:last] += level / k * fade * np.sin(2 * np.pi * hz * k * t)


def noisy(signal: Floats, decibels: float, seed: int = 0) -> Floats:
    """White noise so far under the signal."""
    noise = np.random.default_rng(seed).normal(0, 1, signal.size)
    level = np.sqrt(np.mean(signal**2)) * 10 ** (-decibels / 20)
    return np.asarray(signal + noise * level, dtype=np.float32)
