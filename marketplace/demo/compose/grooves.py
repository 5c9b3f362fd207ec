"""Styles built on a groove of few parts: dub, bossa nova, minimal music for mallets."""

from marketplace.demo.compose.style import Role, Style, form

DUB = Style(
    name="dub",
    genre="Dub",
    bpm=(72, 78),
    scales=("minor", "dorian"),
    progressions=((0, 3, 0, 3), (0, 0, 6, 3), (0, 6, 0, 4)),
    chord_size=3,
    form=form(
        "intro 2 bass drums; verse 5 chords bass drums; dub~ 3 drums lead chords;"
        "chorus! 5 chords bass drums figure lead; break~ 2 bass lead;"
        "chorus! 4 chords bass drums figure; outro 2 bass drums"
    ),
    chords=Role(
        "skank guitar",
        62,
        -23,
        rhythm=("....x.......x...", "....x.o.....x.o."),
        length=0.45,
        pan=-0.2,
        room=0.35,
        echo=0.45,
    ),
    bass=Role(
        "round bass",
        34,
        -19,
        rhythm=("x..x..x...o.x...", "..x.x...x..xo...", "x.....o.x.x....."),
        length=0.9,
        room=0.02,
    ),
    lead=Role(
        "melodica",
        72,
        -23,
        rhythm=("x...x.o.........", "..x...x.....x..."),
        length=0.95,
        pan=0.15,
        room=0.4,
        echo=0.5,
    ),
    figure=Role(
        "organ",
        64,
        -27,
        rhythm=("..x.x.x...x.x.x.",),
        length=0.5,
        pan=0.35,
        room=0.2,
    ),
    drums={
        "soft kick": ("........x.......", "o.......x......."),
        "rim": ("........x.......", "........x.....o."),
        "closed hat": ("..x.x-x...x.x-x.", "x.xox.xox.xox.xo"),
    },
    drums_dbfs=-20,
    swing=0.12,
    looseness_seconds=0.007,
    room_seconds=2.6,
    cutoff_hz=9_000,
)

BOSSA = Style(
    name="bossa",
    genre="Bossa Nova",
    bpm=(124, 138),
    scales=("major", "dorian"),
    progressions=((0, 0, 1, 4, 2, 5, 1, 4), (1, 4, 0, 5), (0, 5, 1, 4)),
    chord_size=4,
    form=form(
        "intro~ 2 chords; verse 4 chords bass drums lead; chorus! 4 chords bass drums lead figure;"
        "break~ 2 chords bass; chorus! 4 chords bass drums figure lead; outro~ 2 chords bass"
    ),
    chords=Role(
        "nylon string",
        58,
        -20,
        rhythm=("x..x..x...x..x..", "x...x..x..x..x.."),
        length=0.7,
        pan=-0.2,
        width=0.05,
        room=0.15,
    ),
    bass=Role(
        "upright bass",
        40,
        -19,
        rhythm=("x.....xox.....xo", "x.....x.x.....x."),
        length=0.9,
        pan=0.05,
        room=0.05,
    ),
    lead=Role(
        "flute",
        76,
        -21,
        rhythm=("x..x..x...x.....", "..x..x..x...x.o."),
        length=0.95,
        pan=0.15,
        room=0.3,
    ),
    figure=Role(
        "vibraphone", 72, -26, rhythm=("..x.......x..o..",), length=0.9, pan=0.35, room=0.3
    ),
    drums={
        "soft kick": ("x..ox...x..ox...",),
        "rim": ("x..x..x...x..x..", "..x..x..x..x...."),
        "shaker": ("x-o-x-o-x-o-x-o-",),
    },
    drums_dbfs=-26,
    looseness_seconds=0.008,
    room_seconds=1.1,
)

MINIMAL = Style(
    name="minimal",
    genre="Minimal",
    bpm=(108, 118),
    scales=("major", "lydian"),
    progressions=((0, 5, 3, 1), (0, 2, 5, 3), (3, 0, 5, 4)),
    chord_size=4,
    form=form(
        "intro~ 2 figure; verse 4 figure chords; chorus! 4 figure chords bass lead;"
        "break~ 3 chords lead; chorus! 4 figure chords bass lead; outro~ 2 figure"
    ),
    chords=Role(
        "marimba",
        60,
        -22,
        rhythm=("x..x..x..x..x.x.", "x.x..x.x..x.x..x"),
        length=0.8,
        pan=0.35,
        width=0.1,
        room=0.2,
    ),
    bass=Role("marimba", 43, -22, rhythm=("x.....x.....x...",), length=1.0, room=0.1),
    lead=Role(
        "reed",
        74,
        -24,
        rhythm=("x.......x.......", "x...........x..."),
        length=1.0,
        room=0.4,
    ),
    figure=Role(
        "marimba",
        69,
        -20,
        rhythm=("xoxxoxxoxoxxoxxo", "xxoxxoxoxxoxxoxo"),
        length=0.6,
        pan=-0.35,
        width=0.1,
        room=0.2,
    ),
    bars_per_chord=2.0,
    looseness_seconds=0.003,
    room_seconds=1.6,
)
