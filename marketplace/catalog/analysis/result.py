"""What an analysis is given and what it answers.

Invariant: results cross the process border as JSON and plain arrays, never as pickles, so a
hijacked decoder can lie about one recording but can run nothing in the process that reads it.
"""

import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from marketplace.catalog.analysis.kinds import Kind
from recommender.triplets import LANDMARK, Landmarks

WAVEFORM_POINTS = 200
RESULT_FILE = "analysis.json"
ARRAYS_FILE = "analysis.npz"
PICTURE_FILE = "picture.webp"
NO_PICTURE = "This is no picture we can read; send a JPEG, PNG or WebP."
ARRAYS = ("waveform", "features", "landmarks")


class Code(StrEnum):
    """Why a file was refused; every one but INTERNAL is the file's own fault."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    TEXT = "text"
    PLAYLIST = "playlist"
    NO_AUDIO = "no_audio"
    UNSUPPORTED = "unsupported"
    DAMAGED = "damaged"
    SILENT = "silent"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    TOO_HEAVY = "too_heavy"
    INTERNAL = "internal"


class AnalysisError(Exception):
    """A recording that cannot be published, with one sentence for the person who sent it."""

    def __init__(self, reason: str, code: Code, detail: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.code = code
        self.detail = detail


@dataclass(frozen=True)
class Limits:
    """Bounds of one analysis; the defaults let a 20 minute recording through on a slow core."""

    min_seconds: float = 5.0
    max_seconds: float = 20 * 60.0
    max_bytes: int = 600_000_000
    cpu_seconds: int = 300
    wall_seconds: float = 600.0
    memory_bytes: int = 3 * 1024**3
    written_bytes: int = 64_000_000


@dataclass(frozen=True)
class Tags:
    """What the file says about itself, trimmed; empty where it says nothing, or nothing sound."""

    title: str = ""
    artist: str = ""
    album: str = ""
    isrc: str = ""
    genre: str = ""
    released: str = ""
    bpm: float | None = None
    disc_number: int | None = None
    track_number: int | None = None
    cover: Path | None = None
    cover_type: str = ""


@dataclass(frozen=True)
class Rendition:
    """One streaming copy.

    `second_ends[k]` bytes from the file's beginning sound for k + 1 seconds, the last of them for
    the whole recording.
    """

    kind: Kind
    path: Path
    total_bytes: int
    second_ends: tuple[int, ...]


@dataclass(frozen=True)
class Analysis:
    """One recording, measured.

    `waveform` is (200,) float32 in 0..1, loudest point 1; `features` is (d,) float32 as
    version `features_version` of `recommender.features` defines it; `landmarks` are those of
    `recommender.fingerprints.FINGERPRINT_VERSION`; `loudness_lufs` is integrated
    loudness (ITU-R BS.1770-4), `gain_db` what brings streaming copies near the house's;
    `pcm_sha256` is equal for copies that differ in tags, container or lossless codec only.
    """

    seconds: float
    sample_rate_hz: int
    channels: int
    container: str
    loudness_lufs: float
    peak_dbfs: float
    pcm_sha256: str
    tempo_bpm: float
    gain_db: float
    features_version: int
    waveform: NDArray[np.float32]
    features: NDArray[np.float32]
    landmarks: Landmarks
    rendition: Rendition
    tags: Tags


def write_analysis(analysis: Analysis, out: Path) -> None:
    """Store the analysis in `out`; paths are stored as bare names."""
    record = asdict(analysis)
    np.savez(out / ARRAYS_FILE, **{name: record.pop(name) for name in ARRAYS})
    record["rendition"] = _rendition_record(analysis.rendition)
    record["tags"]["cover"] = analysis.tags.cover.name if analysis.tags.cover else None
    (out / RESULT_FILE).write_text(json.dumps({"analysis": record}), encoding="utf-8")


def write_rendition(rendition: Rendition, out: Path) -> None:
    """Store a streaming copy's description in `out`."""
    record = {"rendition": _rendition_record(rendition)}
    (out / RESULT_FILE).write_text(json.dumps(record), encoding="utf-8")


