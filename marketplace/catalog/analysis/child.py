"""The confined process: one request as JSON in, one result as files out.

Invariant: the limits stand before the first byte of the recording is read.
"""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from marketplace.catalog.analysis.confine import confine
from marketplace.catalog.analysis.kinds import Kind
from marketplace.catalog.analysis.result import (
    Analysis,
    AnalysisError,
    Code,
    Limits,
    Rendition,
    write_analysis,
    write_landmarks,
    write_picture,
    write_refusal,
    write_rendition,
)

if TYPE_CHECKING:
    from marketplace.catalog.analysis.decode import Source
    from marketplace.catalog.analysis.listen import Heard


def main(request: dict[str, Any]) -> None:
    """Analyse one recording, copy it, or square a picture; the outcome goes into the folder asked
    for.
    """
    limits = Limits(**request["limits"])
    confine(limits, int(request["parent_pid"]))
    path, out = Path(request["path"]), Path(request["out"])
    try:
        if "kind" in request:
            kind, gain = Kind(request["kind"]), float(request["gain_db"])
            write_rendition(copy(path, out, limits, kind, gain), out)
        elif request.get("picture"):
            write_picture(squared(path), out)
        elif request.get("alone"):
            write_landmarks(heard(path, limits).landmarks, out)
        else:
            write_analysis(measure(path, out, limits, request["name"]), out)
    except AnalysisError as error:
        write_refusal(error, out)
    except MemoryError:
        reason = "This file needs too much memory to decode; export it again as FLAC or WAV."
        write_refusal(AnalysisError(reason, Code.TOO_HEAVY), out)


def measure(path: Path, out: Path, limits: Limits, name: str) -> Analysis:
    """Decode for meter and features, and again for the copy at the loudness that is known then."""
    source = opened(path, limits)
    from marketplace.catalog.analysis.listen import listen
    from marketplace.catalog.analysis.render import gain_db
    from marketplace.catalog.analysis.tags import read_tags
    from recommender.sound import FEATURES_VERSION

    heard = listen(source, limits)
    gain = gain_db(heard.meter.loudness_lufs, heard.meter.peak_dbfs)
    return Analysis(
        seconds=heard.meter.seconds,
        sample_rate_hz=source.sample_rate_hz,
        channels=source.channels,
        container=source.container,
        loudness_lufs=heard.meter.loudness_lufs,
        peak_dbfs=heard.meter.peak_dbfs,
        pcm_sha256=heard.meter.pcm_sha256,
        tempo_bpm=heard.tempo_bpm,
        gain_db=gain,
        features_version=FEATURES_VERSION,
        waveform=heard.meter.waveform(),
        features=heard.features,
        landmarks=heard.landmarks,
        rendition=copy(path, out, limits, Kind.MP3_128, gain),
        tags=read_tags(path, name, out),
    )


def squared(path: Path) -> bytes:
    from marketplace.catalog.analysis.picture import squared

    return squared(path)


def heard(path: Path, limits: Limits) -> "Heard":
    """Decode for what is heard, and make no copy."""
    source = opened(path, limits)
    from marketplace.catalog.analysis.listen import listen

    return listen(source, limits)


def copy(path: Path, out: Path, limits: Limits, kind: Kind, gain: float) -> Rendition:
    """Decode and write one streaming copy."""
    source = opened(path, limits)
    from marketplace.catalog.analysis.render import render

    return render(source, kind, gain, out)


def opened(path: Path, limits: Limits) -> "Source":
    """The recording from its beginning; what is none is refused before a decoder is loaded."""
    from marketplace.catalog.analysis.sniff import sniff

    decoder = sniff(path, limits)
    from marketplace.catalog.analysis.decode import open_source

    return open_source(path, decoder, limits)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
