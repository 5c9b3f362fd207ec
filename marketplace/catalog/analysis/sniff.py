"""Telling what a file is from its content; its name is never trusted."""

from enum import StrEnum
from pathlib import Path

from marketplace.catalog.analysis.result import AnalysisError, Code, Limits

HEAD_BYTES = 4096
PLAYLIST_MARKS = ("#extm3u", "[playlist]", "<asx", "<smil", 'xmlns="http://xspf.org', "<?wpl")
PLAYLIST_LINES = (".mp3", ".flac", ".ogg", ".opus", ".wav", ".m4a", ".aif", ".aiff")
OTHER_KINDS = {
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"%PDF": "a document",
    b"PK\x03\x04": "an archive",
    b"Rar!": "an archive",
    b"\x1f\x8b": "an archive",
    b"7z\xbc\xaf": "an archive",
    b"\x7fELF": "a program",
    b"MZ": "a program",
    b"SQLite": "a database",
}


class Decoder(StrEnum):
    """Who decodes a file."""

    SOUNDFILE = "soundfile"
    AV = "av"


def sniff(path: Path, limits: Limits) -> Decoder:
    """Choose the decoder by the first bytes. Raises AnalysisError for what is no recording."""
    size = path.stat().st_size
    if size == 0:
        raise AnalysisError(
            "This file is empty; choose the recording and send it again.", Code.EMPTY
        )
    if size > limits.max_bytes:
        reason = f"This file is larger than {limits.max_bytes // 1_000_000} MB; send it as FLAC."
        raise AnalysisError(reason, Code.TOO_LARGE)
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    _refuse_text(head)
    for mark, kind in OTHER_KINDS.items():
        if head.startswith(mark):
            raise AnalysisError(f"This file is {kind}, not a recording.", Code.NO_AUDIO)
    return Decoder.AV if head[4:8] == b"ftyp" else Decoder.SOUNDFILE


def looks_like_audio(path: Path) -> bool:
    """True if the file begins as a known kind of recording does (so failing to decode it means
    that it is damaged)."""
    with path.open("rb") as file:
        head = file.read(12)
    known = (b"ID3", b"fLaC", b"OggS", b"RIFF", b"RF64", b"FORM")
    mpeg = len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0
    return head.startswith(known) or mpeg or head[4:8] == b"ftyp"


def _refuse_text(head: bytes) -> None:
    text = _as_text(head)
    if text is None:
        return
    lowered = text.lower()
    lines = [line.strip() for line in lowered.splitlines() if line.strip()]
    listed = sum(line.endswith(PLAYLIST_LINES) for line in lines)
    if any(mark in lowered for mark in PLAYLIST_MARKS) or (lines and listed * 2 > len(lines)):
        reason = "This file is a playlist, a list of recordings; send the recordings themselves."
        raise AnalysisError(reason, Code.PLAYLIST)
    raise AnalysisError("This file is text, not a recording, whatever its name says.", Code.TEXT)


def _as_text(head: bytes) -> str | None:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) and len(head) % 2 == 0 and b"\0" in head:
        return head.decode("utf-16", "replace")
    if b"\0" in head:
        return None
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 4:
            return None
        text = head[: error.start].decode("utf-8")
    controls = sum(ord(letter) < 32 and letter not in "\t\r\n\f" for letter in text)
    return text if controls * 50 <= len(text) else None
