"""The confined process: one request as JSON in, one result as files out.

Invariant: the limits stand before the first byte of the recording is read.
"""

import json
import sys
from pathlib import Path
from typing import Any

from marketplace.catalog.analysis.confine import confine
from marketplace.catalog.analysis.result import (
    RENDITION_FILE,
    Analysis,
    AnalysisError,
    Code,
    Limits,
    write_analysis,
    write_refusal,
)


def main(request: dict[str, Any]) -> None:
    """Analyse one recording and write the outcome into the folder asked for."""
    limits = Limits(**request["limits"])
    confine(limits, int(request["parent_pid"]))
    out = Path(request["out"])
    try:
        write_analysis(measure(Path(request["path"]), out, limits, request["name"]), out)
    except AnalysisError as error:
        write_refusal(error, out)
    except MemoryError:
        reason = "This file needs too much memory to decode; export it again as FLAC or WAV."
        write_refusal(AnalysisError(reason, Code.TOO_HEAVY), out)


def measure(path: Path, out: Path, limits: Limits, name: str) -> Analysis:
    """Decode once, feeding meter, rendition and features alike."""
    from marketplace.catalog.analysis.sniff import sniff

    decoder = sniff(path, limits)
    from marketplace.catalog.analysis.decode import open_source

    source = open_source(path, decoder, limits)
    from marketplace.catalog.analysis.listen import listen
    from marketplace.catalog.analysis.tags import read_tags
    from recommender.sound import FEATURES_VERSION

    heard = listen(source, out / RENDITION_FILE, limits)
    return Analysis(
        seconds=heard.meter.seconds,
        sample_rate_hz=source.sample_rate_hz,
        channels=source.channels,
        container=source.container,
        loudness_lufs=heard.meter.loudness_lufs,
        peak_dbfs=heard.meter.peak_dbfs,
        pcm_sha256=heard.meter.pcm_sha256,
        tempo_bpm=heard.tempo_bpm,
        features_version=FEATURES_VERSION,
        waveform=heard.meter.waveform(),
        features=heard.features,
        rendition=heard.rendition,
        tags=read_tags(path, name, out),
    )


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
