"""The demo's tracks: invented artists, titles and albums, each with a style and a seed of its own.

Invariant: a catalogue is decided by its seed; ISRCs begin with ZZ, which no country bears.
"""

from dataclasses import dataclass

import numpy as np

from marketplace.demo.compose.arrange import arrange
from marketplace.demo.compose.covers import STYLE_DRAWINGS, draw
from marketplace.demo.compose.palette import PALETTES
from marketplace.demo.compose.perform import perform
from marketplace.demo.compose.styles import STYLES
from marketplace.demo.compose.waves import Signal

SECONDS = 60.0
SONGS = (
    ("Kettle Weather", "Rain on the Number Nine", "Soft Appliances", "lofi", 2),
    ("Nine Lamp Street", "Copper Ceiling", "Second Staircase", "house", 9),
    ("Ilse Vardenholm", "Slow Glass Harbour", "Hall of Small Clocks", "ambient", 11),
    ("Tamsin Quellby", "Hazel and Twine", "The Orchard Ledger", "folk", 3),
    ("Vantage Motel", "Neon Causeway", "Checkout at Midnight", "synthwave", 10),
    ("Corvid Parade", "Kestrel Engine", "Kestrel Engine", "drum and bass", 0),
    ("Odd Tuesday Trio", "Waltz for a Borrowed Coat", "Three of Everything", "jazz waltz", 4),
    ("Ilse Vardenholm", "Letter, Unfolded", "Hall of Small Clocks", "piano", 6),
    ("Kettle Weather", "Biscuit Tin Radio", "Soft Appliances", "lofi", 13),
    ("Nine Lamp Street", "The Night Bakery", "Second Staircase", "house", 5),
    ("Tamsin Quellby", "Gate at Low Meadow", "The Orchard Ledger", "folk", 8),
    ("Vantage Motel", "Coastline in Reverse", "Checkout at Midnight", "synthwave", 4),
)


@dataclass(frozen=True)
class Composition:
    """One track of the demo catalogue; `render` composes it anew, always the same."""

    title: str
    artist: str
    album: str
    style: str
    genre: str
    isrc: str
    bpm: float
    seconds: float
    cover_svg: str
    seed: tuple[int, int]

    def render(self, seconds: float | None = None) -> Signal:
        """(n, 2) float32 at 44,100 Hz; `seconds` makes a shorter piece of the same style."""
        length = self.seconds if seconds is None else seconds
        style = STYLES[self.style]
        rng = np.random.default_rng(self.seed)
        score = arrange(style, length, self.bpm, rng)
        return perform(score, style, length, rng)


def catalogue(seed: int) -> list[Composition]:
    """The twelve tracks, in the order they came out."""
    return [_compose(seed, number, *song) for number, song in enumerate(SONGS, start=1)]


def _compose(
    seed: int, number: int, artist: str, title: str, album: str, style: str, palette: int
) -> Composition:
    rng = np.random.default_rng((seed, number, 1))
    low, high = STYLES[style].bpm
    return Composition(
        title=title,
        artist=artist,
        album=album,
        style=style,
        genre=STYLES[style].genre,
        isrc=f"ZZRFN26{number:05d}",
        bpm=float(rng.integers(low, high + 1)),
        seconds=SECONDS,
        cover_svg=draw(STYLE_DRAWINGS[style], PALETTES[palette], rng),
        seed=(seed, number),
    )
