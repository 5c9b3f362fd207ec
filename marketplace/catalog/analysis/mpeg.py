"""Reading the frame headers of MPEG-1 Layer III (ISO/IEC 11172-3, 2.4.2.3)."""

from dataclasses import dataclass

KBITS = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
RATES_HZ = (44_100, 48_000, 32_000)
FRAME_SAMPLES = 1152


class MpegError(Exception):
    """Bytes that are no MPEG-1 Layer III frame."""


@dataclass(frozen=True)
class Frame:
    """One frame: where it begins, its length in bytes, its bit rate and sample rate."""

    offset: int
    length: int
    bit_rate: int
    sample_rate_hz: int


def frame_at(data: bytes, offset: int) -> Frame:
    """Read the frame header at `offset`. Raises MpegError if there is none."""
    head = data[offset : offset + 4]
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xFE != 0xFA:
        raise MpegError(f"no MPEG-1 Layer III frame at byte {offset}")
    kbits, rate, padding = head[2] >> 4, head[2] >> 2 & 3, head[2] >> 1 & 1
    if not 0 < kbits < len(KBITS) or rate == len(RATES_HZ):
        raise MpegError(f"reserved bit rate or sample rate at byte {offset}")
    bit_rate, rate_hz = KBITS[kbits] * 1000, RATES_HZ[rate]
    length = FRAME_SAMPLES // 8 * bit_rate // rate_hz + padding
    return Frame(offset, length, bit_rate, rate_hz)


def header_length(data: bytes) -> int:
    """Bytes before the first audible frame: an ID3v2 tag and the Xing/Info frame, if any."""
    start = _id3_length(data)
    first = frame_at(data, start)
    body = data[start : start + first.length]
    return start + first.length if b"Xing" in body[:64] or b"Info" in body[:64] else start


def _id3_length(data: bytes) -> int:
    if not data.startswith(b"ID3"):
        return 0
    size = 0
    for byte in data[6:10]:
        size = size << 7 | byte & 0x7F
    return size + 10
