"""Decoding: every format, nothing beyond the limits, no sample that is not a number."""

import itertools
from pathlib import Path

import numpy as np
import pytest
import soundfile

from marketplace.catalog.analysis.decode import Block, bounded, open_source
from marketplace.catalog.analysis.result import AnalysisError, Code, Limits
from marketplace.catalog.analysis.sniff import Decoder
from tests.catalog.analysis import recordings


def decoded(path: Path, limits: Limits | None = None) -> Block:
    source = open_source(path, Decoder.SOUNDFILE, limits or Limits())
    return np.concatenate(list(source.blocks))


def code_of(path: Path, limits: Limits | None = None) -> Code:
    with pytest.raises(AnalysisError) as caught:
        decoded(path, limits)
    return caught.value.code


@pytest.mark.parametrize("name", ["a.wav", "a.aiff", "a.flac", "a.ogg", "a.mp3"])
def test_each_format_gives_back_the_signal(tmp_path: Path, name: str) -> None:
    samples = recordings.music(6.0)
    signal = decoded(recordings.write(tmp_path / name, samples))
    assert len(signal) == pytest.approx(len(samples), abs=2500)
    wanted = samples[: len(signal)].astype(np.float32) / 32768
    error = np.sqrt(np.mean((signal[: len(wanted)] - wanted) ** 2))
    assert error < 0.15 * np.sqrt(np.mean(wanted**2))


def test_opus_is_read_at_its_own_rate(tmp_path: Path) -> None:
    samples = recordings.music(6.0, rate_hz=48_000)
    path = recordings.write(tmp_path / "a", samples, 48_000, format="OGG", subtype="OPUS")
    source = open_source(path, Decoder.SOUNDFILE, Limits())
    assert (source.container, source.sample_rate_hz, source.channels) == ("ogg", 48_000, 2)
    assert sum(len(block) for block in source.blocks) == pytest.approx(6 * 48_000, abs=1000)


def test_decoding_stops_at_the_limit_whatever_the_header_claimed() -> None:
    endless = itertools.repeat(np.zeros((44_100, 2), np.float32))
    blocks = bounded(endless, 44_100, Limits(max_seconds=10.0))
    assert len(list(itertools.islice(blocks, 10))) == 10
    with pytest.raises(AnalysisError) as caught:
        next(blocks)
    assert caught.value.code == Code.TOO_LONG


def test_a_header_beyond_the_limit_is_believed(tmp_path: Path) -> None:
    path = recordings.write(tmp_path / "a.wav", recordings.music(12.0))
    assert code_of(path, Limits(max_seconds=10.0)) == Code.TOO_LONG


@pytest.mark.parametrize("name", ["a.wav", "a.aiff", "a.flac", "a.mp3"])
def test_a_file_cut_in_the_middle_is_damaged(tmp_path: Path, name: str) -> None:
    path = recordings.write(tmp_path / name, recordings.music(12.0))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert code_of(path) == Code.DAMAGED


def test_a_flac_with_scrambled_frames_is_damaged(tmp_path: Path) -> None:
    path = recordings.write(tmp_path / "a.flac", recordings.music(6.0))
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 3000] = bytes(range(250)) * 12
    path.write_bytes(data)
    assert code_of(path) == Code.DAMAGED


def test_samples_that_are_not_numbers_are_refused(tmp_path: Path) -> None:
    signal = recordings.floats(recordings.music(6.0))
    signal[1000, 0] = np.nan
    soundfile.write(tmp_path / "a.wav", signal, 44_100, subtype="FLOAT")
    assert code_of(tmp_path / "a.wav") == Code.DAMAGED


def test_surround_folds_into_stereo(tmp_path: Path) -> None:
    path = recordings.write(tmp_path / "a.wav", recordings.music(6.0, channels=6))
    signal = decoded(path)
    assert signal.shape == (6 * 44_100, 2)
    sides = recordings.floats(recordings.music(6.0, channels=6))
    wanted = sides[:, 1] + 0.5 * sides[:, 2:].mean(axis=1)
    np.testing.assert_allclose(signal[:, 1], wanted, atol=1e-4)


def test_odd_sample_rates_are_refused(tmp_path: Path) -> None:
    path = recordings.write(tmp_path / "a.wav", recordings.music(6.0), rate_hz=4_000)
    assert code_of(path) == Code.UNSUPPORTED
