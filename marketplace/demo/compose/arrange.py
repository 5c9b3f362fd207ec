"""From a style and a seed to a score: sections, chords, bass, melody and drums.

Invariant: everything random comes from the generator passed in, so a seed is a song.
"""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from marketplace.demo.compose.melody import Motif, compose_motif, sing
from marketplace.demo.compose.style import STROKES, Role, Section, Style
from marketplace.demo.compose.theory import chord, lead_voices, near, pitch

T = TypeVar("T")

STEPS_PER_BEAT = 4
RING_SECONDS = 2.5
PHRASES = ((40, 4), (14, 2), (0, 1))  # from so many bars on, a phrase has so many


@dataclass(frozen=True)
class Note:
    """One note: its start and length in steps, a MIDI number, a loudness in 0..1."""

    step: float
    steps: float
    midi: int
    loudness: float


@dataclass(frozen=True)
class Hit:
    """One stroke on a drum."""

    step: float
    loudness: float


@dataclass(frozen=True)
class Score:
    """Everything to be played: notes by role, hits by drum, and the grid they lie on."""

    bpm: float
    steps_per_bar: int
    bars: int
    sections: tuple[Section, ...]
    notes: dict[str, list[Note]]
    hits: dict[str, list[Hit]]


@dataclass(frozen=True)
class Take:
    """What sets one song of a style apart from the others: its number among them, and its key."""

    number: int = 0
    tonic: int = 60


@dataclass(frozen=True)
class Harmony:
    """The key and, for each bar, its chord, plain and voiced."""

    tonic: int
    scale: str
    degrees: tuple[int, ...]
    voiced: tuple[tuple[int, ...], ...]

    def pitches(self, bar: int, size: int = 3) -> tuple[int, ...]:
        """The chord of a bar, in root position around the tonic."""
        return chord(self.tonic, self.scale, self.degrees[bar], size)


def arrange(
    style: Style, seconds: float, bpm: float, rng: np.random.Generator, take: Take = Take()
) -> Score:
    """Write a score in whole bars that ends, ringing out, within `seconds`."""
    steps = style.beats_per_bar * STEPS_PER_BEAT
    bars, bpm = whole_bars(style, seconds, bpm)
    sections = spread_sections(style, bars)
    harmony = _harmonise(style, sections, take)
    notes: dict[str, list[Note]] = {"chords": _chords(style, sections, harmony, rng)}
    if style.bass:
        notes["bass"] = _bass(style, style.bass, sections, harmony, rng)
    if style.figure:
        notes["figure"] = _figure(style.figure, sections, harmony, steps, rng)
    if style.lead:
        motifs = [compose_motif(style.lead, steps, rng) for _ in range(2)]
        notes["lead"] = _lead(style.lead, sections, harmony, motifs)
    return Score(bpm, steps, bars, sections, notes, _drums(style, sections, rng))


def whole_bars(style: Style, seconds: float, bpm: float) -> tuple[int, float]:
    """How many bars fill `seconds`, and at what tempo: it gives way by a beat or two a minute."""
    played = seconds - RING_SECONDS
    bars = max(2, round(played * bpm / (60 * style.beats_per_bar)))
    return bars, bars * style.beats_per_bar * 60 / played


def spread_sections(style: Style, bars: int) -> tuple[Section, ...]:
    """The section of each bar, by the shares of the form; long pieces change with a phrase."""
    phrase = next(length for least, length in PHRASES if bars >= least)
    ends = np.cumsum([section.share for section in style.form]) * bars
    if phrase > 1:  # each section at least one
        order = np.arange(len(ends))
        ends = phrase * (np.maximum.accumulate(np.round(ends / phrase) - order) + order)
    return tuple(
        style.form[min(int(np.searchsorted(ends, bar + 0.5)), len(style.form) - 1)]
        for bar in range(bars)
    )


def strokes(grid: str) -> list[tuple[int, float, int]]:
    """Read a grid: (step, strength, steps until the next stroke or the end)."""
    at = [i for i, letter in enumerate(grid) if letter in STROKES]
    ends = [*at[1:], len(grid)]
    return [(i, STROKES[grid[i]], end - i) for i, end in zip(at, ends, strict=True)]


def choose(options: tuple[T, ...], rng: np.random.Generator) -> T:
    """One of several, by the seed."""
    return options[int(rng.integers(len(options)))]


def _harmonise(style: Style, sections: tuple[Section, ...], take: Take) -> Harmony:
    """Each section begins its progression anew; those at full energy have another one."""
    scale = style.scales[take.number % len(style.scales)]
    cycles = style.progressions
    degrees, since = [], 0
    for bar, section in enumerate(sections[:-1]):
        if bar and section != sections[bar - 1]:
            since = bar
        cycle = cycles[(take.number + (section.energy == 1.0)) % len(cycles)]
        degrees.append(cycle[int((bar - since) / style.bars_per_chord) % len(cycle)])
    closing = (*degrees, 0)
    plain = [chord(take.tonic, scale, degree, style.chord_size) for degree in closing]
    return Harmony(take.tonic, scale, closing, tuple(lead_voices(plain, style.chords.centre)))


