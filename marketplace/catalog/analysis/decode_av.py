"""AAC and ALAC in MP4, decoded by FFmpeg through `av`; imported in the confined process alone."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.container import InputContainer
from numpy.typing import NDArray

from marketplace.catalog.analysis.result import AnalysisError, Code

Block = NDArray[np.float32]


@dataclass(frozen=True)
class Header:
    """What an MP4's header claims."""

    sample_rate_hz: int
    channels: int
    seconds: float | None


def open_av(path: Path) -> tuple[Header, Iterator[Block]]:
    """Open an MP4's first audio stream. Raises AnalysisError if there is none."""
    try:
        # A plain file by its descriptor, and MP4 only: no protocol can be smuggled in.
        container = av.open(path.open("rb"), mode="r", format="mp4")
    except (av.FFmpegError, ValueError) as error:
        raise _damaged(error) from error
    if not container.streams.audio:
        raise AnalysisError("There is no audio in this MP4 file.", Code.NO_AUDIO)
    stream = container.streams.audio[0]
    seconds = container.duration / av.time_base if container.duration else None
    header = Header(stream.codec_context.sample_rate, stream.codec_context.channels, seconds)
    return header, _blocks(container, header)


def _blocks(container: InputContainer, header: Header) -> Iterator[Block]:
    resampler = av.AudioResampler(format="fltp", rate=header.sample_rate_hz)
    try:
        for frame in container.decode(audio=0):
            for part in resampler.resample(frame):
                yield _samples(part, header.channels)
    except (av.FFmpegError, ValueError) as error:
        raise _damaged(error) from error


def _samples(frame: AudioFrame, channels: int) -> Block:
    """(channels, n) planes to (n, channels)."""
    planes = frame.to_ndarray().astype(np.float32, copy=False)
    if planes.shape[0] != channels:
        raise _damaged("the number of channels changes")
    return np.ascontiguousarray(planes.T)


def _damaged(detail: object) -> AnalysisError:
    reason = "This file is damaged and cannot be decoded; export it again and send the new copy."
    return AnalysisError(reason, Code.DAMAGED, str(detail))
