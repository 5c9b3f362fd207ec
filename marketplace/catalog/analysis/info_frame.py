"""The silent first frame of an MP3 that tells players its length and what to leave out at the ends.

Without it a player sounds the encoder's run-in and padding, so two songs could not meet without a
gap. Layout: "Mp3 Info Tag", revision 1, of the LAME project.
"""

import struct

from marketplace.catalog.analysis.mpeg import FRAME_SAMPLES, MpegError, frame_at

DELAY_SAMPLES = 576  # LAME's own run-in; decoders know theirs
HAS_FRAMES_BYTES_SEEKS_QUALITY = 15
CBR = 1
QUALITY = 100 - 4 * 10 - 3  # as LAME counts: VBR quality 4 (its default, unused), algorithm 3
MONO = 3
MOST_KBIT = 255  # what the field holds; it stands for more, too


def info_frame(first: bytes, audio_bytes: int, frames: int, samples: int) -> bytes:
    """The frame to put before `frames` frames of `audio_bytes` in all that hold `samples`.

    `first` is the header of the first of them, whose rate, mode and protection it shares. Raises
    MpegError if that is none.
    """
    header = bytes((*first[:2], first[2] & ~2, first[3]))  # never a padded frame
    frame = frame_at(header, 0)
    if frame.length < 210:
        raise MpegError(f"a frame of {frame.length} bytes holds no Info tag")
    side = 17 if header[3] >> 6 == MONO else 32
    total = frame.length + audio_bytes
    seeks = bytes(percent * 256 // 100 for percent in range(100))
    lengths = struct.pack(">4sLLL", b"Info", HAS_FRAMES_BYTES_SEEKS_QUALITY, frames, total)
    body = header + bytes(side) + lengths + seeks + struct.pack(">L", QUALITY)
    body += _encoder(frame.bit_rate, total, frames * FRAME_SAMPLES - DELAY_SAMPLES - samples)
    return (body + struct.pack(">H", crc16(body))).ljust(frame.length, b"\0")


def _encoder(bit_rate: int, total_bytes: int, padding: int) -> bytes:
    """Who encoded how, the samples to skip at both ends, the length; no checksum of the music."""
    skipped = (DELAY_SAMPLES << 12 | max(0, padding)).to_bytes(3, "big")
    kbit = min(bit_rate // 1000, MOST_KBIT)
    return struct.pack(">9sBB8xBB3s4xLH", b"LAME3.100", CBR, 0, 0, kbit, skipped, total_bytes, 0)


def crc16(data: bytes) -> int:
    """CRC-16/ARC: polynomial 0x8005, reflected, from zero."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return crc
