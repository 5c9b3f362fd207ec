"""Copies of real recordings, found by their fingerprints among others.

python -m tests.benchmarks.fingerprints --data DIR [--part report] [--seed 11]

`DIR` holds a folder of recordings for each source, for instance what is in Debian's packages of
game music. Half of them, drawn by their names, are for trying settings (`--part tune`); figures
are of the other half. Each kind of copy is made of one clip of every recording, to be found among
that half, and nothing else. The other half are strangers: nothing is to be found for them. Times
are by CPU, of one thread.
"""

import argparse
import hashlib
import os
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from time import process_time
from typing import NamedTuple

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")  # before numpy is loaded

import numpy as np

from marketplace.demo.compose.catalogue import catalogue
from recommender import audio
from recommender.errors import AudioError
from recommender.features import SAMPLE_RATE_HZ
from recommender.fingerprints import THRESHOLD, Index, Match, build, match
from recommender.landmarks import landmarks
from recommender.sound import Floats
from recommender.triplets import FRAMES_PER_SECOND, Landmarks
from tests.benchmarks import copies
from tests.benchmarks.copies import RATE_HZ, Copy

CLIP_SECONDS = 10
SILENT_LEVEL = 0.003  # -50 dBFS: a clip that nobody would send
MADE_SECONDS = 240
PIECE = 128  # landmarks of one recording in a made one
MOST_CENTS = 5_300
QUERIES = 20
PLACED_SECONDS = 0.5
DEMO_SEED = 7


class Recording(NamedTuple):
    """What is kept of one: `whole`, and of each kind of copy the landmarks of one clip and the
    second at which it begins.
    """

    name: str
    seconds: float
    heard_seconds: float  # of CPU, for `whole`
    whole: Landmarks
    clips: dict[str, tuple[float, Landmarks]]


class Answer(NamedTuple):
    """What was found for a copy: its own recording, and how many others."""

    found: bool
    placed: bool  # within half a second
    wrong: list[Match]


def kinds(seed: int) -> dict[str, tuple[int, Copy]]:
    """Of each kind of copy the seconds of its clip, and how it is made."""
    made: dict[str, Copy] = {
        "clip": lambda signal: signal,
        "mp3 128 kbit/s": copies.encoded("libmp3lame", "mp3", 128_000),
        "mp3 64 kbit/s": copies.encoded("libmp3lame", "mp3", 64_000),
        "opus 48 kbit/s": copies.encoded("libopus", "ogg", 48_000, copies.OPUS_RATE_HZ),
        "noise 15 dB below": copies.noise(15, seed),
        "12 dB quieter": copies.gain(-12),
        "6 dB louder, cut": copies.gain(6),
    }
    made |= {f"speed {p:+d} %": copies.speed(p) for p in (-3, -2, -1, 1, 2, 3)}
    made |= {f"tempo {p:+d} %": copies.tempo(p) for p in (-3, 3)}
    made |= {f"pitch {p:+d} %": copies.pitch(p) for p in (-3, 3)}
    both = made["mp3 64 kbit/s"], made["speed +3 %"]
    found = {f"{CLIP_SECONDS} s, {name}": (CLIP_SECONDS, copy) for name, copy in made.items()}
    found |= {f"{seconds} s, clip": (seconds, made["clip"]) for seconds in (15, 30)}
    return found | {"15 s, speed +3 %, mp3 64": (15, lambda signal: both[0](both[1](signal)))}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--part", choices=("tune", "report"), default="report")
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--threshold", type=float, default=THRESHOLD)
    parser.add_argument("--tracks", type=int, default=10_000, help="of the index that is timed")
    options = parser.parse_args(arguments)
    every = list(recordings(options.data, options.part, options.seed))
    here = [one for one in every if part_of(one.name) == options.part]
    strangers = [one for one in every if part_of(one.name) != options.part]
    index = build([one.name for one in here], [one.whole for one in here])
    seconds = sum(one.seconds for one in here)
    print(
        f"{len(here)} recordings of {seconds / 60:.0f} min (part {options.part}), {len(strangers)}"
        f" strangers, seed {options.seed}, threshold {options.threshold:g}"
    )
    wrong = copies_found(index, here, options.threshold)
    wrong += strangers_found(index, strangers, options.threshold)
    report_wrong(wrong)
    songs_apart(options.threshold)
    size_and_speed(index, here, options.tracks, options.seed)
    return 0


