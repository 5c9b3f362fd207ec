"""Decoding a recording block by block, into mono or stereo floats.

Invariant: at most one block is held, and decoding stops at `max_seconds` whatever the header
claims.
"""

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import soundfile
from numpy.typing import NDArray

from marketplace.catalog.analysis.result import AnalysisError, Code, Limits
from marketplace.catalog.analysis.sniff import Decoder, looks_like_audio

if TYPE_CHECKING:
    from marketplace.catalog.analysis.decode_av import Header

Block = NDArray[np.float32]

BLOCK_FRAMES = 65_536
MAX_CHANNELS = 8
SAMPLE_RATES_HZ = (8_000, 192_000)
CONTAINERS = {
    "WAV": "wav",
    "WAVEX": "wav",
    "RF64": "wav",
    "AIFF": "aiff",
    "FLAC": "flac",
    "OGG": "ogg",
    "MP3": "mp3",
}


@dataclass(frozen=True)
class Source:
    """An opened recording: `blocks` yields (n, 1 or 2) float32 arrays."""

    container: str
    sample_rate_hz: int
    channels: int
    blocks: Iterator[Block]


def open_source(path: Path, decoder: Decoder, limits: Limits) -> Source:
    """Open `path`. Raises AnalysisError; `blocks` may raise it too while it is read."""
    source = _open_av(path, limits) if decoder is Decoder.AV else _open_soundfile(path, limits)
    low, high = SAMPLE_RATES_HZ
    if not low <= source.sample_rate_hz <= high or not 1 <= source.channels <= MAX_CHANNELS:
        reason = (
            f"This file has {source.channels} channels at {source.sample_rate_hz} Hz; "
            "send mono or stereo at 44,100 or 48,000 Hz."
        )
        raise AnalysisError(reason, Code.UNSUPPORTED)
    return source


def damaged(detail: str) -> AnalysisError:
    """The refusal of a file that begins like a recording and cannot be decoded."""
    reason = "This file is damaged and cannot be decoded; export it again and send the new copy."
    return AnalysisError(reason, Code.DAMAGED, detail)


def too_long(limits: Limits) -> AnalysisError:
    """The refusal of a recording beyond the longest allowed."""
    minutes = f"{limits.max_seconds / 60:g}"
    reason = f"This recording is longer than {minutes} minutes; send it in parts."
    return AnalysisError(reason, Code.TOO_LONG)


def _open_soundfile(path: Path, limits: Limits) -> Source:
    # By descriptor: given a name, soundfile would let its extension decide.
    try:
        sound = soundfile.SoundFile(os.open(path, os.O_RDONLY), closefd=True)
    except soundfile.LibsndfileError as error:
        if looks_like_audio(path):
            raise damaged(str(error)) from error
        reason = "There is no audio in this file; send mp3, flac, ogg, opus, wav, aiff or m4a."
        raise AnalysisError(reason, Code.NO_AUDIO, str(error)) from error
    if _is_cut_short(path):
        raise damaged("the header promises more bytes than there are")
    if sound.format not in CONTAINERS:
        reason = f"{sound.format_info} is not read here; send mp3, flac, ogg, wav, aiff or m4a."
        raise AnalysisError(reason, Code.UNSUPPORTED)
    if sound.frames > limits.max_seconds * sound.samplerate:
        raise too_long(limits)
    blocks = bounded(_soundfile_blocks(sound), sound.samplerate, limits)
    return Source(CONTAINERS[sound.format], sound.samplerate, sound.channels, blocks)


def _soundfile_blocks(sound: soundfile.SoundFile) -> Iterator[Block]:
    read = 0
    try:
        while len(block := sound.read(BLOCK_FRAMES, dtype="float32", always_2d=True)):
            read += len(block)
            yield block
    except soundfile.LibsndfileError as error:
        raise damaged(str(error)) from error
    refuse_missing(read / sound.samplerate, sound.frames / sound.samplerate)


def refuse_missing(seconds: float, promised_seconds: float) -> None:
    """Raise AnalysisError if much less was decoded than the header promised."""
    missing = promised_seconds - seconds
    if missing > max(1.0, 0.02 * promised_seconds):
        raise damaged(f"{missing:.1f} s are missing at the end")


def _is_cut_short(path: Path) -> bool:
    """True for a wav or aiff whose outer chunk is longer than the file (libsndfile reads what is
    there and says nothing); lengths of 0 and 0xFFFFFFFF were left open by a stream."""
    with path.open("rb") as file:
        head = file.read(8)
    orders = {b"RIFF": "<I", b"FORM": ">I"}
    if head[:4] not in orders:
        return False
    (promised,) = struct.unpack(orders[head[:4]], head[4:])
    return bool(promised != 0xFFFFFFFF and promised > path.stat().st_size)


def _open_av(path: Path, limits: Limits) -> Source:
    # Only here: the wheel of `av` bundles GPL codecs, so no other process may load it.
    from marketplace.catalog.analysis.decode_av import open_av

    header, blocks = open_av(path)
    if header.seconds is not None and header.seconds > limits.max_seconds:
        raise too_long(limits)
    rate = header.sample_rate_hz
    return Source("m4a", rate, header.channels, bounded(_promised(blocks, header), rate, limits))


def _promised(blocks: Iterator[Block], header: "Header") -> Iterator[Block]:
    read = 0
    for block in blocks:
        read += len(block)
        yield block
    refuse_missing(read / header.sample_rate_hz, header.seconds or 0.0)


def bounded(blocks: Iterator[Block], sample_rate_hz: int, limits: Limits) -> Iterator[Block]:
    """Pass blocks on as mono or stereo; stop at the longest duration allowed.

    Raises AnalysisError if there is more than that, or if a sample is not a number.
    """
    left = int(limits.max_seconds * sample_rate_hz)
    for block in blocks:
        left -= len(block)
        if left < 0:
            raise too_long(limits)
        if not np.isfinite(block).all():
            raise damaged("samples that are not numbers")
        yield np.clip(_at_most_stereo(block), -1.0, 1.0)


def _at_most_stereo(block: Block) -> Block:
    """Fold the channels after the second into both sides at half their level."""
    if block.shape[1] <= 2:
        return block
    rest = block[:, 2:].mean(axis=1, keepdims=True) * np.float32(0.5)
    return np.ascontiguousarray(block[:, :2] + rest)
