"""The styles of the demo catalogue, by name."""

from marketplace.demo.compose.beats import DRUM_AND_BASS, HOUSE, LOFI, SYNTHWAVE
from marketplace.demo.compose.grooves import BOSSA, DUB, MINIMAL
from marketplace.demo.compose.quiet import AMBIENT, FOLK, JAZZ_WALTZ, PIANO

STYLES = {
    style.name: style
    for style in (
        *(LOFI, HOUSE, AMBIENT, FOLK, SYNTHWAVE, DRUM_AND_BASS, JAZZ_WALTZ, PIANO),
        *(DUB, BOSSA, MINIMAL),
    )
}
