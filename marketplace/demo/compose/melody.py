"""Melodies: a motif of scale steps, sung again over changing chords.

Invariant: a stroke on the beat sounds a tone of the chord; between beats the scale is free.
"""

from dataclasses import dataclass

import numpy as np

from marketplace.demo.compose.style import STROKES, Role

LEAPS = np.array((-3, -2, -1, 0, 1, 2, 3))
LEAP_ODDS = np.array((0.05, 0.15, 0.27, 0.1, 0.26, 0.12, 0.05))
PLACES, DRAWS = 3, 8


@dataclass(frozen=True)
class Motif:
    """One bar of melody as moves along a scale."""

    steps: int
    onsets: tuple[int, ...]
    strengths: tuple[float, ...]
    moves: tuple[int, ...]


@dataclass(frozen=True)
class Tone:
    """One sung tone."""

    step: int
    steps: int
    midi: int
    strength: float


def compose_motif(role: Role, steps: int, rng: np.random.Generator) -> Motif:
    """Draw a motif on one of the role's rhythms: mostly steps, leaps seldom."""
    grid = role.rhythm[int(rng.integers(len(role.rhythm)))]
    onsets = tuple(i for i, letter in enumerate(grid) if letter in STROKES)
    return Motif(steps, onsets, tuple(STROKES[grid[i]] for i in onsets), _walk(len(onsets), rng))


def _walk(n: int, rng: np.random.Generator) -> tuple[int, ...]:
    """Moves between `n` tones that lead somewhere: a tune on one or two tones is none."""
    odds = LEAP_ODDS / LEAP_ODDS.sum()
    for _ in range(DRAWS):
        moves = tuple(int(move) for move in rng.choice(LEAPS, size=n, p=odds))
        if len(set(np.cumsum((0, *moves[1:])))) >= min(n, PLACES):
            break
    return moves


def sing(
    motif: Motif, ladder: tuple[int, ...], tones: tuple[int, ...], closing: bool
) -> list[Tone]:
    """Place a motif: start on a chord tone, walk the scale `ladder`, land on chord tones."""
    place = _nearest(ladder, tones[len(tones) // 2])
    ends = (*motif.onsets[1:], motif.steps)
    sung: list[Tone] = []
    for i, (onset, end) in enumerate(zip(motif.onsets, ends, strict=True)):
        place = min(max(place + motif.moves[i] * (i > 0), 0), len(ladder) - 1)
        if onset % 4 == 0 or (closing and i == len(motif.onsets) - 1):
            last = sung[-1].midi if sung and motif.moves[i] else None  # a move is heard as one
            place = _nearest(ladder, _nearest_tone(tones, ladder[place], last))
        sung.append(Tone(onset, end - onset, ladder[place], motif.strengths[i]))
    return sung


def _nearest(ladder: tuple[int, ...], midi: int) -> int:
    return min(range(len(ladder)), key=lambda i: abs(ladder[i] - midi))


def _nearest_tone(tones: tuple[int, ...], midi: int, but: int | None) -> int:
    octaves = (tone + 12 * octave for tone in tones for octave in (-1, 0, 1))
    return min((tone for tone in octaves if tone != but), key=lambda tone: abs(tone - midi))