def _chords(
    style: Style, sections: tuple[Section, ...], harmony: Harmony, rng: np.random.Generator
) -> list[Note]:
    steps = style.beats_per_bar * STEPS_PER_BEAT
    grid = choose(style.chords.rhythm, rng)
    notes = []
    for bar, section in enumerate(sections):
        if "chords" not in section.roles:
            continue
        held = "x" + "." * (steps - 1) if bar == len(sections) - 1 else grid
        for step, strength, gap in strokes(held):
            for midi in harmony.voiced[bar]:
                loud = strength * section.energy
                notes.append(Note(bar * steps + step, gap * style.chords.length, midi, loud))
    return notes


def _bass(
    style: Style,
    role: Role,
    sections: tuple[Section, ...],
    harmony: Harmony,
    rng: np.random.Generator,
) -> list[Note]:
    grid = choose(role.rhythm, rng)
    notes = []
    for bar, section in enumerate(sections):
        if "bass" not in section.roles:
            continue
        root = near((harmony.pitches(bar)[0],), role.centre)[0]
        following = harmony.pitches(min(bar + 1, len(sections) - 1))[0]
        line = (root, root + 7, root, root + 12)
        if style.bass_walks:
            third = near((harmony.pitches(bar)[1],), role.centre + 3)[0]
            line = (root, third, near((following + choose((-1, 1, 2), rng),), role.centre)[0], root)
        for i, (step, strength, gap) in enumerate(strokes(grid)):
            ornament = style.bass_walks or (strength < 1 and gap <= 4)
            midi = line[i % 4] if ornament else root
            at = bar * len(grid) + step
            notes.append(
                Note(at, gap * role.length, midi, strength * (0.75 + 0.25 * section.energy))
            )
    return notes


def _figure(
    role: Role,
    sections: tuple[Section, ...],
    harmony: Harmony,
    steps: int,
    rng: np.random.Generator,
) -> list[Note]:
    """A broken chord whose order is the track's own and turns round every other bar."""
    grid = choose(role.rhythm, rng)
    order = rng.permutation(4) if rng.random() < 0.5 else np.array((0, 2, 1, 3))
    notes = []
    for bar, section in enumerate(sections):
        if "figure" not in section.roles:
            continue
        low = near(harmony.pitches(bar), role.centre)
        ladder = (*low, low[0] + 12)
        turn = 1 if bar % 2 == 0 else -1
        for i, (step, strength, gap) in enumerate(strokes(grid)):
            midi = ladder[int(order[(turn * i) % 4])]
            loud = strength * section.energy
            notes.append(Note(bar * steps + step, gap * role.length, midi, loud))
    return notes


def _lead(
    role: Role, sections: tuple[Section, ...], harmony: Harmony, motifs: list[Motif]
) -> list[Note]:
    """Phrases of four bars, A A' B A, over whatever chords lie under them."""
    notes = []
    sung = 0
    for bar, section in enumerate(sections):
        if "lead" not in section.roles:
            continue
        motif = motifs[1 if sung % 4 == 2 else 0]
        tones = near(harmony.pitches(bar), role.centre)
        ladder = tuple(pitch(harmony.tonic, harmony.scale, degree) for degree in range(-14, 21))
        for tone in sing(motif, ladder, tones, closing=sung % 4 == 3):
            at = bar * motif.steps + tone.step
            notes.append(
                Note(at, tone.steps * role.length, tone.midi, tone.strength * section.energy)
            )
        sung += 1
    return notes


def _drums(
    style: Style, sections: tuple[Section, ...], rng: np.random.Generator
) -> dict[str, list[Hit]]:
    steps = style.beats_per_bar * STEPS_PER_BEAT
    grids = {drum: choose(options, rng) for drum, options in style.drums.items()}
    hits: dict[str, list[Hit]] = {drum: [] for drum in grids}
    for bar, section in enumerate(sections):
        if "drums" not in section.roles:
            continue
        thin = section.name in ("intro", "outro")
        filling = bar % 8 == 7 or (bar + 1 < len(sections) and sections[bar + 1] != section)
        for place, (drum, grid) in enumerate(grids.items()):
            if thin and place == 1:
                continue
            for step, strength, _ in strokes(_fill(grid, rng) if filling and place else grid):
                loud = strength * section.energy * float(rng.uniform(0.88, 1.0))
                hits[drum].append(Hit(bar * len(grid) + step, loud))
    if "punch kick" in grids:
        hits["crash"] = [Hit(bar * steps, 1.0) for bar in _lifts(sections)]
    return hits


def _lifts(sections: tuple[Section, ...]) -> list[int]:
    """The bars in which full energy begins."""
    full = [section.energy == 1.0 for section in sections]
    return [bar for bar, now in enumerate(full) if now and bar and not full[bar - 1]]


def _fill(grid: str, rng: np.random.Generator) -> str:
    """The last beat, made busier or left open."""
    return grid[:-4] + choose(("x.oo", "oxox", "....", "x..."), rng)
