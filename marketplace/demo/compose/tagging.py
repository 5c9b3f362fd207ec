"""What libsndfile does not write: the tag of an MP3, and further comments in a FLAC or an Opus.

Layouts: ID3v2.3.0 (id3.org), RFC 9639 section 8 (FLAC), RFC 3533 section 6 (Ogg pages), RFC 7845
section 5.2 (Opus), and the Vorbis comment specification.
"""

import struct

VORBIS_COMMENT = 4
BLOCK_HEADER = 4
PAGE_HEADER = 27
CHECKSUM_AT = 22
OGG_POLYNOMIAL = 0x04C11DB7


def id3(frames: dict[str, str]) -> bytes:
    """The ID3 tag to put before an MP3, with text frames by their names, such as "TSRC"."""
    body = b"".join(_id3_frame(name, text) for name, text in frames.items())
    size = bytes(len(body) >> shift & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\3\0\0" + size + body


def _id3_frame(name: str, text: str) -> bytes:
    value = b"\1" + text.encode("utf-16")
    return struct.pack(">4sLH", name.encode("ascii"), len(value), 0) + value


def flac_with_comments(flac: bytes, comments: dict[str, str]) -> bytes:
    """A FLAC with more comments. Raises ValueError if it has no block of them."""
    at = len(b"fLaC")
    while True:
        kind, length = flac[at] & 0x7F, int.from_bytes(flac[at + 1 : at + BLOCK_HEADER], "big")
        end = at + BLOCK_HEADER + length
        if kind == VORBIS_COMMENT:
            block = _with(comments, flac[at + BLOCK_HEADER : end])
            head = flac[at : at + 1] + len(block).to_bytes(3, "big")
            return flac[:at] + head + block + flac[end:]
        if flac[at] & 0x80:
            raise ValueError("this FLAC has no block of comments")
        at = end


def opus_with_comments(opus: bytes, comments: dict[str, str]) -> bytes:
    """An Ogg Opus with more comments, which fill its second page.

    Raises:
        ValueError: the second page holds anything else, or they are too long for one page
    """
    at = _page_end(opus, 0)
    end, body = _page_end(opus, at), at + PAGE_HEADER + opus[at + PAGE_HEADER - 1]
    if not opus[body:end].startswith(b"OpusTags") or opus[end + 5] & 1:
        raise ValueError("the comments of this Opus do not stand on a page of their own")
    packet = b"OpusTags" + _with(comments, opus[body + len(b"OpusTags") : end])
    lacing = bytes([255] * (len(packet) // 255) + [len(packet) % 255])
    if len(lacing) > 255:
        raise ValueError("these comments are too long for one page")
    head = opus[at : at + CHECKSUM_AT] + bytes(4) + bytes([len(lacing)])
    page = bytearray(head + lacing + packet)
    struct.pack_into("<L", page, CHECKSUM_AT, _ogg_checksum(bytes(page)))
    return opus[:at] + bytes(page) + opus[end:]


def _page_end(ogg: bytes, at: int) -> int:
    segments = ogg[at + PAGE_HEADER : at + PAGE_HEADER + ogg[at + PAGE_HEADER - 1]]
    return at + PAGE_HEADER + len(segments) + sum(segments)


def _ogg_checksum(page: bytes) -> int:
    """CRC-32 from zero, neither reflected nor inverted, as Ogg has it and zlib has not."""
    checksum = 0
    for byte in page:
        checksum ^= byte << 24
        for _ in range(8):
            carried = checksum & 0x80000000
            checksum = checksum << 1 & 0xFFFFFFFF ^ (OGG_POLYNOMIAL if carried else 0)
    return checksum


def _with(comments: dict[str, str], block: bytes) -> bytes:
    """Before those already there: behind them, an Opus is padded."""
    (vendor,) = struct.unpack_from("<L", block)
    at = 4 + vendor
    (count,) = struct.unpack_from("<L", block, at)
    lines = [f"{name}={text}".encode() for name, text in comments.items()]
    more = b"".join(struct.pack("<L", len(line)) + line for line in lines)
    return block[:at] + struct.pack("<L", count + len(lines)) + more + block[at + 4 :]