def recordings(folder: Path, part: str, seed: int) -> Iterator[Recording]:
    """All that can be decoded, with every kind of copy of `part` and plain clips of the others."""
    every = kinds(seed)
    plain = {name: kind for name, kind in every.items() if name.endswith(", clip")}
    rng = np.random.default_rng(seed)
    for file in sorted(folder.rglob("*")):
        if file.suffix.lower() not in audio.SUFFIXES:
            continue
        try:
            signal = audio.decode(file)
        except AudioError as error:
            print(f"  left out: {error}", file=sys.stderr)
            continue
        samples = copies.resampled(signal.samples, signal.sample_rate_hz, RATE_HZ)
        name = file.relative_to(folder).with_suffix("").as_posix()
        narrow = copies.resampled(samples, RATE_HZ, SAMPLE_RATE_HZ)
        started = process_time()
        whole = landmarks(narrow)
        taken = process_time() - started
        chosen = every if part_of(name) == part else plain
        clips = {kind: clip_of(samples, *how, rng) for kind, how in chosen.items()}
        yield Recording(name, signal.seconds, taken, whole, clips)


def part_of(name: str) -> str:
    return ("tune", "report")[hashlib.sha256(name.encode()).digest()[0] % 2]


def clip_of(
    samples: Floats, seconds: int, copy: Copy, rng: np.random.Generator
) -> tuple[float, Landmarks]:
    """From anywhere but where it is silent."""
    length = seconds * RATE_HZ
    while True:
        start = int(rng.integers(max(1, samples.size - length)))
        clip = samples[start : start + length]
        if np.sqrt(np.mean(np.square(clip))) > SILENT_LEVEL:
            break
    copied = copies.resampled(copy(clip), RATE_HZ, SAMPLE_RATE_HZ)
    return start / RATE_HZ, landmarks(copied)


Wrong = list[tuple[str, Match]]


def copies_found(index: Index, here: Sequence[Recording], threshold: float) -> Wrong:
    """By kind of copy: how many were found, and at the right place. Returns what else was."""
    print(f"{'copy':32}{'n':>5}{'recall':>8}{'placed':>8}{'wrong':>7}")
    total, found, wrong = 0, 0, []
    for kind in here[0].clips:
        answers = [answer(index, one, kind, threshold) for one in here]
        total, found = total + len(answers), found + sum(one.found for one in answers)
        others = [
            (f"{recording.name} ({kind})", match_)
            for recording, one in zip(here, answers, strict=True)
            for match_ in one.wrong
        ]
        wrong += others
        recall, placed = (
            np.mean([getattr(one, name) for one in answers]) for name in ("found", "placed")
        )
        print(f"{kind:32}{len(answers):5}{recall:8.3f}{placed:8.3f}{len(others):7}", flush=True)
    precision = found / max(1, found + len(wrong))
    print(f"{'all':32}{total:5}{found / total:8.3f}, precision {precision:.4f}")
    return wrong


def answer(index: Index, recording: Recording, kind: str, threshold: float) -> Answer:
    start, query = recording.clips[kind]
    every = match(index, query, threshold)
    own = [one for one in every if one.track == recording.name]
    placed = bool(own) and abs(own[0].offset_seconds - start) < PLACED_SECONDS
    return Answer(bool(own), placed, [one for one in every if one.track != recording.name])


