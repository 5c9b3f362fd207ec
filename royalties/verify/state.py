"""What a replay of a period holds: its lines in order, and its holders at the cut-off."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from royalties.verify.table import Names, Numbers

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Closing:
    """Every holder at the cut-off, and what the period owes it; arrays of one length.

    `known` are those who held units at some time: others only listened. `failures` name the plays
    and moves that break the terms.
    """

    names: Names
    slots: Numbers
    known: Flags
    units: Numbers
    listened: Numbers
    amounts: Numbers
    carried: Numbers
    failures: list[str]


@dataclass(frozen=True, eq=False)
class Lines:
    """Plays or moves of known tracks in order of (window, slot): their lines, windows, tracks."""

    line: Numbers
    window: Numbers
    track: Numbers

    def of(self, window: int) -> slice:
        return slice(*np.searchsorted(self.window, [window, window + 1]))
