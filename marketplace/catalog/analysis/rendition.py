"""The one streaming copy of a recording: MP3 at a constant 128 kbit/s.

Invariant: after the header, byte k of the file is heard at k / 16,000 seconds, which is how a
stream's bytes are turned into seconds heard.
"""

from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from marketplace.catalog.analysis.mpeg import header_length
from marketplace.catalog.analysis.result import Rendition

BIT_RATE = 128_000
# libsndfile maps 0..1 linearly onto 320..32 kbit/s.
COMPRESSION_LEVEL = (320 - 128) / (320 - 32)
SAMPLE_RATES_HZ = (44_100, 48_000)

Block = NDArray[np.float32]


class RenditionWriter:
    """Writes (n, 1 or 2) blocks; other sample rates than 44.1 and 48 kHz become 44.1 kHz."""

    def __init__(self, path: Path, sample_rate_hz: int, channels: int) -> None:
        self._path = path
        kept = sample_rate_hz in SAMPLE_RATES_HZ
        rate = sample_rate_hz if kept else SAMPLE_RATES_HZ[0]
        self._resampler = None if kept else soxr.ResampleStream(sample_rate_hz, rate, channels)
        self._file = soundfile.SoundFile(
            path,
            "w",
            rate,
            channels,
            format="MP3",
            subtype="MPEG_LAYER_III",
            compression_level=COMPRESSION_LEVEL,
            bitrate_mode="CONSTANT",
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def add(self, block: Block, last: bool = False) -> None:
        """Encode the next samples; `last` flushes the resampler."""
        if self._resampler is not None:
            block = self._resampler.resample_chunk(block, last=last)
        if len(block):
            self._file.write(block)

    def finish(self) -> Rendition:
        """Close the file and measure it."""
        self._file.close()
        with self._path.open("rb") as file:
            header = header_length(file.read(65_536))
        return Rendition(self._path, self._path.stat().st_size, header, BIT_RATE)
