"""Tiny seeded price differences that keep the slope of demand measurable.

An offset belongs to a track and a day, is the same for all listeners and depends on nothing but
(seed, key, day): anyone who knows the seed can draw it again.
"""

import numpy as np
from numpy.typing import NDArray

OFFSET = 0.02
"""Size of an offset, relative to the price. Two-point draws carry most information a movement."""
LAUNCH_DRAW = -1
"""The "day" of the draw that lets half of the tracks set out from p0 before the others.

Both halves go the same way; while they are apart they show the slope of demand far better than
any small offset could, at the price of a few slower hours.
"""
SLOW = 1 / 3
SLOW_HOURS = 18

Hashes = NDArray[np.uint64]


def hashes(keys: NDArray[np.str_]) -> Hashes:
    """64-bit hash (n,) of each key (n,), over its code points, whatever the array's width."""
    width = keys.dtype.itemsize // 4
    points = np.ascontiguousarray(keys).view(np.uint32).reshape(len(keys), width)
    mixed = np.full(len(keys), 0x9E3779B97F4A7C15, np.uint64)
    for column in points.T:
        follows = mix(mixed ^ column.astype(np.uint64))
        mixed = np.where(column == 0, mixed, follows)
    return mixed


def mix(x: Hashes) -> Hashes:
    """The finalizer of SplitMix64 (Steele, Lea, Flood: Fast splittable generators, 2014)."""
    x = x + np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def up(hashed: Hashes, seed: int, day: int) -> NDArray[np.bool_]:
    """The fair draw (n,) of tracks hashed to `hashed` (n,) for `day`."""
    return (_bits(hashed, seed, day) >> np.uint64(63)).astype(bool)


def _bits(hashed: Hashes, seed: int, day: int) -> Hashes:
    mask = 0xFFFFFFFFFFFFFFFF
    start = mix(np.array([seed & mask], np.uint64))
    salt = mix(start ^ np.array([day & mask], np.uint64))
    return mix(hashed ^ salt)


def redrawn(hashed: Hashes, seed: int, day: int) -> NDArray[np.bool_]:
    """Which tracks (n,) draw again on `day`: a quarter of them.

    The others keep their offset, for listeners take days to get used to a price, and what they
    accept then is what lasts.
    """
    return np.asarray(_bits(mix(hashed), seed, day) >> np.uint64(62) == 0)


def offsets(hashed: Hashes, seed: int, day: int) -> NDArray[np.float64]:
    """Relative offsets (n,), +OFFSET or -OFFSET, of tracks hashed to `hashed` (n,) on `day`."""
    return np.where(up(hashed, seed, day), OFFSET, -OFFSET)
