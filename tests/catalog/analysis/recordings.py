"""Builders of small recordings, whole, broken and dishonest."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

Samples = NDArray[np.int16]

RATE_HZ = 44_100

# In a process of its own: nothing that tests or serves may load the library that reads AAC.
READ_COPY = """
import sys, av, numpy as np
with av.open(sys.argv[1]) as container:
    rate = container.streams.audio[0].rate
    blocks = [frame.to_ndarray() for frame in container.decode(audio=0)]
np.savez(sys.argv[2], samples=np.concatenate(blocks, axis=1).T.astype(np.float32), rate=rate)
"""
WRITE_M4A = """
import sys, av, numpy as np
samples = np.load(sys.argv[1]).T.astype(np.float32) / 32768
with av.open(sys.argv[2], "w", format="mp4") as file:
    stream = file.add_stream("aac", rate=44100, layout="stereo")
    for start in range(0, samples.shape[1], 1024):
        block = np.ascontiguousarray(samples[:, start : start + 1024])
        frame = av.AudioFrame.from_ndarray(block, format="fltp", layout="stereo")
        frame.sample_rate, frame.pts = 44100, start
        file.mux(stream.encode(frame))
    file.mux(stream.encode(None))
"""


def music(seconds: float = 6.0, rate_hz: int = RATE_HZ, channels: int = 2) -> Samples:
    """(n, channels) of a pulsing chord, different on each side, the second half louder."""
    t = np.arange(round(seconds * rate_hz)) / rate_hz
    pulse = 0.55 + 0.45 * np.sign(np.sin(2 * np.pi * 2.0 * t))
    swell = np.where(t < seconds / 2, 0.4, 1.0)
    sides = []
    for side in range(channels):
        chord = sum(np.sin(2 * np.pi * hz * (1 + side / 300) * t) for hz in (220.0, 277.2, 329.6))
        sides.append(0.12 * chord * pulse * swell)
    return np.asarray(np.stack(sides, axis=1) * 32767, np.int16)


def floats(samples: Samples) -> NDArray[np.float32]:
    """The same as float32 in -1..1."""
    return np.asarray(samples / 32768, np.float32)


def write(path: Path, samples: Samples, rate_hz: int = RATE_HZ, **options: str) -> Path:
    """Encode in the format of the path's extension, in blocks that Ogg survives.

    As 32 bit, which 16 bit formats cut back exactly: libsndfile garbles MP3 written from 16 bit.
    """
    wide = samples.astype(np.int32) << 16
    with soundfile.SoundFile(path, "w", rate_hz, samples.shape[1], **options) as file:
        for start in range(0, len(samples), 8192):
            file.write(wide[start : start + 8192])
    return path


def write_m4a(path: Path, samples: Samples) -> Path:
    """Encode as AAC in MP4."""
    stored = path.with_suffix(".npy")
    np.save(stored, samples)
    subprocess.run([sys.executable, "-c", WRITE_M4A, stored, path], check=True)
    stored.unlink()
    return path


def read_copy(path: Path) -> tuple[NDArray[np.float32], int]:
    """(n, channels) samples of an MP3, or of Opus in MP4 whose end may be missing; their rate."""
    stored = path.with_suffix(".npz")
    subprocess.run([sys.executable, "-c", READ_COPY, path, stored], check=True)
    with np.load(stored) as arrays:
        return arrays["samples"], int(arrays["rate"])


def claim_length(flac: Path, frames: int) -> Path:
    """Rewrite a FLAC's header to claim another number of samples (36 bits of STREAMINFO)."""
    data = bytearray(flac.read_bytes())
    data[21] = data[21] & 0xF0 | frames >> 32
    data[22:26] = (frames & 0xFFFFFFFF).to_bytes(4, "big")
    flac.write_bytes(data)
    return flac


def id3(frames: dict[str, bytes]) -> bytes:
    """An ID3v2.3 tag of raw frames."""
    body = b"".join(
        name.encode() + len(value).to_bytes(4, "big") + b"\0\0" + value
        for name, value in frames.items()
    )
    size = bytes(len(body) >> shift & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\x03\0\0" + size + body


def id3_text(text: str) -> bytes:
    """A text frame's value."""
    return b"\x01" + text.encode("utf-16")
