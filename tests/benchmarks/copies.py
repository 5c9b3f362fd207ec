"""Copies of a recording as people make them: encoded anew, faster, higher, louder, through noise.

Signals are mono float32 (samples,) at RATE_HZ.
"""

import io
from collections.abc import Callable
from contextlib import suppress

import av
import numpy as np
import soundfile
import soxr

from recommender.sound import Floats

RATE_HZ = 44_100
OPUS_RATE_HZ = 48_000
PACKET = 1 << 14
Copy = Callable[[Floats], Floats]


def encoded(codec: str, container: str, bit_rate: int, rate_hz: int = RATE_HZ) -> Copy:
    """Encoded by FFmpeg and decoded again."""

    def copy(signal: Floats) -> Floats:
        file = io.BytesIO()
        with av.open(file, "w", format=container) as out:
            stream = out.add_stream(codec, rate=rate_hz, layout="mono")
            assert isinstance(stream, av.AudioStream)
            stream.bit_rate = bit_rate
            resampler = av.AudioResampler(stream.format.name, "mono", rate_hz)
            for frame in [*_frames(resampled(signal, RATE_HZ, rate_hz), rate_hz), None]:
                for part in resampler.resample(frame):
                    out.mux(stream.encode(part))
            out.mux(stream.encode(None))
        file.seek(0)
        samples, found_hz = soundfile.read(file, dtype="float32")
        return resampled(samples, found_hz, RATE_HZ)

    return copy


def speed(percent: float) -> Copy:
    """Faster and higher, as a record that turns faster."""
    return lambda signal: resampled(signal, RATE_HZ * (1 + percent / 100), RATE_HZ)


def tempo(percent: float) -> Copy:
    """Faster, as high as before."""
    return lambda signal: _stretched(signal, 1 + percent / 100)


def pitch(percent: float) -> Copy:
    """Higher, as fast as before."""
    return lambda signal: _stretched(speed(percent)(signal), 1 / (1 + percent / 100))


def noise(decibels_below: float, seed: int) -> Copy:
    """White noise so far under the recording."""
    rng = np.random.default_rng(seed)

    def copy(signal: Floats) -> Floats:
        level = np.sqrt(np.mean(np.square(signal))) * 10 ** (-decibels_below / 20)
        return np.asarray(signal + level * rng.normal(0, 1, signal.size), dtype=np.float32)

    return copy


def gain(decibels: float) -> Copy:
    """Louder, cut where it leaves the range."""
    return lambda signal: np.clip(signal * np.float32(10 ** (decibels / 20)), -1, 1)


def resampled(signal: Floats, rate_hz: float, to_hz: float) -> Floats:
    if rate_hz == to_hz:
        return signal
    return np.asarray(soxr.resample(signal, rate_hz, to_hz), dtype=np.float32)


def _frames(signal: Floats, rate_hz: int) -> list[av.AudioFrame]:
    frames = []
    for start in range(0, signal.size, PACKET):
        part = np.ascontiguousarray(signal[None, start : start + PACKET])
        frame = av.AudioFrame.from_ndarray(part, format="fltp", layout="mono")
        frame.sample_rate, frame.pts = rate_hz, start
        frames.append(frame)
    return frames


def _stretched(signal: Floats, factor: float) -> Floats:
    """So many times faster, by FFmpeg's atempo."""
    graph = av.filter.Graph()
    source = graph.add_abuffer(sample_rate=RATE_HZ, format="fltp", layout="mono")
    stretch, sink = graph.add("atempo", f"{factor:.6f}"), graph.add("abuffersink")
    source.link_to(stretch)
    stretch.link_to(sink)
    graph.configure()
    found: list[Floats] = []
    for frame in [*_frames(signal, RATE_HZ), None]:
        source.push(frame)
        with suppress(av.BlockingIOError, av.EOFError):
            while isinstance(part := sink.pull(), av.AudioFrame):
                found.append(part.to_ndarray()[0])
    return np.concatenate(found)
