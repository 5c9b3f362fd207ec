"""Meter and loudness: the samples alone decide, and the standard's figures come out."""

from pathlib import Path

import numpy as np
import pytest

from marketplace.catalog.analysis.decode import Block, open_source
from marketplace.catalog.analysis.loudness import LoudnessMeter
from marketplace.catalog.analysis.measure import Meter
from marketplace.catalog.analysis.result import Limits
from marketplace.catalog.analysis.sniff import Decoder
from tests.catalog.analysis import recordings


def meter_of(signal: Block, block: int = 65_536, rate_hz: int = 44_100) -> Meter:
    meter = Meter(rate_hz, signal.shape[1])
    for start in range(0, len(signal), block):
        part = signal[start : start + block]
        meter.add(part, part.mean(axis=1))
    return meter


def file_meter(path: Path) -> Meter:
    source = open_source(path, Decoder.SOUNDFILE, Limits())
    return meter_of(np.concatenate(list(source.blocks)))


def signal(seconds: float = 6.0) -> Block:
    return recordings.floats(recordings.music(seconds))


def test_the_size_of_blocks_changes_nothing() -> None:
    whole, pieces = meter_of(signal(), 10**9), meter_of(signal(), 777)
    assert whole.pcm_sha256 == pieces.pcm_sha256
    assert whole.loudness_lufs == pytest.approx(pieces.loudness_lufs, abs=1e-6)
    np.testing.assert_allclose(whole.waveform(), pieces.waveform(), atol=1e-6)


def test_copies_differing_in_tags_container_and_lossless_codec_have_one_hash(
    tmp_path: Path,
) -> None:
    samples = recordings.music(6.0)
    digests = {
        file_meter(recordings.write(tmp_path / name, samples)).pcm_sha256
        for name in ("a.wav", "a.aiff", "a.flac")
    }
    assert len(digests) == 1


def test_a_retagged_mp3_has_the_hash_of_the_first(tmp_path: Path) -> None:
    path = recordings.write(tmp_path / "a.mp3", recordings.music(6.0))
    first = file_meter(path).pcm_sha256
    tag = recordings.id3({"TIT2": recordings.id3_text("Another name")})
    path.write_bytes(tag + path.read_bytes())
    assert file_meter(path).pcm_sha256 == first


def test_one_changed_sample_changes_the_hash() -> None:
    changed = signal()
    changed[100_000, 0] += 0.01
    assert meter_of(changed).pcm_sha256 != meter_of(signal()).pcm_sha256


def test_silence_is_what_never_rises_above_60_db_below_full_scale() -> None:
    flat = np.full((44_100, 1), 0.0009, np.float32)
    assert meter_of(flat).is_silent
    flat[500] = 0.0011
    assert not meter_of(flat).is_silent


def test_the_waveform_follows_the_music() -> None:
    height = meter_of(signal(12.0)).waveform()
    assert height.shape == (200,)
    assert height.max() == pytest.approx(1.0)
    assert height[110:].mean() == pytest.approx(2.5 * height[:90].mean(), rel=0.1)


@pytest.mark.parametrize("rate_hz", [22_050, 44_100, 48_000, 96_000])
def test_the_standard_s_tone_measures_minus_23(rate_hz: int) -> None:
    """EBU Tech 3341, case 1: a stereo sine of 1 kHz at -23 dBFS is -23.0 LUFS, +-0.1."""
    t = np.arange(20 * rate_hz) / rate_hz
    tone = 10 ** (-23 / 20) * np.sin(2 * np.pi * 1000 * t)
    assert loudness(np.stack((tone, tone), axis=1), rate_hz) == pytest.approx(-23.0, abs=0.1)


def test_quiet_stretches_are_gated_out() -> None:
    """EBU Tech 3341, case 3: -36, -23, -36 dBFS for 10, 60, 10 s is -23.0 LUFS, +-0.1."""
    t = np.arange(48_000 * 80) / 48_000
    level = np.where((t >= 10) & (t < 70), -23.0, -36.0)
    tone = 10 ** (level / 20) * np.sin(2 * np.pi * 1000 * t)
    assert loudness(np.stack((tone, tone), axis=1), 48_000) == pytest.approx(-23.0, abs=0.1)


def loudness(tone: np.ndarray, rate_hz: int) -> float:
    meter = LoudnessMeter(rate_hz, 2)
    meter.add(tone.astype(np.float32))
    return meter.lufs()
