"""The demo's tracks: each song with its style, its cover and a seed of its own.

Invariant: a catalogue is decided by its seed; ISRCs begin with ZZ, which no country bears.
"""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from marketplace.demo.compose.arrange import Take, arrange, whole_bars
from marketplace.demo.compose.covers import STYLE_DRAWINGS, draw
from marketplace.demo.compose.palette import PALETTES
from marketplace.demo.compose.perform import perform
from marketplace.demo.compose.repertoire import SONGS, Song, label_of
from marketplace.demo.compose.styles import STYLES
from marketplace.demo.compose.waves import Signal

FOURTH, GOLDEN = 5, 0.618  # semitones; of a range


@dataclass(frozen=True)
class Composition:
    """One track of the demo catalogue; `render` composes it anew, always the same.

    `label` is "" for an artist without one; `bpm` is the tempo it is played in at its full length;
    `released_day` as in `Song`.
    """

    title: str
    artist: str
    label: str
    album: str
    track_number: int
    style: str
    genre: str
    isrc: str
    bpm: float
    seconds: float
    released_day: int
    cover_svg: str
    seed: tuple[int, int]
    take: Take

    def render(self, seconds: float | None = None) -> Signal:
        """(n, 2) float32 at 44,100 Hz; `seconds` makes a shorter piece of the same style."""
        length = self.seconds if seconds is None else seconds
        style = STYLES[self.style]
        rng = np.random.default_rng(self.seed)
        score = arrange(style, length, self.bpm, rng, self.take)
        return perform(score, style, length, rng)


def catalogue(seed: int) -> list[Composition]:
    """The thirty tracks; their order decides their ISRCs."""
    in_style: Counter[str] = Counter()
    in_album: Counter[str] = Counter()
    found = []
    for number, song in enumerate(SONGS, start=1):
        in_album[song.album] += 1
        found.append(_compose(seed, number, song, in_style[song.style], in_album[song.album]))
        in_style[song.style] += 1
    return found


def _compose(seed: int, number: int, song: Song, take: int, track_number: int) -> Composition:
    """`take`: how many songs of its style came before it. Keys go round in fourths, and tempos by
    the golden section of the style's range, so that no two of them are alike."""
    rng = np.random.default_rng((seed, number, 1))
    style = STYLES[song.style]
    first = np.random.default_rng((seed, 0, list(STYLES).index(song.style)))
    tonic = 55 + (int(first.integers(12)) + FOURTH * take) % 12
    place = (float(first.random()) + GOLDEN * take) % 1
    bpm = round(style.bpm[0] + place * (style.bpm[1] - style.bpm[0]))
    cover = draw(STYLE_DRAWINGS[style.name], PALETTES[song.palette], rng)
    seconds = float(rng.integers(style.seconds[0], style.seconds[1] + 1))
    return Composition(
        title=song.title,
        artist=song.artist,
        label=label_of(song.artist),
        album=song.album,
        track_number=track_number,
        style=style.name,
        genre=style.genre,
        isrc=f"ZZRFN26{number:05d}",
        bpm=whole_bars(style, seconds, bpm)[1],
        seconds=seconds,
        released_day=song.released_day,
        cover_svg=cover,
        seed=(seed, number),
        take=Take(take, tonic),
    )
