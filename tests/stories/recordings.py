"""Short recordings for stories: long enough to be analysed, short enough to be heard out."""

from pathlib import Path

import numpy as np
import soundfile

RATE = 44_100
SECONDS = 8.0


def write_song(path: Path, hz: float) -> None:
    """A short tune with a beat, so that there is something to analyse."""
    t = np.arange(int(RATE * SECONDS)) / RATE
    beat = (t * 2 % 1 < 0.1) * np.sin(2 * np.pi * 80 * t)
    tune = np.sin(2 * np.pi * hz * (1 + (t // 0.5 % 4) / 8) * t)
    sound = 0.3 * (beat + tune * np.exp(-(t % 0.5) * 4))
    soundfile.write(path, np.stack([sound, sound], axis=1), RATE)
