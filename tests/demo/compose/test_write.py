"""The catalogue as files: whole, readable, tagged, listed."""

import json
from pathlib import Path

import pytest
import soundfile
from tinytag import TinyTag

from marketplace.demo.compose.catalogue import catalogue
from marketplace.demo.compose.write import SIDECAR, write


def test_the_folder_holds_what_the_sidecar_lists(tmp_path: Path) -> None:
    paths = write(tmp_path / "music", seed=7, seconds=3.0)
    listed = json.loads((tmp_path / "music" / SIDECAR).read_text())["tracks"]
    assert [entry["file"] for entry in listed] == [path.name for path in paths]
    assert {path.suffix for path in paths} == {".flac", ".mp3", ".opus"}
    on_disk = {path.name for path in (tmp_path / "music").iterdir()}
    assert on_disk == {e["file"] for e in listed} | {e["cover"] for e in listed} | {SIDECAR}
    for entry, path, track in zip(listed, paths, catalogue(7), strict=True):
        assert (entry["title"], entry["isrc"]) == (track.title, track.isrc)
        assert soundfile.info(path).duration >= 3.0 - 0.01
        tag = TinyTag.get(path)
        assert (tag.title, tag.artist, tag.album) == (track.title, track.artist, track.album)
        assert (tag.genre, tag.track) == (track.genre, track.track_number)
        assert tag.other["isrc"] == [track.isrc]
        assert float(tag.other["bpm"][0]) == pytest.approx(track.bpm, abs=0.5)
        assert (path.parent / entry["cover"]).read_text() == track.cover_svg
