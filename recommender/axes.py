"""Three axes of sound that people hear: dark to bright, sparse to dense, slow to fast.

Each is the mean of two measures of named features, taken from the catalogue's median in robust
deviations, so that one odd recording moves nobody's place; a song's place is the share of the
catalogue below it. No measure changes with loudness. numpy only.
"""

from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.sound import FEATURE_COUNT, FEATURE_NAMES, LIMIT, Floats

Doubles = NDArray[np.float64]

NORMAL_IQR = 1.349  # of a normal distribution's quartiles, in standard deviations
FINE = range(10, 21)  # MFCCs of the spectrum's detail
LEAST = 1e-3  # before a logarithm is taken: silence lies a long way down, not at infinity


class Measure(NamedTuple):
    """The mean of `columns`, over the mean of the columns `over` if any are named, in octaves if
    `in_octaves`; `sign` says which way it leads.
    """

    columns: tuple[str, ...]
    sign: int = 1
    over: tuple[str, ...] = ()
    in_octaves: bool = True


class Axis(NamedTuple):
    """`low` and `high` are what a song nearer to either end is beside another."""

    name: str
    low: str
    high: str
    measures: tuple[Measure, Measure]


AXES = (
    Axis(
        "brightness",
        "darker",
        "brighter",
        (Measure(("centroid_hz_mean",)), Measure(("rolloff_hz_mean",))),
    ),
    Axis(
        "density",
        "sparser",
        "denser",
        (
            # between 160 and 1,280 Hz: what little lies between the loudest tones
            Measure(tuple(f"contrast_{k}_db_mean" for k in (2, 3, 4)), -1, in_octaves=False),
            # something begins in every moment alike, rather than now and then
            Measure(("onset_std",), -1, over=("onset_mean",)),
        ),
    ),
    Axis(
        "speed",
        "slower",
        "faster",
        (
            Measure(("onset_mean",)),
            # how soon the fine colour of the sound changes by as much as it changes at all: also
            # over a bass or a cymbal that never stops, where loudness hardly does
            Measure(
                tuple(f"mfcc_{k}_change" for k in FINE), over=tuple(f"mfcc_{k}_std" for k in FINE)
            ),
        ),
    ),
)


class Standing(NamedTuple):
    """A song on an axis: the shares, 0 to 1, of the catalogue that lie below and above it."""

    axis: Axis
    below: float
    above: float

    @property
    def place(self) -> float:
        """0 at the low end, 1 at the high one."""
        return (1.0 + self.below - self.above) / 2


@dataclass(frozen=True)
class AxisScale:
    """What a catalogue measures: `median` and `spread` (3, 2) of each axis's measures, and the
    values (n, 3) on each axis, ascending.
    """

    median: Doubles
    spread: Doubles
    ordered: Doubles

    def values(self, x: Floats) -> Doubles:
        """Of songs with features `x` (m, FEATURE_COUNT) the values (m, 3): robust deviations from
        the median, of each measure at most `LIMIT`.
        """
        away = np.clip((measured(x) - self.median) / self.spread, -LIMIT, LIMIT)
        return np.asarray(away.mean(axis=2))

    def places(self, x: Floats) -> Doubles:
        """Percentile ranks (m, 3), 0 to 1; songs alike lie in the middle of those they tie with."""
        below, above = self._shares(x)
        return (1.0 + below - above) / 2

    def standings(self, vector: Floats) -> list[Standing]:
        """Where one song (FEATURE_COUNT,) stands on each axis."""
        below, above = self._shares(vector[None])
        return [
            Standing(axis, float(below[0, k]), float(above[0, k])) for k, axis in enumerate(AXES)
        ]

    def _shares(self, x: Floats) -> tuple[Doubles, Doubles]:
        values, n = self.values(x), len(self.ordered)
        found = np.zeros((2, *values.shape))
        for k, column in enumerate(self.ordered.T):
            found[0, :, k] = np.searchsorted(column, values[:, k]) / n
            found[1, :, k] = 1 - np.searchsorted(column, values[:, k], side="right") / n
        return found[0], found[1]


def measured(x: Floats) -> Doubles:
    """Both measures of each axis (m, 3, 2), larger towards its high end, of features (m,
    FEATURE_COUNT).
    """
    found = [[_measured(x, measure) for measure in axis.measures] for axis in AXES]
    return np.moveaxis(np.array(found), 2, 0)


def _measured(x: Floats, measure: Measure) -> Doubles:
    value = _mean(x, measure.columns)
    if measure.in_octaves:
        value = np.log2(np.maximum(value, LEAST))
    if measure.over:
        value -= np.log2(np.maximum(_mean(x, measure.over), LEAST))
    return np.asarray(measure.sign * value)


def _mean(x: Floats, names: tuple[str, ...]) -> Doubles:
    columns = x[:, [_column(name) for name in names]]
    return np.asarray(columns.mean(axis=1, dtype=np.float64))


@cache
def _column(name: str) -> int:
    return FEATURE_NAMES.index(name)


def axis_scale(x: Floats | None) -> AxisScale | None:
    """The scale of a catalogue's features (n, FEATURE_COUNT), without rows that aren't finite;
    None where nothing was heard, or other features.
    """
    if x is None or x.ndim != 2 or x.shape[1] != FEATURE_COUNT:
        return None
    heard = x[np.isfinite(x).all(axis=1)]
    if not len(heard):
        return None
    low, median, high = np.percentile(measured(heard), (25, 50, 75), axis=0)
    spread = np.where(high > low, (high - low) / NORMAL_IQR, 1.0)
    bare = AxisScale(median, spread, np.zeros((0, len(AXES))))
    return AxisScale(median, spread, np.sort(bare.values(heard), axis=0))
