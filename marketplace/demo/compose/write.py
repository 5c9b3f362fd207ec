"""The demo catalogue as a folder of files, as an artist would hand it in.

Invariant: every file is complete when it appears under its name, and `catalogue.json`, which lists
them all, comes last.
"""

import json
import os
from pathlib import Path

import numpy as np
import soundfile
import soxr

from marketplace.catalog.analysis.mp3 import encoder, pcm16
from marketplace.demo.compose.catalogue import Composition, catalogue
from marketplace.demo.compose.tagging import flac_with_comments, id3, opus_with_comments
from marketplace.demo.compose.waves import SAMPLE_RATE_HZ, Signal

SIDECAR = "catalogue.json"
# libsndfile crashes when one call writes a minute of Ogg.
BLOCK_FRAMES = 16_384
MP3_BIT_RATE = 192_000
OPUS_RATE_HZ = 48_000  # the only one Opus has


# In turn; Opus is the slowest to encode by far, FLAC the fastest.
FORMATS = ("flac", "mp3", "flac", "opus")


def write(folder: Path, seed: int, seconds: float | None = None) -> list[Path]:
    """Write the catalogue's recordings, covers and sidecar into `folder`; give the recordings.

    `seconds` makes shorter pieces.
    """
    folder.mkdir(parents=True, exist_ok=True)
    songs = catalogue(seed)
    paths = [write_song(folder, song, number, seconds) for number, song in enumerate(songs)]
    entries = [
        _entry(song, path.name, path.with_suffix(".svg").name)
        for song, path in zip(songs, paths, strict=True)
    ]
    text = json.dumps({"tracks": entries}, indent=2, ensure_ascii=False)
    (folder / SIDECAR).write_text(text + "\n", encoding="utf-8")
    return paths


def write_song(folder: Path, song: Composition, number: int, seconds: float | None = None) -> Path:
    """Compose a song, the catalogue's `number` (from 0); write its recording and its cover."""
    name = f"{number + 1:02d} - {song.artist} - {song.title}"
    path = folder / f"{name}.{FORMATS[number % len(FORMATS)]}"
    path.with_suffix(".svg").write_text(song.cover_svg, encoding="utf-8")
    write_recording(song.render(seconds), path, song)
    return path


def write_recording(signal: Signal, path: Path, song: Composition) -> None:
    """Encode (n, 2) float32 as the extension says, with title, artist, place in the album, genre,
    ISRC and tempo inside."""
    unfinished = path.with_name(f".{path.name}.part")
    WRITERS[path.suffix](signal, unfinished, song)
    os.replace(unfinished, path)


def _write_flac(signal: Signal, path: Path, song: Composition) -> None:
    _write(signal, path, song, SAMPLE_RATE_HZ, "FLAC", "PCM_16")
    path.write_bytes(flac_with_comments(path.read_bytes(), _comments(song)))


def _write_opus(signal: Signal, path: Path, song: Composition) -> None:
    signal = soxr.resample(signal, SAMPLE_RATE_HZ, OPUS_RATE_HZ)
    _write(signal, path, song, OPUS_RATE_HZ, "OGG", "OPUS")
    path.write_bytes(opus_with_comments(path.read_bytes(), _comments(song)))


def _comments(song: Composition) -> dict[str, str]:
    number = str(song.track_number)
    return {"ISRC": song.isrc, "BPM": _whole(song.bpm), "TRACKNUMBER": number}


def _whole(bpm: float) -> str:
    """ID3 has room for whole beats a minute only."""
    return str(round(bpm))


def _write_mp3(signal: Signal, path: Path, song: Composition) -> None:
    lame = encoder(SAMPLE_RATE_HZ, signal.shape[1], MP3_BIT_RATE)
    tag = {
        "TIT2": song.title,
        "TPE1": song.artist,
        "TALB": song.album,
        "TRCK": str(song.track_number),
        "TCON": song.genre,
        "TSRC": song.isrc,
        "TBPM": _whole(song.bpm),
    }
    path.write_bytes(id3(tag) + lame.encode(pcm16(signal)) + lame.flush())


def _write(
    signal: Signal, path: Path, song: Composition, rate_hz: int, container: str, subtype: str
) -> None:
    with soundfile.SoundFile(
        path, "w", rate_hz, signal.shape[1], format=container, subtype=subtype
    ) as file:
        file.title = song.title
        file.artist = song.artist
        file.album = song.album
        file.genre = song.genre
        for start in range(0, len(signal), BLOCK_FRAMES):
            file.write(np.ascontiguousarray(signal[start : start + BLOCK_FRAMES]))


WRITERS = {".flac": _write_flac, ".mp3": _write_mp3, ".opus": _write_opus}


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
