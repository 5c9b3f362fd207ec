"""Files to mono signals, block by block, within limits: a hostile file costs bounded time and
memory.

libsndfile reads wav, aiff, flac, mp3, ogg/vorbis and opus. AAC in m4a needs another decoder, which
the caller may hand in; none is loaded here.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import soundfile

from recommender.errors import AudioError
from recommender.sound import Floats

OTHER_DECODER = frozenset({".m4a", ".mp4", ".aac"})
SUFFIXES = OTHER_DECODER | {
    *(".wav", ".aiff", ".aif", ".flac", ".mp3", ".ogg", ".oga", ".opus"),
}
MAX_SECONDS = 1_200.0
MAX_CHANNELS = 8
MAX_SAMPLE_RATE_HZ = 384_000
BLOCK_SAMPLES = 1 << 16


class Signal(NamedTuple):
    """Mono float32 samples (n,), about [-1, 1]."""

    samples: Floats
    sample_rate_hz: int

    @property
    def seconds(self) -> float:
        return self.samples.size / self.sample_rate_hz


Decoder = Callable[[Path], Signal]


def decode(path: Path, max_seconds: float = MAX_SECONDS, other: Decoder | None = None) -> Signal:
    """The recording at `path`, at most its first `max_seconds`, mixed to mono at its own rate.

    `other` decodes what libsndfile can't (AAC). Raises `AudioError`: no such file, empty, no audio,
    broken, or too many channels.
    """
    if not path.is_file():
        raise AudioError(f"No such file: {path.name}.")
    if path.stat().st_size == 0:
        raise AudioError(f"The file is empty: {path.name}.")
    if path.suffix.lower() in OTHER_DECODER:
        if other is None:
            raise AudioError(f"AAC can't be read here; convert it to flac or ogg: {path.name}.")
        return other(path)
    try:
        with soundfile.SoundFile(os.fsencode(path)) as sound:
            return _read(sound, max_seconds)
    except soundfile.LibsndfileError as error:
        raise AudioError(f"Not readable as audio: {path.name}.") from error


def _read(sound: soundfile.SoundFile, max_seconds: float) -> Signal:
    if sound.channels > MAX_CHANNELS or not 0 < sound.samplerate <= MAX_SAMPLE_RATE_HZ:
        raise AudioError(f"{sound.channels} channels at {sound.samplerate} Hz are not music.")
    left = int(max_seconds * sound.samplerate)
    mix = np.full(sound.channels, 1 / sound.channels, dtype=np.float32)
    blocks: list[Floats] = []
    while (block := sound.read(min(BLOCK_SAMPLES, left), dtype="float32", always_2d=True)).size:
        left -= len(block)
        blocks.append(block @ mix)
    if not blocks:
        raise AudioError("The recording holds no samples.")
    return Signal(np.concatenate(blocks), sound.samplerate)
