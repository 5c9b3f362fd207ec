"""What libsndfile does not write: the tag of an MP3, and the recording's ISRC in a FLAC.

Layouts: ID3v2.3.0 (id3.org), RFC 9639 section 8 (FLAC), and the Vorbis comment specification.
"""

import struct

VORBIS_COMMENT = 4
BLOCK_HEADER = 4


def id3(frames: dict[str, str]) -> bytes:
    """The ID3 tag to put before an MP3, with text frames by their names, such as "TSRC"."""
    body = b"".join(_id3_frame(name, text) for name, text in frames.items())
    size = bytes(len(body) >> shift & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\3\0\0" + size + body


def _id3_frame(name: str, text: str) -> bytes:
    value = b"\1" + text.encode("utf-16")
    return struct.pack(">4sLH", name.encode("ascii"), len(value), 0) + value


def with_comment(flac: bytes, name: str, text: str) -> bytes:
    """A FLAC file with one comment more. Raises ValueError if it has no block of comments."""
    at = len(b"fLaC")
    while True:
        kind, length = flac[at] & 0x7F, int.from_bytes(flac[at + 1 : at + BLOCK_HEADER], "big")
        end = at + BLOCK_HEADER + length
        if kind == VORBIS_COMMENT:
            block = _appended(flac[at + BLOCK_HEADER : end], f"{name}={text}".encode())
            head = flac[at : at + 1] + len(block).to_bytes(3, "big")
            return flac[:at] + head + block + flac[end:]
        if flac[at] & 0x80:
            raise ValueError("this FLAC has no block of comments")
        at = end


def _appended(block: bytes, comment: bytes) -> bytes:
    (vendor,) = struct.unpack_from("<L", block)
    at = 4 + vendor
    (count,) = struct.unpack_from("<L", block, at)
    rest = block[at + 4 :] + struct.pack("<L", len(comment)) + comment
    return block[:at] + struct.pack("<L", count + 1) + rest
