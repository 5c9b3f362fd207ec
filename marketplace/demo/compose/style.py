"""What makes a style: tempo, harmony, who plays what, and the room it is played in.

Grids are strings with one letter a step (16 to a bar of four, 12 to a bar of three):
`x` a full stroke, `o` a softer one, `-` a ghost, `.` a rest.
"""

from dataclasses import dataclass, field

STROKES = {"x": 1.0, "o": 0.65, "-": 0.3}


@dataclass(frozen=True)
class Section:
    """A stretch of the form: its share of the whole, who plays, and how hard."""

    name: str
    share: float
    roles: frozenset[str]
    energy: float


@dataclass(frozen=True)
class Role:
    """One player: a voice, the middle of its range, and its place in the mix.

    `rhythm` holds alternatives of which each track takes one; `width` spreads notes from left to
    right; `room` and `echo` are sends; `ducks` is how far the kick pushes it down.
    """

    voice: str
    centre: int
    level_dbfs: float
    rhythm: tuple[str, ...]
    length: float = 0.95
    pan: float = 0.0
    width: float = 0.0
    room: float = 0.15
    echo: float = 0.0
    ducks: float = 0.0


@dataclass(frozen=True)
class Style:
    """A style from which the arranger draws many different tracks."""

    name: str
    genre: str
    bpm: tuple[int, int]
    scales: tuple[str, ...]
    progressions: tuple[tuple[int, ...], ...]
    chord_size: int
    form: tuple[Section, ...]
    chords: Role
    bass: Role | None = None
    lead: Role | None = None
    figure: Role | None = None
    drums: dict[str, tuple[str, ...]] = field(default_factory=dict)
    drums_dbfs: float = -18.0
    seconds: tuple[int, int] = (66, 84)
    beats_per_bar: int = 4
    bars_per_chord: float = 1.0
    swing: float = 0.0
    looseness_seconds: float = 0.004
    bass_walks: bool = False
    room_seconds: float = 1.2
    crackle: float = 0.0
    cutoff_hz: float = 18_000.0


def form(text: str) -> tuple[Section, ...]:
    """Read a form such as "intro 2 chords; verse 4 chords bass drums; ..."; the first number is
    the share, a `!` after the name asks for full energy, a `~` for little."""
    rows = [row.split() for row in text.split(";")]
    whole = sum(float(row[1]) for row in rows)
    energy = {"!": 1.0, "~": 0.6}
    return tuple(
        Section(
            name=row[0].rstrip("!~"),
            share=float(row[1]) / whole,
            roles=frozenset(row[2:]),
            energy=energy.get(row[0][-1], 0.8),
        )
        for row in rows
    )
