"""One pass over a recording: every block goes to the meter and the features."""

from dataclasses import dataclass

import numpy as np
import soxr
from numpy.typing import NDArray

from marketplace.catalog.analysis.decode import Source, damaged
from marketplace.catalog.analysis.measure import Meter
from marketplace.catalog.analysis.result import AnalysisError, Code, Limits
from recommender.errors import AudioError
from recommender.features import SAMPLE_RATE_HZ, describe
from recommender.landmarks import landmarks
from recommender.triplets import Landmarks


@dataclass(frozen=True)
class Heard:
    """What one pass leaves behind."""

    meter: Meter
    features: NDArray[np.float32]
    tempo_bpm: float
    landmarks: Landmarks


def listen(source: Source, limits: Limits) -> Heard:
    """Stream `source` once. Raises AnalysisError if it is damaged, silent, too short or long."""
    meter = Meter(source.sample_rate_hz, min(source.channels, 2))
    narrow = soxr.ResampleStream(source.sample_rate_hz, SAMPLE_RATE_HZ, 1, quality="MQ")
    heard: list[NDArray[np.float32]] = []
    for block in source.blocks:
        mono = block.mean(axis=1)
        meter.add(block, mono)
        heard.append(narrow.resample_chunk(mono))
    heard.append(narrow.resample_chunk(np.empty(0, np.float32), last=True))
    _refuse_unplayable(meter, limits)
    try:
        signal = np.concatenate(heard)
        sound = describe(signal, SAMPLE_RATE_HZ)
    except AudioError as error:
        raise damaged(str(error)) from error
    return Heard(meter, sound.vector, sound.tempo_bpm, landmarks(signal))


def _refuse_unplayable(meter: Meter, limits: Limits) -> None:
    if meter.seconds < limits.min_seconds:
        reason = f"This recording is shorter than {limits.min_seconds:g} seconds."
        raise AnalysisError(reason, Code.TOO_SHORT)
    if meter.is_silent:
        reason = "This recording is silent from beginning to end; check the export."
        raise AnalysisError(reason, Code.SILENT)
