"""The shape of a feature vector, what its columns mean, and how alike two tracks sound.

Only numpy is imported here, because serving processes explain recommendations with it. Invariant: a
vector's columns are `FEATURE_NAMES`, in that order, whenever its version is `FEATURES_VERSION`.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

FEATURES_VERSION = 1
MFCC_COUNT = 20
CHROMA_COUNT = 12
CONTRAST_COUNT = 7
TONNETZ_COUNT = 6
PITCH_CLASSES = ("c", "cs", "d", "ds", "e", "f", "fs", "g", "gs", "a", "as", "b")
SHAPE_NAMES = ("centroid_hz", "bandwidth_hz", "rolloff_hz", "flatness_db", "level_db")


def _names() -> tuple[str, ...]:
    framewise = [f"mfcc_{k}" for k in range(1, MFCC_COUNT + 1)]
    framewise += [f"contrast_{k}_db" for k in range(1, CONTRAST_COUNT + 1)]
    framewise += list(SHAPE_NAMES)
    names = [f"{name}_{statistic}" for statistic in ("mean", "std") for name in framewise]
    names += [f"mfcc_{k}_change" for k in range(1, MFCC_COUNT + 1)]
    names += [f"chroma_{pitch}" for pitch in PITCH_CLASSES]
    names += [f"tonnetz_{k}" for k in range(1, TONNETZ_COUNT + 1)]
    names += ["onset_mean", "onset_std", "pulse_clarity", "tempo_log2_bpm"]
    return tuple(names)


FEATURE_NAMES = _names()
FEATURE_COUNT = len(FEATURE_NAMES)


class Trait(NamedTuple):
    """A sound property people have a word for, read from one column of the vector."""

    name: str
    column: str
    unit: str


TRAITS = (
    Trait("tempo", "tempo_log2_bpm", "bpm"),
    Trait("brightness", "centroid_hz_mean", "Hz"),
    Trait("loudness", "level_db_mean", "dB"),
    Trait("dynamics", "level_db_std", "dB"),
    Trait("density", "onset_mean", ""),
    Trait("noisiness", "flatness_db_mean", "dB"),
    Trait("width", "bandwidth_hz_mean", "Hz"),
)
TRAIT_COLUMNS = tuple(FEATURE_NAMES.index(trait.column) for trait in TRAITS)
LIMIT = 3.0  # standard deviations; one odd column must not decide what sounds alike


@dataclass(frozen=True, slots=True)
class SharedTrait:
    """A trait two tracks have in common: `value` is the recommended track's, `because_value` the
    other's.
    """

    name: str
    value: float
    because_value: float
    unit: str


def trait_values(vector: Floats) -> dict[str, float]:
    """Trait name -> value in its unit, of one vector (FEATURE_COUNT,)."""
    values = {t.name: float(vector[c]) for t, c in zip(TRAITS, TRAIT_COLUMNS, strict=True)}
    return values | {"tempo": 2.0 ** values["tempo"]}


def standardise(x: Floats) -> tuple[Floats, Floats]:
    """Column means and scales (d,) of a catalogue (n, d); a constant column gets scale 1."""
    mean = x.mean(axis=0, dtype=np.float64).astype(np.float32)
    scale = x.std(axis=0, dtype=np.float64).astype(np.float32)
    # A spread far below the values themselves is float32 noise, not sound.
    scale[scale <= 1e-5 * np.maximum(1.0, np.abs(mean))] = 1.0
    return mean, scale


def embed(x: Floats, mean: Floats, scale: Floats) -> Floats:
    """Unit vectors (n, d) whose dot product is the sound likeness, -1 to 1, of two tracks."""
    unit = np.clip((x - mean) / scale, -LIMIT, LIMIT).astype(np.float32)
    norm = np.linalg.norm(unit, axis=1, keepdims=True)
    return np.asarray(unit / np.maximum(norm, 1e-6), dtype=np.float32)


def shared_traits(
    a: Floats, b: Floats, scale: Floats, mean: Floats, most: int = 2
) -> list[SharedTrait]:
    """The traits in which tracks `a` and `b` (raw vectors) are most alike and most unlike the rest.

    A trait counts for how far both lie from the catalogue's mean on the same side, less the
    distance between them, in standard deviations; so two average tempos explain nothing.
    """
    columns = list(TRAIT_COLUMNS)
    za, zb = (
        (a[columns] - mean[columns]) / scale[columns],
        (b[columns] - mean[columns]) / scale[columns],
    )
    worth = np.where(za * zb > 0, np.minimum(np.abs(za), np.abs(zb)), 0.0) - np.abs(za - zb)
    values_a, values_b = trait_values(a), trait_values(b)
    best = np.argsort(-worth, kind="stable")[:most]
    chosen = [TRAITS[k] for n, k in enumerate(best) if n == 0 or worth[k] > 0]
    return [SharedTrait(t.name, values_a[t.name], values_b[t.name], t.unit) for t in chosen]
