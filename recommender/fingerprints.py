"""Which of many recordings is this one, or a part of it: encoded anew, cut, up to 3 % faster or
slower, higher or lower?

Keys that query and track have in common (`triplets`) vote for a track and an offset (Wang 2003, "An
industrial-strength audio search algorithm"); the best are laid over the query landmark by landmark
(`alignment`), and what share of them falls together decides. numpy alone: `landmarks` listens.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from recommender.alignment import LEAST_VOTES, align, spread
from recommender.errors import DataError
from recommender.triplets import (
    FRAMES_PER_SECOND,
    LANDMARK,
    Ints,
    Keys,
    Landmarks,
    asked_keys,
    stored_keys,
)

FINGERPRINT_VERSION = 1  # of LANDMARK, and of how landmarks are heard
THRESHOLD = 0.5
BENT_CENTS = 70  # by which the pitch of a vote may differ
MOST_FRAMES = 1 << 16  # 25 minutes: what comes later is not heard
OFFSET_FRAMES = 128  # of a cell in which votes are counted: 3 s
OFFSETS = 2 * MOST_FRAMES // OFFSET_FRAMES + 1  # cells a track has, the last one always empty
MOST_VOTES = 2_000_000  # a recording that repeats one sound has as many as its length squared
CANDIDATES, CANDIDATES_EACH = 20, 3  # places that are looked at, of all tracks and of one


class Match(NamedTuple):
    """The query at second t sounds as `track` at `offset_seconds + speed * t`: a copy played faster
    has a `speed` above 1, one that is higher `pitch_cents` above 0.

    `score` is the share of both recordings' landmarks that fall together in the 8 s where most do;
    `spans` are the seconds of the query, (from, to), in which enough do.
    """

    track: str
    score: float
    offset_seconds: float
    speed: float
    pitch_cents: float
    spans: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Index:
    """Recordings to be found.

    `landmarks[starts[k]:starts[k + 1]]` are those of `ids[k]`; `keys` (m,) rise, and `anchors` (m,)
    uint32 say of each at which of all landmarks it begins.
    """

    ids: tuple[str, ...]
    starts: Ints
    landmarks: Landmarks
    keys: Keys
    anchors: Keys


def build(ids: Sequence[str], each: Sequence[Landmarks]) -> Index:
    """The index of recordings `ids` with landmarks `each`.

    Raises `DataError` if they are not as many, or are no landmarks.
    """
    if len(ids) != len(each):
        raise DataError(f"{len(ids)} tracks can't have {len(each)} fingerprints.")
    for marks in each:
        _refuse_others(marks)
    starts = np.cumsum([0, *map(len, each)], dtype=np.int64)
    made = [stored_keys(marks) for marks in each]
    keys = np.concatenate([np.empty(0, np.uint32), *(keys for keys, _ in made)])
    places = [anchor + start for (_, anchor), start in zip(made, starts[:-1], strict=True)]
    order = np.argsort(keys, kind="stable")
    anchors = np.concatenate([np.empty(0, np.int64), *places])[order].astype(np.uint32)
    marks = np.concatenate([np.empty(0, LANDMARK), *each])
    return Index(tuple(ids), starts, marks, keys[order], anchors)


def match(index: Index, query: Landmarks, threshold: float = THRESHOLD) -> list[Match]:
    """Recordings that share sound with the query, best first, each once: where it shares most.

    Raises `DataError` if the query is no landmarks.

    >>> match(build(["a", "b"], [landmarks(a), landmarks(b)]), landmarks(a[:220_500]))[0].track
    'a'
    """
    _refuse_others(query)
    best: dict[int, Match] = {}
    for track, ours, theirs in _candidates(index, query):
        start, end = index.starts[track : track + 2]
        shared = align(query, index.landmarks[start:end], (ours, theirs - start))
        score = 0.0 if shared is None else float(shared.shares().max())
        if shared is None or score < threshold or (track in best and best[track].score >= score):
            continue
        line, name = shared.line, index.ids[track]
        offset = line.offset / FRAMES_PER_SECOND
        spans = shared.spans(threshold)
        best[track] = Match(name, score, offset, line.speed, line.cents, spans)
    return sorted(best.values(), key=lambda found: -found.score)


def _refuse_others(marks: Landmarks) -> None:
    if marks.ndim != 1 or marks.dtype != LANDMARK:
        raise DataError(f"Landmarks are expected, not {marks.dtype} of shape {marks.shape}.")


def _candidates(index: Index, query: Landmarks) -> Iterator[tuple[int, Ints, Ints]]:
    """Tracks, by the votes for one offset, with landmarks of query and index that gave them."""
    ours, theirs = _votes(index, query)
    track = np.searchsorted(index.starts, theirs, "right") - 1
    frames = index.landmarks["frame"][theirs].astype(np.int64)
    offset = (frames - query["frame"][ours] + MOST_FRAMES) // OFFSET_FRAMES
    cell = track * OFFSETS + offset
    names, counts = np.unique(cell, return_counts=True)
    counts[:-1] += np.where(names[1:] == names[:-1] + 1, counts[1:], 0)  # across an edge
    for best in _most(names, counts):
        chosen = best // OFFSETS
        near = (track == chosen) & (np.abs(cell - best) <= 2)
        yield chosen, ours[near], theirs[near]


def _most(names: Ints, counts: Ints) -> list[int]:
    """Cells with the most votes, not two beside each other, and few of one track."""
    taken: list[int] = []
    each: Counter[int] = Counter()
    enough = np.flatnonzero(counts >= LEAST_VOTES)
    for name in names[enough[np.argsort(-counts[enough], kind="stable")]].tolist():
        track = name // OFFSETS
        if each[track] < CANDIDATES_EACH and not {name - 1, name, name + 1} & set(taken):
            taken.append(name)
            each[track] += 1
        if len(taken) == CANDIDATES:
            break
    return taken


def _votes(index: Index, query: Landmarks) -> tuple[Ints, Ints]:
    """Landmarks of the query and of the index that begin the same triplets."""
    keys, anchors = asked_keys(query)
    first = np.searchsorted(index.keys, keys, "left")
    count = np.searchsorted(index.keys, keys, "right") - first
    rarest = np.argsort(count, kind="stable")
    count[rarest[np.cumsum(count[rarest]) > MOST_VOTES]] = 0  # what is everywhere tells least
    asked, place = spread(first, count)
    ours, theirs = anchors[asked], index.anchors[place].astype(np.int64)
    higher = query["cents"][ours].astype(np.int64) - index.landmarks["cents"][theirs]
    near = np.abs(higher) <= BENT_CENTS
    return ours[near], theirs[near]
