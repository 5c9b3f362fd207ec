"""From a score to stereo sound: each player's notes laid on a track of its own, then mixed.

Invariant: the same score, style and generator give the same samples.
"""

from dataclasses import dataclass

import numpy as np

from marketplace.demo.compose.arrange import STEPS_PER_BEAT, Score
from marketplace.demo.compose.drums import DRUMS
from marketplace.demo.compose.mix import Strip, duck, level, master, room
from marketplace.demo.compose.style import Role, Style
from marketplace.demo.compose.theory import hertz
from marketplace.demo.compose.voices import VOICES
from marketplace.demo.compose.waves import (
    SAMPLE_RATE_HZ,
    Signal,
    frames,
    highpass,
    lowpass,
    noise,
    silence,
    stereo,
)

DRUM_PANS = {"closed hat": 0.25, "open hat": 0.2, "ride": -0.3, "shaker": -0.35, "rim": 0.12}
DRUM_ROOMS = {
    **{"gated snare": 0.3, "clap": 0.2, "rim": 0.2},
    **{"snare": 0.12, "tom": 0.2, "crash": 0.25},
}
DRUM_GAINS = {
    "closed hat": 0.28,
    "open hat": 0.3,
    "shaker": 0.2,
    "ride": 0.4,
    "rim": 0.5,
    "crash": 0.3,
}
KICKS = ("punch kick", "soft kick")
TAKES = 3
BRIGHT_HZ = 18_000.0


@dataclass(frozen=True)
class Stage:
    """What every player shares: the score, its style, where steps fall in time, the length."""

    score: Score
    style: Style
    total: int
    rng: np.random.Generator

    @property
    def step_seconds(self) -> float:
        """Length of one step."""
        return 60.0 / self.score.bpm / STEPS_PER_BEAT

    def seconds(self, step: float) -> float:
        """Start of a step; off steps of a pair come late by the swing."""
        late = self.style.swing if int(step) % 2 == 1 else 0.0
        return (step + late) * self.step_seconds


def perform(score: Score, style: Style, seconds: float, rng: np.random.Generator) -> Signal:
    """(n, 2) float32 of exactly `seconds`."""
    stage = Stage(score, style, frames(seconds), rng)
    roles = {"chords": style.chords, "bass": style.bass, "lead": style.lead, "figure": style.figure}
    strips = [_drum_strip(stage)] if score.hits else []
    for name, role in roles.items():
        if role is not None and score.notes.get(name):
            strips.append(_play(stage, name, role))
    mixed, sent = silence(stage.total), silence(stage.total)
    for strip in strips:
        mixed += strip.dry
        sent += strip.send
    mixed += room(sent, style.room_seconds, rng)
    if style.cutoff_hz < BRIGHT_HZ:
        mixed = lowpass(mixed, style.cutoff_hz)
    if style.crackle:
        mixed = mixed + _crackle(stage.total, style.crackle, rng)
    return master(mixed)


def _play(stage: Stage, name: str, role: Role) -> Strip:
    """Lay one player's notes; equal notes share one rendering."""
    track = silence(stage.total)
    rendered: dict[tuple[int, float], Signal] = {}
    rng = stage.rng
    for note in stage.score.notes[name]:
        key = (note.midi, round(note.steps, 2))
        if key not in rendered:
            held = note.steps * stage.step_seconds
            rendered[key] = VOICES[role.voice](hertz(note.midi), held, rng)
        late = float(rng.normal(0, stage.style.looseness_seconds))
        pan = role.pan + role.width * float(rng.uniform(-1, 1))
        loud = note.loudness**1.3 * float(rng.uniform(0.92, 1.0))
        _lay(track, rendered[key], stage.seconds(note.step) + late, loud, pan)
    if name != "bass":
        track = highpass(track, 110)
    track = level(track, role.level_dbfs)
    if role.ducks:
        hits = (hit for kick in KICKS for hit in stage.score.hits.get(kick, []))
        track = duck(track, [stage.seconds(hit.step) for hit in hits], role.ducks)
    return Strip.of(track, role.room, role.echo, 3 * stage.step_seconds)


def _drum_strip(stage: Stage) -> Strip:
    dry = silence(stage.total)
    send = np.zeros_like(dry)
    for name, hits in stage.score.hits.items():
        takes = [DRUMS[name](stage.rng) for _ in range(TAKES)]
        gain, pan = DRUM_GAINS.get(name, 0.8), DRUM_PANS.get(name, 0.0)
        loose = 0.0 if name in KICKS else stage.style.looseness_seconds
        for i, hit in enumerate(hits):
            at = stage.seconds(hit.step) + float(stage.rng.normal(0, loose))
            _lay(dry, takes[i % TAKES], at, gain * hit.loudness, pan)
            if name in DRUM_ROOMS:
                _lay(send, takes[i % TAKES], at, gain * hit.loudness * DRUM_ROOMS[name], pan)
    loud = level(dry, stage.style.drums_dbfs)
    return Strip(loud, send * np.float32(np.abs(loud).max() / max(np.abs(dry).max(), 1e-9)))


def _lay(track: Signal, sound: Signal, at_seconds: float, gain: float, pan: float) -> None:
    """Add a sound in place, at equal power between left (-1) and right (1)."""
    start = max(0, round(at_seconds * SAMPLE_RATE_HZ))
    length = min(len(sound), len(track) - start)
    if length <= 0:
        return
    angle = (min(max(pan, -1.0), 1.0) + 1) * np.pi / 4
    sides = np.array((np.cos(angle), np.sin(angle)), np.float32) * np.float32(gain * 2**0.5)
    track[start : start + length] += sound[:length] * sides


def _crackle(total: int, level: float, rng: np.random.Generator) -> Signal:
    """Vinyl: a soft hiss and a few clicks a second."""
    seconds = total / SAMPLE_RATE_HZ
    hiss = lowpass(noise(seconds, rng), 5200) * np.float32(level * 0.25)
    clicks = np.zeros(total, np.float32)
    at = rng.integers(0, total, size=int(7 * seconds))
    clicks[at] = rng.uniform(-1, 1, size=len(at)) ** 3 * level * 14
    return stereo(hiss + lowpass(clicks, 6000), hiss + lowpass(np.roll(clicks, 9), 5000))