def write_landmarks(landmarks: Landmarks, out: Path) -> None:
    """Store a recording's landmarks alone in `out`."""
    np.savez(out / ARRAYS_FILE, landmarks=landmarks)
    (out / RESULT_FILE).write_text("{}", encoding="utf-8")


def write_picture(webp: bytes, out: Path) -> None:
    """Store a picture made anew in `out`."""
    (out / PICTURE_FILE).write_bytes(webp)
    (out / RESULT_FILE).write_text("{}", encoding="utf-8")


def write_refusal(error: AnalysisError, out: Path) -> None:
    """Store why the recording was refused."""
    refusal = {"reason": error.reason, "code": error.code.value, "detail": error.detail}
    (out / RESULT_FILE).write_text(json.dumps({"refusal": refusal}), encoding="utf-8")


def read_result(out: Path) -> Analysis:
    """Read what a child wrote into `out`.

    Raises AnalysisError if it was a refusal; OSError, ValueError, KeyError or TypeError if it is
    no result at all.
    """
    record: dict[str, Any] = _stored(out)["analysis"]
    tags = record.pop("tags")
    cover = tags.pop("cover")
    rendition = _rendition(record.pop("rendition"), out)
    with np.load(out / ARRAYS_FILE, allow_pickle=False) as arrays:
        return Analysis(
            **record,
            waveform=arrays["waveform"].astype(np.float32),
            features=arrays["features"].astype(np.float32),
            landmarks=_landmarks(arrays["landmarks"]),
            rendition=rendition,
            tags=Tags(**tags, cover=_own_file(out, cover) if cover else None),
        )


def read_rendition(out: Path) -> Rendition:
    """As `read_result`, of a streaming copy alone."""
    return _rendition(_stored(out)["rendition"], out)


def read_landmarks(out: Path) -> Landmarks:
    """As `read_result`, of landmarks alone."""
    _stored(out)
    with np.load(out / ARRAYS_FILE, allow_pickle=False) as arrays:
        return _landmarks(arrays["landmarks"])


def read_picture(out: Path) -> bytes:
    """As `read_result`, of a picture alone."""
    _stored(out)
    webp = _own_file(out, PICTURE_FILE).read_bytes()
    if webp[:4] + webp[8:12] != b"RIFFWEBP":
        raise ValueError("a picture that is none")
    return webp


def _landmarks(array: NDArray[Any]) -> Landmarks:
    """As their index needs them: whoever wrote them may have lied."""
    if (
        array.dtype != LANDMARK
        or array.ndim != 1
        or (np.diff(array["frame"].astype(int)) < 0).any()
    ):
        raise ValueError("landmarks that are none")
    return array


def _stored(out: Path) -> dict[str, Any]:
    stored: dict[str, Any] = json.loads((out / RESULT_FILE).read_text(encoding="utf-8"))
    if refusal := stored.get("refusal"):
        code = Code(refusal["code"])
        raise AnalysisError(str(refusal["reason"]), code, str(refusal["detail"]))
    return stored


def _rendition_record(rendition: Rendition) -> dict[str, Any]:
    return asdict(rendition) | {"path": rendition.path.name}


def _rendition(record: dict[str, Any], out: Path) -> Rendition:
    path, ends = _own_file(out, record["path"]), tuple(int(end) for end in record["second_ends"])
    total = path.stat().st_size
    rising = all(a <= b for a, b in pairwise((0, *ends)))
    if not ends or not rising or ends[-1] > total or record["total_bytes"] != total:
        raise ValueError("a rendition that contradicts itself")
    return Rendition(Kind(record["kind"]), path, total, ends)


def _own_file(out: Path, name: str) -> Path:
    """A plain file of the child's; a link could publish any file the reader may read."""
    file = out / Path(name).name
    if file.is_symlink() or not file.is_file():
        raise ValueError(f"not a file the analysis wrote: {name}")
    return file
