"""Styles built on a beat: lo-fi, house, synthwave, drum and bass."""

from marketplace.demo.compose.style import Role, Style, form

LOFI = Style(
    name="lofi",
    genre="Lo-fi Hip Hop",
    bpm=(72, 84),
    scales=("dorian", "major"),
    progressions=((1, 4, 0, 5), (0, 5, 1, 4), (3, 2, 1, 0)),
    chord_size=5,
    form=form(
        "intro~ 2 chords crackle; verse 4 chords bass drums; chorus! 4 chords bass drums lead;"
        "break~ 2 chords lead; chorus! 4 chords bass drums lead figure; outro~ 2 chords bass"
    ),
    chords=Role("electric piano", 60, -20, rhythm=("x.....o.........", "x.........o.....")),
    bass=Role(
        "round bass",
        38,
        -20,
        rhythm=("x.....o...x.....", "x..o......x...o."),
        length=0.85,
        room=0.02,
    ),
    lead=Role(
        "vibraphone",
        74,
        -23,
        rhythm=("..x..x..x...o...", "x...o..x....x.x."),
        length=0.9,
        pan=0.2,
        width=0.2,
        room=0.3,
    ),
    figure=Role(
        "plucked string",
        67,
        -28,
        rhythm=("....o.......o.x.",),
        length=0.7,
        pan=-0.35,
        width=0.1,
        room=0.25,
        echo=0.25,
    ),
    drums={
        "soft kick": ("x.........x.....", "x......o..x....."),
        "rim": ("....x.......x...", "....x.......x..-"),
        "closed hat": ("o.x.o.x.o.x.o.x-", "x.o.x.o-x.o.x.o."),
    },
    drums_dbfs=-22,
    swing=0.30,
    looseness_seconds=0.011,
    room_seconds=0.9,
    crackle=0.02,
    cutoff_hz=6_800,
)

HOUSE = Style(
    name="house",
    genre="House",
    bpm=(120, 126),
    scales=("minor", "dorian"),
    progressions=((0, 5, 2, 6), (0, 3, 5, 4), (5, 6, 0, 0)),
    chord_size=4,
    form=form(
        "intro 3 drums figure; verse 4 drums bass chords; build~ 2 chords figure;"
        "chorus! 6 drums bass chords lead figure; break~ 2 chords lead;"
        "chorus! 5 drums bass chords lead figure; outro 2 drums bass chords"
    ),
    chords=Role(
        "bright stab",
        62,
        -21,
        rhythm=("..x...x...x..ox.", "..x..ox...x..ox."),
        length=0.4,
        width=0.2,
        room=0.25,
        echo=0.2,
        ducks=0.5,
    ),
    bass=Role(
        "synth bass",
        36,
        -20,
        rhythm=("..x...x...x...xo", "..xx..x...xx..x."),
        length=0.6,
        room=0,
        ducks=0.5,
    ),
    lead=Role(
        "soft lead",
        76,
        -23,
        rhythm=("x.....x.x...x...", "x...x...x.o.x..."),
        length=0.9,
        pan=0.1,
        width=0.1,
        room=0.3,
        echo=0.35,
    ),
    figure=Role(
        "arp pluck",
        72,
        -26,
        rhythm=("x.o.x.oxx.o.x.ox",),
        length=0.5,
        pan=-0.2,
        width=0.5,
        room=0.2,
        echo=0.35,
        ducks=0.4,
    ),
    drums={
        "punch kick": ("x...x...x...x...",),
        "clap": ("....x.......x...",),
        "open hat": ("..x...x...x...x.",),
        "closed hat": ("o-o-o-o-o-o-o-o-", "-.o-.-o--.o-.-oo"),
        "shaker": ("-o-x-o-x-o-x-o-x",),
    },
    drums_dbfs=-16,
    looseness_seconds=0.001,
    room_seconds=1.4,
)

SYNTHWAVE = Style(
    name="synthwave",
    genre="Synthwave",
    bpm=(92, 104),
    scales=("minor",),
    progressions=((0, 5, 2, 6), (5, 6, 0, 0), (0, 2, 5, 6)),
    chord_size=3,
    form=form(
        "intro 2 chords figure; verse 4 chords bass drums figure;"
        "chorus! 5 chords bass drums lead figure;"
        "break~ 2 chords figure; chorus! 5 chords bass drums lead; outro~ 2 chords figure"
    ),
    chords=Role(
        "pad", 58, -21, rhythm=("x...............",), length=1.0, width=0.2, room=0.4, ducks=0.4
    ),
    bass=Role(
        "synth bass",
        34,
        -20,
        rhythm=("xoxoxoxoxoxoxoxo", "x.xox.xox.xox.xo"),
        length=0.8,
        room=0,
        ducks=0.35,
    ),
    lead=Role(
        "brass synth",
        72,
        -21,
        rhythm=("x.....x.x.......", "x...x.....x.o..."),
        length=1.0,
        width=0.1,
        room=0.4,
        echo=0.4,
    ),
    figure=Role(
        "arp pluck",
        70,
        -26,
        rhythm=("xoxoxoxoxoxoxoxo",),
        length=0.6,
        pan=0.25,
        width=0.5,
        room=0.3,
        echo=0.35,
    ),
    drums={
        "punch kick": ("x.......x.......", "x.......x.x....."),
        "gated snare": ("....x.......x...",),
        "closed hat": ("x.o.x.o.x.o.x.o.", "xoxoxoxoxoxoxoxo"),
    },
    drums_dbfs=-17,
    looseness_seconds=0.001,
    room_seconds=2.2,
)

DRUM_AND_BASS = Style(
    name="drum and bass",
    genre="Drum & Bass",
    bpm=(172, 176),
    scales=("minor", "dorian"),
    progressions=((0, 5, 3, 4), (0, 0, 5, 6)),
    chord_size=4,
    form=form(
        "intro 4 chords drums; build~ 2 chords figure; chorus! 7 chords drums bass lead;"
        "break~ 3 chords lead; chorus! 7 chords drums bass figure lead; outro 2 drums chords"
    ),
    chords=Role(
        "pad", 62, -22, rhythm=("x...............",), length=1.0, width=0.3, room=0.5, ducks=0.3
    ),
    bass=Role(
        "reese bass", 33, -19, rhythm=("x.........x.....", "x.....x...x..o.."), room=0, ducks=0.3
    ),
    lead=Role(
        "bell",
        76,
        -24,
        rhythm=("x.....x.....x...", "....x.....x....."),
        length=0.8,
        width=0.5,
        room=0.5,
        echo=0.45,
    ),
    figure=Role(
        "arp pluck",
        74,
        -27,
        rhythm=("x..x..x...x..x..",),
        length=0.5,
        width=0.7,
        room=0.3,
        echo=0.4,
    ),
    drums={
        "punch kick": ("x.........x.....", "x.....-...x....."),
        "snare": ("....x..-.-..x...", "....x..-.o..x..-"),
        "closed hat": ("x.x.x.x.x.x.x.x.", "xox.xox.xox.xoxo"),
        "ride": ("x...o...x...o...",),
    },
    drums_dbfs=-17,
    bars_per_chord=2.0,
    looseness_seconds=0.002,
    room_seconds=1.8,
)
