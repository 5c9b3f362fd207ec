"""Keys under which a recording's landmarks are found again, however fast or high it is played.

A landmark and two of the strongest that follow it make a triplet: two intervals in cents and the
ratio of two times, which a change of pitch or of speed leaves as they are, and in coarse steps the
pitch and the length, which it moves a little (Six and Leman 2014, "Panako"). Few triplets are
stored and more are asked for, each also under the neighbouring keys it may have slipped to
(Sonnleitner and Widmer 2016, "Robust quad-based audio fingerprinting").
"""

from collections.abc import Sequence
from itertools import combinations, product
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Landmarks = NDArray[Any]  # (n,) of LANDMARK, by frame
Ints = NDArray[np.int64]
Keys = NDArray[np.uint32]
Doubles = NDArray[np.float64]

LANDMARK = np.dtype([("frame", "<u2"), ("cents", "<u2"), ("level", "u1")])
FRAMES_PER_SECOND = 11_025 / 256

ZONE_FRAMES = (8, 86)  # after a landmark: 0.2 to 2 s
ZONE_LANDMARKS = 32
ZONE_CENTS = 1_200
LEAST_APART_FRAMES = 3
STORED, ASKED = 2, 3  # how many of a zone's strongest are paired


class Part(NamedTuple):
    """One part of a key: into how many cells it falls, how wide they are, and how near its end (in
    the same unit) a value is also asked for in the next one.
    """

    cells: int
    width: float
    edge: float


PITCH = Part(28, 200.0, 60.0)  # cents; 3 % are 51
STEP = Part(76, 32.0, 10.0)  # cents
RATIO = Part(20, 0.05, 0.015)
LENGTH = Part(25, 0.1, 0.045)  # a logarithm
PARTS = (PITCH, STEP, STEP, RATIO, LENGTH)


class Triplets(NamedTuple):
    """Of each triplet the landmark it begins with (m,), and PARTS' values in cells (m,) each."""

    anchor: Ints
    values: tuple[Doubles, ...]


def stored_keys(marks: Landmarks) -> tuple[Keys, Ints]:
    """Keys (m,) to store of a recording, and at which of its landmarks (m,) each begins."""
    found = _triplets(marks, STORED)
    return _joined(_cells(found)), found.anchor


def asked_keys(marks: Landmarks) -> tuple[Keys, Ints]:
    """Keys (m,) to look for, rising, and at which landmark (m,) of the query each begins."""
    found = _triplets(marks, ASKED)
    own = _cells(found)
    keys, anchors = [], []
    for cells, valid in _choices(found, own):
        keys.append(_joined([cell[valid] for cell in cells]))
        anchors.append(found.anchor[valid])
    every = np.concatenate(keys)
    order = np.argsort(every)
    return every[order], np.concatenate(anchors)[order]


def _triplets(marks: Landmarks, strongest: int) -> Triplets:
    frame, cents, level = (marks[name].astype(np.int64) for name in ("frame", "cents", "level"))
    later = np.arange(len(marks))[:, None] + np.arange(1, ZONE_LANDMARKS + 1)
    inside = later < len(marks)
    later = np.where(inside, later, 0)
    frames, steps = frame[later] - frame[:, None], cents[later] - cents[:, None]
    inside &= (frames >= ZONE_FRAMES[0]) & (frames <= ZONE_FRAMES[1])
    inside &= np.abs(steps) < ZONE_CENTS
    rank = np.where(inside, level[later] + 1, 0)
    top = np.sort(np.argsort(-rank, axis=1, kind="stable")[:, :strongest], axis=1)
    rank, frames, steps = (np.take_along_axis(one, top, axis=1) for one in (rank, frames, steps))
    anchors, values = [], []
    for i, j in combinations(range(strongest), 2):
        both = (rank[:, i] > 0) & (rank[:, j] > 0)
        at = np.flatnonzero(both & (frames[:, j] - frames[:, i] >= LEAST_APART_FRAMES))
        anchors.append(at)
        values.append(_values(cents[at], steps[at][:, [i, j]], frames[at][:, [i, j]]))
    return Triplets(np.concatenate(anchors), tuple(map(np.concatenate, zip(*values, strict=True))))


def _values(cents: Ints, steps: Ints, frames: Ints) -> tuple[Doubles, ...]:
    first, second = steps.T + ZONE_CENTS
    near, far = frames.T
    plain = (cents, first, second, near / far, np.log(far / ZONE_FRAMES[0]))
    return tuple(value / part.width for value, part in zip(plain, PARTS, strict=True))


def _cells(found: Triplets) -> list[Ints]:
    return [
        np.clip(value, 0, part.cells - 1).astype(np.int64)
        for value, part in zip(found.values, PARTS, strict=True)
    ]


def _choices(found: Triplets, own: Sequence[Ints]) -> list[tuple[list[Ints], NDArray[np.bool_]]]:
    """Each way to take cells or their neighbours, and which triplets lie near enough for it."""
    beside, near = [], []
    for value, cell, part in zip(found.values, own, PARTS, strict=True):
        within, edge = value - cell, part.edge / part.width
        other = cell + np.where(within < edge, -1, np.where(within > 1 - edge, 1, 0))
        near.append((other != cell) & (other >= 0) & (other < part.cells))
        beside.append(other)
    every = np.ones(len(found.anchor), dtype=np.bool_)
    choices = []
    for taken in product((False, True), repeat=len(PARTS)):
        cells = [b if t else c for t, b, c in zip(taken, beside, own, strict=True)]
        masks = [n for t, n in zip(taken, near, strict=True) if t]
        choices.append((cells, np.logical_and.reduce([every, *masks])))
    return choices


def _joined(cells: Sequence[Ints]) -> Keys:
    key = np.zeros_like(cells[0])
    for cell, part in zip(cells, PARTS, strict=True):
        key = key * part.cells + cell
    return key.astype(np.uint32)
