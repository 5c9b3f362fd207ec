"""Tags: read, trimmed, and completed from the file's name."""

from pathlib import Path

import pytest

from marketplace.catalog.analysis.result import Tags
from marketplace.catalog.analysis.tags import read_tags
from tests.catalog.analysis import recordings

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(200)


def tagged(tmp_path: Path, frames: dict[str, bytes], name: str = "song.mp3") -> Tags:
    path = recordings.write(tmp_path / "upload.mp3", recordings.music(2.0))
    path.write_bytes(recordings.id3(frames) + path.read_bytes())
    return read_tags(path, name, tmp_path)


def test_everything_a_release_needs_is_read(tmp_path: Path) -> None:
    text = recordings.id3_text
    tags = tagged(
        tmp_path,
        {
            "TIT2": text("Hazel and Twine"),
            "TPE1": text("Tamsin Quellby"),
            "TALB": text("The Orchard Ledger"),
            "TCON": text("Folk"),
            "TSRC": text("zz-rfn-26-00004"),
            "TYER": text("2026"),
            "TBPM": text("92.5"),
            "TRCK": text("3/12"),
            "TPOS": text("2/2"),
            "APIC": b"\0image/png\0\x03\0" + PICTURE,
        },
    )
    assert (tags.title, tags.artist, tags.album) == (
        "Hazel and Twine",
        "Tamsin Quellby",
        "The Orchard Ledger",
    )
    assert (tags.genre, tags.isrc, tags.released) == ("Folk", "ZZRFN2600004", "2026")
    assert tags.bpm == 92.5
    assert (tags.disc_number, tags.track_number) == (2, 3)
    assert tags.cover == tmp_path / "cover.png"
    assert tags.cover_type == "image/png"
    assert tags.cover.read_bytes() == PICTURE


@pytest.mark.parametrize(
    ("name", "artist", "title"),
    [
        ("Kettle Weather - Biscuit Tin Radio.mp3", "Kettle Weather", "Biscuit Tin Radio"),
        ("03 - Kettle Weather - Biscuit Tin.mp3", "Kettle Weather", "Biscuit Tin"),
        ("07. Night_Bakery.flac", "", "Night Bakery"),
        ("99 Lamps.ogg", "", "99 Lamps"),
    ],
)
def test_a_file_without_tags_is_known_by_its_name(
    tmp_path: Path, name: str, artist: str, title: str
) -> None:
    path = recordings.write(tmp_path / "upload.wav", recordings.music(1.0))
    tags = read_tags(path, name, tmp_path)
    assert (tags.artist, tags.title) == (artist, title)


def test_hostile_tags_come_out_short_and_printable(tmp_path: Path) -> None:
    wild = recordings.id3_text("A\x07\nB" + "x" * 5000)
    script = b"\0image/svg+xml\0\x03\0<svg onload='x()'/>"
    tags = tagged(
        tmp_path, {"TIT2": wild, "TSRC": wild, "TYER": wild, "TBPM": wild, "APIC": script}
    )
    assert tags.title.startswith("A B")
    assert len(tags.title) == 300
    assert tags.title.isprintable()
    assert (tags.isrc, tags.released, tags.bpm, tags.cover) == ("", "", None, None)
    assert not list(tmp_path.glob("cover*"))


def test_garbage_falls_back_to_the_name(tmp_path: Path) -> None:
    path = tmp_path / "upload"
    path.write_bytes(b"ID3\x03\0\0\x7f\x7f\x7f\x7fTIT2" + bytes(50))
    assert read_tags(path, "A - B.mp3", tmp_path) == Tags(artist="A", title="B")
