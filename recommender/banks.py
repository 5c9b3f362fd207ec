"""Librosa's filter banks, kept in a file: librosa itself, with what it imports, costs a second.

`python -m recommender.banks` writes the file anew; a test holds it to the librosa installed.
"""

from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from recommender.sound import CHROMA_COUNT, Floats

SAMPLE_RATE_HZ = 22_050
WINDOW = 2_048
MEL_COUNT = 64
FILE = Path(__file__).with_name("banks.npz")


class Banks(NamedTuple):
    """What a power spectrum is multiplied by, one row a band: (bands, 1 + WINDOW // 2) float32."""

    mel: Floats
    chroma: Floats


@cache
def banks() -> Banks:
    with np.load(FILE) as file:
        return Banks(file["mel"], file["chroma"])


def librosas() -> Banks:
    """As librosa works them out: Slaney's mel bands; chroma for a tuning of 440 Hz."""
    import librosa

    mel = librosa.filters.mel(sr=SAMPLE_RATE_HZ, n_fft=WINDOW, n_mels=MEL_COUNT)
    chroma = librosa.filters.chroma(
        sr=SAMPLE_RATE_HZ, n_fft=WINDOW, tuning=0.0, n_chroma=CHROMA_COUNT, dtype=np.float32
    )
    return Banks(mel.astype(np.float32), chroma)


if __name__ == "__main__":
    np.savez_compressed(FILE, **librosas()._asdict())
