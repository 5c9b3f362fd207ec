"""The demo catalogue as a folder of files, as an artist would hand it in.

Invariant: every file is complete when it appears under its name, and `catalogue.json`, which lists
them all, comes last.
"""

import json
import os
from pathlib import Path
from typing import NamedTuple

import numpy as np
import soundfile

from marketplace.demo.compose.catalogue import Composition, catalogue
from marketplace.demo.compose.waves import SAMPLE_RATE_HZ, Signal

SIDECAR = "catalogue.json"
# libsndfile crashes when one call writes a minute of Ogg.
BLOCK_FRAMES = 16_384


class Format(NamedTuple):
    """A file format and how libsndfile is asked for it."""

    extension: str
    container: str
    subtype: str


FORMATS = (
    Format("flac", "FLAC", "PCM_16"),
    Format("mp3", "MP3", "MPEG_LAYER_III"),
    Format("ogg", "OGG", "VORBIS"),
)


def write(folder: Path, seed: int, seconds: float | None = None) -> list[Path]:
    """Write the catalogue's recordings, covers and sidecar into `folder`; give the recordings.

    `seconds` makes shorter pieces.
    """
    folder.mkdir(parents=True, exist_ok=True)
    songs = catalogue(seed)
    paths = [write_song(folder, seed, number, seconds) for number in range(len(songs))]
    entries = [
        _entry(song, path.name, path.with_suffix(".svg").name)
        for song, path in zip(songs, paths, strict=True)
    ]
    text = json.dumps({"tracks": entries}, indent=2, ensure_ascii=False)
    (folder / SIDECAR).write_text(text + "\n", encoding="utf-8")
    return paths


def write_song(folder: Path, seed: int, number: int, seconds: float | None = None) -> Path:
    """Compose the catalogue's song `number` (from 0); write its recording and its cover."""
    song, form = catalogue(seed)[number], FORMATS[number % len(FORMATS)]
    name = f"{number + 1:02d} - {song.artist} - {song.title}"
    path = folder / f"{name}.{form.extension}"
    path.with_suffix(".svg").write_text(song.cover_svg, encoding="utf-8")
    write_recording(song.render(seconds), path, form, song)
    return path


def write_recording(signal: Signal, path: Path, form: Format, composition: Composition) -> None:
    """Encode (n, 2) float32 with title, artist, album and genre inside."""
    unfinished = path.with_name(f".{path.name}.part")
    with soundfile.SoundFile(
        unfinished,
        "w",
        SAMPLE_RATE_HZ,
        signal.shape[1],
        format=form.container,
        subtype=form.subtype,
    ) as file:
        file.title = composition.title
        file.artist = composition.artist
        file.album = composition.album
        file.genre = composition.genre
        for start in range(0, len(signal), BLOCK_FRAMES):
            file.write(np.ascontiguousarray(signal[start : start + BLOCK_FRAMES]))
    os.replace(unfinished, path)


def _entry(composition: Composition, file: str, cover: str) -> dict[str, str | float]:
    return {
        "file": file,
        "cover": cover,
        "title": composition.title,
        "artist": composition.artist,
        "album": composition.album,
        "isrc": composition.isrc,
        "genre": composition.genre,
        "style": composition.style,
        "bpm": composition.bpm,
    }
