"""The eight styles of the demo catalogue."""

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
    chords=Role("electric piano", 60, -20, ("x.....o.........", "x.........o.....")),
    bass=Role("round bass", 38, -20, ("x.....o...x.....", "x..o......x...o."), 0.85, room=0.02),
    lead=Role("vibraphone", 74, -23, ("..x..x..x...o...", "x...o..x....x.x."), 0.9, 0.2, 0.2, 0.3),
    figure=Role("plucked string", 67, -28, ("....o.......o.x.",), 0.7, -0.35, 0.1, 0.25, 0.25),
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
        "bright stab", 62, -21, ("..x..x....x..x..", "x..x..x...x..x.."), 0.4, 0.0, 0.2, 0.25, 0.2, 0.5
    ),
    bass=Role("synth bass", 36, -20, ("..x...x...x...xo", "..xx..x...xx..x."), 0.6, room=0, ducks=0.5),
    lead=Role("soft lead", 76, -23, ("x..x..x.....x...", "x.....x..x..x..."), 0.9, 0.1, 0.1, 0.3, 0.35),
    figure=Role("arp pluck", 72, -26, ("x.ox.ox.o.x.o.xo",), 0.5, -0.2, 0.5, 0.2, 0.35, 0.4),
    drums={
        "punch kick": ("x...x...x...x...",),
        "clap": ("....x.......x...",),
        "open hat": ("..x...x...x...x.",),
        "closed hat": ("o-o-o-o-o-o-o-o-", "-.o-.-o--.o-.-oo"),
        "shaker": ("-o-x-o-x-o-x-o-x",),
    },
    drums_dbfs=-17,
    looseness_seconds=0.001,
    room_seconds=1.4,
)

AMBIENT = Style(
    name="ambient",
    genre="Ambient",
    bpm=(56, 64),
    scales=("lydian", "major"),
    progressions=((0, 4, 1, 3), (0, 2, 4, 1)),
    chord_size=4,
    form=form("intro~ 2 chords; verse~ 4 chords figure; chorus 5 chords figure lead bass; outro~ 3 chords"),
    chords=Role("glass pad", 60, -18, ("x...............",), 1.0, 0.0, 0.4, 0.7),
    bass=Role("glass pad", 40, -23, ("x...............",), 1.0, 0.0, 0.0, 0.4),
    lead=Role("bell", 79, -25, ("x.......o.......", "....x.........o."), 1.0, 0.0, 0.6, 0.8, 0.5),
    figure=Role("bell", 72, -28, ("..o.....-.......",), 1.0, 0.0, 0.9, 0.9, 0.5),
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
    chords=Role("plucked string", 60, -23, ("x..xo.x.x..xo.x.", "x.x.oxx.x.x.oxx."), 0.8, 0.3, 0.1),
    bass=Role("upright bass", 40, -21, ("x.......x.......", "x.......x.....o."), 0.9, room=0.05),
    lead=Role("soft lead", 76, -22, ("x...o.x.x.......", "x.x...x.....o.x."), 0.95, 0.1, 0.0, 0.35),
    figure=Role("plucked string", 60, -20, ("x.o.x.o.x.o.x.o.", "x.oxo.x.x.oxo.x."), 0.9, -0.25, 0.15),
    drums={
        "soft kick": ("x.......x.......",),
        "brush": ("....o.......o...", "....o.-.....o.-."),
        "shaker": ("o.-.o.-.o.-.o.-.",),
    },
    drums_dbfs=-27,
    looseness_seconds=0.009,
    room_seconds=1.1,
)

SYNTHWAVE = Style(
    name="synthwave",
    genre="Synthwave",
    bpm=(92, 104),
    scales=("minor",),
    progressions=((0, 5, 2, 6), (5, 6, 0, 0), (0, 2, 5, 6)),
    chord_size=3,
    form=form(
        "intro 2 chords figure; verse 4 chords bass drums figure; chorus! 5 chords bass drums lead figure;"
        "break~ 2 chords figure; chorus! 5 chords bass drums lead; outro~ 2 chords figure"
    ),
    chords=Role("pad", 58, -21, ("x...............",), 1.0, 0.0, 0.2, 0.4, ducks=0.4),
    bass=Role("synth bass", 34, -20, ("xoxoxoxoxoxoxoxo", "x.xox.xox.xox.xo"), 0.8, room=0, ducks=0.35),
    lead=Role("brass synth", 72, -21, ("x.....x.x.......", "x...x.....x.o..."), 1.0, 0.0, 0.1, 0.4, 0.4),
    figure=Role("arp pluck", 70, -26, ("xoxoxoxoxoxoxoxo",), 0.6, 0.25, 0.5, 0.3, 0.35),
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
    chords=Role("pad", 62, -22, ("x...............",), 1.0, 0.0, 0.3, 0.5, 0.0, 0.3),
    bass=Role("reese bass", 33, -19, ("x.........x.....", "x.....x...x..o.."), 0.95, room=0, ducks=0.3),
    lead=Role("bell", 76, -24, ("x.....x.....x...", "....x.....x....."), 0.8, 0.0, 0.5, 0.5, 0.45),
    figure=Role("arp pluck", 74, -27, ("x..x..x...x..x..",), 0.5, 0.0, 0.7, 0.3, 0.4),
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

JAZZ_WALTZ = Style(
    name="jazz waltz",
    genre="Jazz",
    bpm=(138, 156),
    scales=("major", "dorian"),
    progressions=((0, 5, 1, 4), (2, 5, 1, 4), (3, 6, 2, 5, 1, 4, 0, 0)),
    chord_size=4,
    form=form(
        "intro~ 2 chords bass; verse 4 chords bass drums lead; chorus! 5 chords bass drums lead;"
        "solo 4 chords bass drums figure; chorus! 4 chords bass drums lead; outro~ 1 chords bass"
    ),
    chords=Role("piano", 60, -23, ("....x.......", "....x...o...", "..x.....x..."), 0.5, -0.3, 0.1, 0.2),
    bass=Role("upright bass", 41, -19, ("x...x...x...", "x.......x..."), 0.95, 0.05, room=0.05),
    lead=Role("piano", 76, -20, ("x.x.x...x.x.", "x...x.o.x...", "..x.x.x....."), 0.9, 0.15, 0.1, 0.2),
    figure=Role("vibraphone", 74, -21, ("x.x.o.x.x...", "x...x.x.o.x."), 0.9, 0.3, 0.1, 0.25),
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
    chords=Role("piano", 48, -23, ("x...............",), 1.0, -0.1, 0.1, 0.35),
    lead=Role("piano", 77, -19, ("x.......x...o...", "x...o.......x..."), 1.3, 0.1, 0.1, 0.4),
    figure=Role("piano", 58, -21, ("x.o.x.o.x.o.x.o.", "x.oox.o.x.oox.o."), 1.5, -0.15, 0.2, 0.35),
    looseness_seconds=0.014,
    room_seconds=2.4,
    cutoff_hz=10_000,
)

STYLES = {
    style.name: style
    for style in (LOFI, HOUSE, AMBIENT, FOLK, SYNTHWAVE, DRUM_AND_BASS, JAZZ_WALTZ, PIANO)
}
