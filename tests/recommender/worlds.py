"""Small worlds with a known right answer, for every test of the recommender."""

import numpy as np

from recommender.interactions import Plays
from recommender.sound import FEATURE_COUNT, Floats

GROUPS, ITEMS_EACH, USERS_EACH = 3, 8, 30


def item(group: int, number: int) -> str:
    return f"g{group}-t{number}"


def item_ids() -> list[str]:
    return [item(group, number) for group in range(GROUPS) for number in range(ITEMS_EACH)]


def group_plays(seed: int = 0, share: float = 0.75) -> Plays:
    """Listeners of three tastes: most tracks of one group, now and then one of another."""
    rng = np.random.default_rng(seed)
    rows: list[tuple[int, int, float]] = []
    for user in range(GROUPS * USERS_EACH):
        group = user % GROUPS
        own = rng.permutation(ITEMS_EACH)[: int(ITEMS_EACH * share)]
        rows += [(user, group * ITEMS_EACH + int(k), 1.0 + float(rng.integers(5))) for k in own]
        if user % 5 == 0:
            rows.append((user, int(rng.integers(GROUPS * ITEMS_EACH)), 1.0))
    return Plays.of(rows)


def group_features(seed: int = 0) -> Floats:
    """Vectors near one point a group, so that sound and taste tell the same groups apart."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(0.0, 1.0, (GROUPS, FEATURE_COUNT))
    x = np.repeat(centres, ITEMS_EACH, axis=0)
    x += rng.normal(0.0, 0.2, x.shape)
    return x.astype(np.float32)


def group_of(item_id: str) -> int:
    return int(item_id[1])


def no_plays() -> Plays:
    return Plays.of([])


def tone(hz: float, seconds: float = 4.0, rate_hz: int = 22_050, level: float = 0.3) -> Floats:
    t = np.arange(int(seconds * rate_hz)) / rate_hz
    return (level * np.sin(2 * np.pi * hz * t)).astype(np.float32)


def clicks(bpm: float, seconds: float = 20.0, rate_hz: int = 22_050) -> Floats:
    """A decaying noise burst on every beat."""
    signal = np.zeros(int(seconds * rate_hz), dtype=np.float32)
    burst = np.random.default_rng(0).normal(0, 0.3, rate_hz // 20) * np.linspace(
        1, 0, rate_hz // 20
    )
    for start in np.arange(0, signal.size - burst.size, 60.0 / bpm * rate_hz).astype(int):
        signal[start : start + burst.size] += burst.astype(np.float32)
    return signal
