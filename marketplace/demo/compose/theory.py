"""Scales, chords and voice leading, in MIDI note numbers (60 is middle C)."""

SCALES = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
}


def hertz(midi: float) -> float:
    """Equal temperament, A4 (69) at 440 Hz."""
    return float(440.0 * 2.0 ** ((midi - 69.0) / 12.0))


def pitch(tonic: int, scale: str, degree: int) -> int:
    """MIDI note of a scale degree; 0 is the tonic, 7 its octave, negative ones lie below."""
    steps = SCALES[scale]
    octave, index = divmod(degree, len(steps))
    return tonic + 12 * octave + steps[index]


def chord(tonic: int, scale: str, degree: int, size: int) -> tuple[int, ...]:
    """`size` thirds stacked on a degree: 3 a triad, 4 a seventh, 5 a ninth."""
    return tuple(pitch(tonic, scale, degree + 2 * i) for i in range(size))


def near(pitches: tuple[int, ...], centre: float) -> tuple[int, ...]:
    """The same pitch classes, each in the octave nearest to `centre`, in rising order."""
    moved = {p - 12 * round((p - centre) / 12) for p in pitches}
    return tuple(sorted(moved))


def lead_voices(chords: list[tuple[int, ...]], centre: float) -> list[tuple[int, ...]]:
    """Voice each chord around the middle of the one before, drawn back towards `centre`."""
    voiced: list[tuple[int, ...]] = []
    middle = centre
    for pitches in chords:
        voicing = near(pitches, 0.6 * middle + 0.4 * centre)
        middle = sum(voicing) / len(voicing)
        voiced.append(voicing)
    return voiced