def strangers_found(index: Index, strangers: Sequence[Recording], threshold: float) -> Wrong:
    wrong: Wrong = []
    asked = 0
    for one in strangers:
        queries = {"whole": one.whole} | {kind: marks for kind, (_, marks) in one.clips.items()}
        asked += len(queries)
        for kind, marks in queries.items():
            wrong += [(f"{one.name} ({kind})", found) for found in match(index, marks, threshold)]
    print(f"strangers, whole and clips: {asked} asked for, {len(wrong)} found")
    return wrong


def report_wrong(wrong: Wrong) -> None:
    """What was found beside the right one, each pair once: perhaps it is the same recording."""
    pairs: dict[tuple[str, str], list[float]] = defaultdict(list)
    for name, found in wrong:
        pairs[name.partition(" (")[0], found.track].append(found.score)
    for (name, track), scores in sorted(pairs.items(), key=lambda pair: -max(pair[1])):
        print(f"  {name} in {track}: {len(scores)} times, at most {max(scores):.2f}")


def songs_apart(threshold: float) -> None:
    """The demo's songs share instruments and rhythms, and nothing else."""
    songs = catalogue(DEMO_SEED)
    heard = []
    for song in songs:
        mono = song.render().mean(axis=1)
        heard.append(landmarks(copies.resampled(mono, RATE_HZ, SAMPLE_RATE_HZ)))
    index = build([str(k) for k in range(len(songs))], heard)
    scores = [
        one.score
        for k, marks in enumerate(heard)
        for one in match(index, marks, 0.0)
        if one.track != str(k)
    ]
    found = sum(score >= threshold for score in scores)
    print(f"{len(songs)} songs of the demo: {found} found in another, most alike {max(scores):.2f}")


def size_and_speed(index: Index, here: Sequence[Recording], tracks: int, seed: int) -> None:
    minutes = sum(one.seconds for one in here) / 60
    stored = index.landmarks.nbytes / minutes
    keys = (index.keys.nbytes + index.anchors.nbytes) / minutes
    rate = 60 * minutes / sum(one.heard_seconds for one in here)
    print(f"a minute: {stored / 1e3:.1f} kB of landmarks, {keys / 1e3:.1f} kB of keys")
    print(f"landmarks: {rate:,.0f} x real time from {SAMPLE_RATE_HZ} Hz mono, one thread, by CPU")
    large = made(index, tracks, seed)
    for kind in ("10 s, clip", "30 s, clip"):
        report_times(large, kind, [one.clips[kind][1] for one in here[:QUERIES]])
    report_times(large, "whole", [one.whole for one in here[:QUERIES]])


def report_times(index: Index, kind: str, queries: Sequence[Landmarks]) -> None:
    taken = []
    for query in queries:
        started = process_time()
        match(index, query)
        taken.append(1e3 * (process_time() - started))
    print(
        f"{kind:12} against {len(index.ids):,} tracks of {MADE_SECONDS} s, {len(queries)} queries:"
        f" {np.median(taken):.0f} ms (most {max(taken):.0f})"
    )


def made(index: Index, tracks: int, seed: int) -> Index:
    """So many tracks put together from pieces of real ones, each piece at another pitch."""
    rng = np.random.default_rng(seed)
    last = int(MADE_SECONDS * FRAMES_PER_SECOND)
    return build(
        [str(k) for k in range(tracks)], [_put_together(index, last, rng) for _ in range(tracks)]
    )


def _put_together(index: Index, last_frame: int, rng: np.random.Generator) -> Landmarks:
    pieces, frame = [], 0
    while frame < last_frame:
        start = int(rng.integers(len(index.landmarks) - PIECE))
        piece = index.landmarks[start : start + PIECE].copy()
        frames = piece["frame"].astype(np.int64)
        frames -= frames[0]
        if (np.diff(frames) < 0).any() or frames[-1] > 4 * PIECE:
            continue  # from one recording to the next, or through a silence
        piece["frame"] = frames + frame
        piece["cents"] = (piece["cents"] + int(rng.integers(MOST_CENTS))) % MOST_CENTS
        frame += int(frames[-1]) + 1
        pieces.append(piece)
    return np.concatenate(pieces)


if __name__ == "__main__":
    raise SystemExit(main())
