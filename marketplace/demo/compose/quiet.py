"""Styles built on strings, keys and air: ambient, folk, jazz waltz, piano."""

from marketplace.demo.compose.style import Role, Style, form

AMBIENT = Style(
    name="ambient",
    genre="Ambient",
    bpm=(56, 64),
    scales=("lydian", "major"),
    progressions=((0, 4, 1, 3), (0, 2, 4, 1)),
    chord_size=4,
    form=form(
        "intro~ 2 chords; verse~ 4 chords figure; chorus 5 chords figure lead bass; outro~ 3 chords"
    ),
    chords=Role(
        "glass pad", 60, -18, rhythm=("x...............",), length=1.0, width=0.4, room=0.7
    ),
    bass=Role("glass pad", 40, -23, rhythm=("x...............",), length=1.0, room=0.4),
    lead=Role(
        "bell",
        79,
        -25,
        rhythm=("x.......o.......", "....x.........o."),
        length=1.0,
        width=0.6,
        room=0.8,
        echo=0.5,
    ),
    figure=Role(
        "bell", 72, -28, rhythm=("..o.....-.......",), length=1.0, width=0.9, room=0.9, echo=0.5
    ),
    bars_per_chord=1.0,
    looseness_seconds=0.05,
    room_seconds=4.5,
    cutoff_hz=7_500,
)

FOLK = Style(
    name="folk",
    genre="Folk",
    bpm=(96, 112),
    scales=("major", "mixolydian"),
    progressions=((0, 4, 5, 3), (0, 3, 0, 4), (5, 3, 0, 4)),
    chord_size=3,
    form=form(
        "intro~ 2 figure; verse 4 figure bass; chorus! 4 figure chords bass lead drums;"
        "verse 3 figure bass lead; chorus! 4 figure chords bass lead drums; outro~ 2 figure"
    ),
    chords=Role(
        "plucked string",
        60,
        -23,
        rhythm=("x..xo.x.x..xo.x.", "x.x.oxx.x.x.oxx."),
        length=0.8,
        pan=0.3,
        width=0.1,
    ),
    bass=Role(
        "upright bass",
        40,
        -21,
        rhythm=("x.......x.......", "x.......x.....o."),
        length=0.9,
        room=0.05,
    ),
    lead=Role(
        "soft lead", 76, -22, rhythm=("x...o.x.x.......", "x.x...x.....o.x."), pan=0.1, room=0.35
    ),
    figure=Role(
        "plucked string",
        60,
        -20,
        rhythm=("x.o.x.o.x.o.x.o.", "x.oxo.x.x.oxo.x."),
        length=0.9,
        pan=-0.25,
        width=0.15,
    ),
    drums={
        "soft kick": ("x.......x.......",),
        "brush": ("....o.......o...", "....o.-.....o.-."),
        "shaker": ("o.-.o.-.o.-.o.-.",),
    },
    drums_dbfs=-27,
    looseness_seconds=0.009,
    room_seconds=1.1,
)

JAZZ_WALTZ = Style(
    name="jazz waltz",
    genre="Jazz",
    bpm=(138, 156),
    scales=("major", "dorian"),
    progressions=((0, 5, 1, 4), (2, 5, 1, 4), (3, 6, 2, 5, 1, 4, 0, 0)),
    chord_size=4,
    form=form(
        "intro~ 2 chords bass; verse 4 chords bass drums lead; chorus! 5 chords bass drums lead;"
        "solo~ 4 bass figure; chorus! 4 chords bass drums lead; outro~ 1 chords bass"
    ),
    chords=Role(
        "piano",
        60,
        -23,
        rhythm=("....x.......", "....x...o...", "..x.....x..."),
        length=0.5,
        pan=-0.3,
        width=0.1,
        room=0.2,
    ),
    bass=Role(
        "upright bass", 41, -19, rhythm=("x...x...x...", "x.......x..."), pan=0.05, room=0.05
    ),
    lead=Role(
        "piano",
        76,
        -20,
        rhythm=("x.x.x...x.x.", "x...x.o.x...", "..x.x.x....."),
        length=0.9,
        pan=0.15,
        width=0.1,
        room=0.2,
    ),
    figure=Role(
        "vibraphone",
        74,
        -21,
        rhythm=("x.x.o.x.x...", "x...x.x.o.x."),
        length=0.9,
        pan=0.3,
        width=0.1,
        room=0.25,
    ),
    drums={
        "ride": ("x...x.o.x...", "x...x...x.o."),
        "brush": ("....o...o...", "....o...-..."),
        "soft kick": ("o...........",),
        "closed hat": ("....o.......",),
    },
    drums_dbfs=-26,
    beats_per_bar=3,
    swing=0.32,
    looseness_seconds=0.010,
    bass_walks=True,
    room_seconds=1.3,
)

PIANO = Style(
    name="piano",
    genre="Modern Classical",
    bpm=(66, 76),
    scales=("minor", "major"),
    progressions=((0, 5, 2, 6), (0, 2, 3, 4), (5, 3, 0, 4)),
    chord_size=3,
    form=form(
        "intro~ 2 figure; verse 4 figure lead; chorus! 5 figure lead chords; verse~ 3 figure lead;"
        "outro~ 2 figure"
    ),
    chords=Role(
        "piano", 48, -23, rhythm=("x...............",), length=1.0, pan=-0.1, width=0.1, room=0.35
    ),
    lead=Role(
        "piano",
        77,
        -19,
        rhythm=("x.......x...o...", "x...o.......x..."),
        length=1.3,
        pan=0.1,
        width=0.1,
        room=0.4,
    ),
    figure=Role(
        "piano",
        58,
        -21,
        rhythm=("x.o.x.o.x.o.x.o.", "x.oox.o.x.oox.o."),
        length=1.5,
        pan=-0.15,
        width=0.2,
        room=0.35,
    ),
    looseness_seconds=0.014,
    room_seconds=2.4,
    cutoff_hz=10_000,
)
