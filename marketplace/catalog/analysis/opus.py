"""A streaming copy in Opus: MP4 with its index first, so that a player needs no byte of the end.

An Ogg file would do without an index; but a player reads an Ogg file's end to learn its length, and
the end is what a play that has not counted can't have.
"""

from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import soxr
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import OutputContainer
from numpy.typing import NDArray

RATE_HZ = 48_000

Block = NDArray[np.float32]


class OpusWriter:
    """Writes (n, 1 or 2) blocks of any sample rate."""

    def __init__(self, path: Path, sample_rate_hz: int, channels: int, bit_rate: int) -> None:
        self._path = path
        self._layout = "stereo" if channels == 2 else "mono"
        kept = sample_rate_hz == RATE_HZ
        self._resampler = None if kept else soxr.ResampleStream(sample_rate_hz, RATE_HZ, channels)
        self._written = 0
        options = {"movflags": "faststart"}
        self._container: OutputContainer = av.open(str(path), "w", format="mp4", options=options)
        self._stream: AudioStream = self._container.add_stream(
            "libopus", rate=RATE_HZ, layout=self._layout, options={"vbr": "constrained"}
        )
        self._stream.bit_rate = bit_rate

    def add(self, block: Block, last: bool = False) -> None:
        """Encode the next samples; `last` flushes the resampler."""
        if self._resampler is not None:
            block = self._resampler.resample_chunk(block, last=last)
        if not len(block):
            return
        interleaved = np.ascontiguousarray(block).reshape(1, -1)
        frame = AudioFrame.from_ndarray(interleaved, format="flt", layout=self._layout)
        frame.sample_rate, frame.pts = RATE_HZ, self._written
        self._written += len(block)
        self._container.mux(self._stream.encode(frame))

    def finish(self) -> tuple[int, ...]:
        """Close the file; how many bytes of it sound for its first second, its first two, ..."""
        self._container.mux(self._stream.encode(None))
        self._container.close()
        return tuple(_ends(self._path))


def _ends(path: Path) -> Iterator[int]:
    """Where each second's last packet ends; the song's end for the rest of a second."""
    end, second = 0, 1
    with av.open(str(path)) as container:
        for packet in container.demux(audio=0):
            if not packet.size:
                continue
            if (packet.pts or 0) * (packet.time_base or 0) >= second:
                yield end
                second += 1
            end = (packet.pos or 0) + packet.size
    yield end
