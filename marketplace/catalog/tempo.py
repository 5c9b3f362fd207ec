"""The tempo in which a song is counted: what its file declares, else what its style settles.

Sound tells the period of a beat, not which of its multiples listeners count: drum & bass measured
at 86 is counted at 172. So a measured tempo is told only where the style's usual range settles it.
"""

from __future__ import annotations

import re

# What a song can be counted at; programs write 0 where they know nothing.
DECLARED_BPM = (20.0, 300.0)
NUMBER = re.compile(r"\d{1,3}([.,]\d{1,9})?")

# Beats a minute, each range less than an octave; what spans more (jazz, rock) is left out.
USUAL_BPM = {
    "ambient": (50, 90),
    "disco": (110, 130),
    "downtempo": (65, 110),
    "drum & bass": (155, 185),
    "drum and bass": (155, 185),
    "dub": (60, 90),
    "dubstep": (130, 150),
    "folk": (70, 130),
    "hip hop": (70, 115),
    "house": (110, 135),
    "jungle": (150, 180),
    "lo-fi hip hop": (60, 100),
    "reggae": (60, 95),
    "synthwave": (75, 125),
    "techno": (115, 155),
    "trance": (120, 150),
    "trip hop": (65, 110),
}


def declared_bpm(text: str) -> float | None:
    """The beats a minute that a tag such as "120" or "120.5" declares; None for anything else."""
    if not NUMBER.fullmatch(text):
        return None
    bpm = float(text.replace(",", "."))
    return bpm if DECLARED_BPM[0] <= bpm <= DECLARED_BPM[1] else None


def counted_bpm(measured_bpm: float, genre: str) -> float | None:
    """The measured tempo, its double or its half, whichever the style counts; else None."""
    low, high = USUAL_BPM.get(genre.strip().casefold().replace("-hop", " hop"), (1, 0))
    counted = (measured_bpm * octave for octave in (1.0, 2.0, 0.5))
    return next((bpm for bpm in counted if low <= bpm <= high), None)
