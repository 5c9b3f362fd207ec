"""Two recordings' landmarks laid over each other: how fast, how high, and where they are the same.

A line takes the query's time to the track's, a shift the pitch; both are found from votes and then
fitted to all landmarks that fall together. What counts is how many do, of both: Dice's coefficient
in each window of 8 s. Frames are those of `triplets`; names with seconds are of seconds.
"""

from typing import Literal, NamedTuple

import numpy as np

from recommender.triplets import FRAMES_PER_SECOND, Doubles, Ints, Landmarks

MOST_BEND = 0.04  # by which speed may differ
SPEEDS = 1 + np.arange(-20, 21) * (MOST_BEND / 20)
CELL_FRAMES = 6
LEAST_VOTES, MOST_VOTES = 4, 5_000
ROUNDS = ((8, 50), (5, 40), (3, 35), (3, 30), (2, 30))  # frames and cents that may lie between
WINDOW_SECONDS = 8
LEAST_LANDMARKS = 40  # of both in a window: fewer say nothing


class Line(NamedTuple):
    """The query at `frame` is the track at `offset + speed * frame`, `cents` higher."""

    speed: float
    offset: float
    cents: float


class Shared(NamedTuple):
    """Where two recordings are the same: of each second (n,) of the query from `first_second` on,
    how many landmarks of both there are (`every`), and how many fall together (`same`).
    """

    line: Line
    first_second: float
    same: Ints
    every: Ints

    @property
    def window(self) -> int:
        """In seconds: what is shorter than a window is one."""
        return min(WINDOW_SECONDS, len(self.same))

    def shares(self) -> Doubles:
        """Of the landmarks in each window, from second to second; 0 where there are too few."""
        same, every = (_rolled(counts, self.window, "valid") for counts in (self.same, self.every))
        return np.where(every >= LEAST_LANDMARKS, same / np.maximum(every, 1), 0.0)

    def spans(self, threshold: float) -> tuple[tuple[float, float], ...]:
        """Seconds of the query (from, to) in windows of that share or more, without edges that are
        not the same themselves.
        """
        inside = np.zeros(len(self.same), dtype=np.bool_)
        for start in np.flatnonzero(self.shares() >= threshold).tolist():
            inside[start : start + self.window] = True
        near = _rolled(self.same, 3, "same") >= threshold * _rolled(self.every, 3, "same")
        edges = np.flatnonzero(np.diff(np.pad(inside, 1).astype(np.int64)))
        spans = []
        for start, end in edges.reshape(-1, 2).tolist():
            alike = start + np.flatnonzero(near[start:end])
            first, last = (float(alike[0]), float(alike[-1] + 1)) if len(alike) else (start, end)
            spans.append((self.first_second + first, self.first_second + last))
        return tuple(spans)


class _Points(NamedTuple):
    frames: Doubles  # rising
    cents: Doubles


def align(query: Landmarks, track: Landmarks, votes: tuple[Ints, Ints]) -> Shared | None:
    """The two laid over each other, beginning with landmarks of both that seem to be the same
    (`votes`); None where they are not.
    """
    a, b = _points(query), _points(track)
    line = _voted(a, b, *votes)
    for frames, cents in ROUNDS:
        first, second = _together(a, b, line, frames, cents)
        if len(first) < LEAST_VOTES:
            return None
        line = _fitted(a, b, first, second)
    pairs = _together(a, b, line, *ROUNDS[-1])
    return _shared(a, b, line, *pairs)


def spread(first: Ints, count: Ints) -> tuple[Ints, Ints]:
    """For ranges of `count` (n,) numbers from `first` (n,): of which each is (m,), and each (m,).

    >>> spread(np.array([5, 9]), np.array([2, 1]))
    (array([0, 0, 1]), array([5, 6, 9]))
    """
    owner = np.repeat(np.arange(len(first)), count)
    return owner, np.arange(len(owner)) + np.repeat(first - np.cumsum(count) + count, count)


def _points(marks: Landmarks) -> _Points:
    return _Points(marks["frame"].astype(np.float64), marks["cents"].astype(np.float64))


def _voted(a: _Points, b: _Points, first: Ints, second: Ints) -> Line:
    """The speed and the offset for which most votes are."""
    some = slice(None, None, 1 + len(first) // MOST_VOTES)
    first, second = first[some], second[some]
    here, there = a.frames[first], b.frames[second]
    most, speed, offset = 0, 1.0, 0.0
    for bent in SPEEDS.tolist():
        cells = np.floor((there - bent * here) / CELL_FRAMES).astype(np.int64)
        lowest = int(cells.min())
        counts = np.bincount(cells - lowest)
        counts[:-1] += counts[1:]
        best = int(counts.argmax())
        if counts[best] > most:
            most, speed, offset = int(counts[best]), bent, float(CELL_FRAMES * (best + lowest + 1))
    near = np.abs(there - speed * here - offset) <= CELL_FRAMES
    return Line(speed, offset, float(np.median((a.cents[first] - b.cents[second])[near])))


def _together(a: _Points, b: _Points, line: Line, frames: float, cents: float) -> tuple[Ints, Ints]:
    """Landmarks (m,) of `a` and those of `b` they fall on, within so many frames and cents."""
    there = line.offset + line.speed * a.frames
    first = np.searchsorted(b.frames, there - frames, "left")
    ours, theirs = spread(first, np.searchsorted(b.frames, there + frames, "right") - first)
    near = np.abs(a.cents[ours] - line.cents - b.cents[theirs]) <= cents
    return ours[near], theirs[near]


def _fitted(a: _Points, b: _Points, first: Ints, second: Ints) -> Line:
    """By least squares; the speed no further off than a copy's."""
    here, there = a.frames[first], b.frames[second]
    away = here - here.mean()
    speed = float(away @ there / max(float(away @ away), 1.0))
    speed = min(max(speed, 1 - 1.2 * MOST_BEND), 1 + 1.2 * MOST_BEND)
    offset = float(there.mean() - speed * here.mean())
    return Line(speed, offset, float(np.median(a.cents[first] - b.cents[second])))


def _shared(a: _Points, b: _Points, line: Line, first: Ints, second: Ints) -> Shared:
    ours = a.frames / FRAMES_PER_SECOND
    theirs = (b.frames - line.offset) / line.speed / FRAMES_PER_SECOND
    start, end = max(0.0, float(theirs[0])), min(float(ours[-1]), float(theirs[-1]))
    length = max(1, int(np.ceil(end - start)))

    def each_second(*seconds: Doubles) -> Ints:
        at = np.floor(np.concatenate(seconds) - start).astype(np.int64)
        return np.bincount(at[(at >= 0) & (at < length)], minlength=length)

    same = each_second(ours[np.unique(first)], theirs[np.unique(second)])
    return Shared(line, start, same, each_second(ours, theirs))


def _rolled(counts: Ints, window: int, mode: Literal["same", "valid"]) -> Ints:
    return np.convolve(counts, np.ones(window, dtype=np.int64), mode)
