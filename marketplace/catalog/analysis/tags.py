"""Reading what a recording says about itself.

Invariant: whatever the tags contain, the answer is short, printable text and at most one picture
of a known kind. tinytag is pure Python, and runs in the confined process like all decoding.
"""

import re
from dataclasses import replace
from pathlib import Path

from tinytag import TinyTag, TinyTagException

from marketplace.catalog.analysis.result import Tags
from marketplace.catalog.tempo import declared_bpm

MAX_TEXT = 300
MAX_NUMBER = 9_999
MAX_COVER_BYTES = 8_000_000
PICTURES = {b"\x89PNG": ("image/png", ".png"), b"\xff\xd8\xff": ("image/jpeg", ".jpg")}
ISRC = re.compile(r"[A-Z]{2}[A-Z0-9]{3}\d{7}")
RELEASED = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")
TRACK_NUMBER = re.compile(r"^\d{1,3}(?:[.)]\s*|\s+-\s+|_)\s*")


def read_tags(path: Path, name: str, out: Path) -> Tags:
    """Tags of `path`, completed from its file name; a cover is written into `out`."""
    try:
        with path.open("rb") as file:
            tag = TinyTag.get(file_obj=file, filename=str(path), image=True, duration=False)
    except (TinyTagException, OSError, ValueError, LookupError, ArithmeticError):
        return _named(Tags(), name)
    extra = {key.lower(): value for key, value in tag.other.items()}
    tags = Tags(
        title=_text(tag.title),
        artist=_text(tag.artist),
        album=_text(tag.album),
        isrc=_isrc(extra.get("isrc")),
        genre=_text(tag.genre),
        released=_matched(RELEASED, _text(tag.year)),
        bpm=declared_bpm(_text(_first(extra.get("bpm")))),
        disc_number=_number(tag.disc),
        track_number=_number(tag.track),
    )
    picture = tag.images.any
    return _named(_with_cover(tags, picture.data if picture else b"", out), name)


def _named(tags: Tags, name: str) -> Tags:
    """Fill title and artist from a name such as "03 - Artist - Title.mp3"."""
    if tags.title and tags.artist:
        return tags
    stem = TRACK_NUMBER.sub("", Path(name).stem.replace("_", " ")).strip()
    artist, dash, title = (part.strip() for part in stem.partition(" - "))
    if not dash:
        artist, title = "", stem
    return replace(tags, title=tags.title or _text(title), artist=tags.artist or _text(artist))


def _with_cover(tags: Tags, data: bytes, out: Path) -> Tags:
    for mark, (kind, extension) in PICTURES.items():
        if data.startswith(mark) and len(data) <= MAX_COVER_BYTES:
            cover = out / f"cover{extension}"
            cover.write_bytes(data)
            return replace(tags, cover=cover, cover_type=kind)
    return tags


def _text(value: object) -> str:
    printable = "".join(c if c.isprintable() else " " for c in str(value or ""))
    return " ".join(printable.split())[:MAX_TEXT]


def _number(value: int | None) -> int | None:
    """A place in an album, counted from 1."""
    return value if value and 0 < value <= MAX_NUMBER else None


def _isrc(values: object) -> str:
    return _matched(ISRC, _text(_first(values)).upper().replace("-", ""))


def _first(values: object) -> object:
    return values[0] if isinstance(values, list) and values else values


def _matched(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.match(text)
    return found.group() if found else ""
