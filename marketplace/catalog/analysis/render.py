"""Making streaming copies: the recording once more, at the house's loudness."""

from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from marketplace.catalog.analysis.decode import Source
from marketplace.catalog.analysis.kinds import Kind
from marketplace.catalog.analysis.result import Rendition

LOUDNESS_LUFS = -14.0  # where the streaming services meet
PEAK_DBFS = -1.0  # room for what lossy coding adds to a peak

Block = NDArray[np.float32]


class Writer(Protocol):
    """What writes one format."""

    def add(self, block: Block, last: bool = False) -> None: ...
    def finish(self) -> tuple[int, ...]: ...


def gain_db(loudness_lufs: float, peak_dbfs: float) -> float:
    """What brings a recording to the house's loudness, short of cutting its peaks.

    A loud master is turned down; a quiet one is turned up as far as its highest sample allows.

    >>> gain_db(-8.0, 0.0), gain_db(-20.0, -3.0), gain_db(-20.0, -12.0)
    (-6.0, 2.0, 6.0)
    """
    return min(LOUDNESS_LUFS - loudness_lufs, PEAK_DBFS - peak_dbfs)


def render(source: Source, kind: Kind, gain: float, folder: Path) -> Rendition:
    """Write the copy `kind` of a recording into `folder`, `gain` dB louder.

    Raises AnalysisError if the recording is damaged.
    """
    path, channels = folder / kind.file_name, min(source.channels, 2)
    writer = _writer(kind, path, source.sample_rate_hz, channels)
    factor = np.float32(10 ** (gain / 20))
    for block in source.blocks:
        writer.add(block * factor)
    writer.add(np.empty((0, channels), np.float32), last=True)
    ends = writer.finish()
    return Rendition(kind, path, path.stat().st_size, ends)


def _writer(kind: Kind, path: Path, sample_rate_hz: int, channels: int) -> Writer:
    if kind.codec == "opus":
        # Only here: the wheel of `av` bundles GPL codecs, so no other process may load it.
        from marketplace.catalog.analysis.opus import OpusWriter

        return OpusWriter(path, sample_rate_hz, channels, kind.bit_rate)
    from marketplace.catalog.analysis.mp3 import Mp3Writer

    return Mp3Writer(path, sample_rate_hz, channels, kind.bit_rate)
