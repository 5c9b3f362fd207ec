"""Streaming copies: every kind, at the house's loudness, with bytes that can be told in seconds."""

from pathlib import Path

import pytest

from marketplace.catalog.analysis import AnalysisError, Code, Kind, Limits, analyse, render
from marketplace.catalog.analysis.decode import Block
from marketplace.catalog.analysis.loudness import LoudnessMeter
from marketplace.catalog.analysis.render import LOUDNESS_LUFS, gain_db
from tests.catalog.analysis import recordings

SECONDS = 8.25
NEAR = 0.5  # LAME lowers what it writes at 128 kbit/s to 95 %


def decoded(path: Path, bytes_read: int | None = None) -> tuple[Block, int]:
    """(n, channels) samples of a copy, or of its first bytes, and their rate."""
    part = path.with_name("part")
    part.write_bytes(path.read_bytes()[:bytes_read])
    return recordings.read_copy(part)


def loudness(samples: Block, rate: int) -> float:
    meter = LoudnessMeter(rate, samples.shape[1])
    meter.add(samples)
    return meter.lufs()


@pytest.fixture(scope="module")
def master(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("master")
    return recordings.write(folder / "master.wav", recordings.music(SECONDS), format="WAV")


@pytest.mark.parametrize("kind", Kind)
def test_each_kind_lasts_as_long_at_the_loudness_asked_for(
    master: Path, kind: Kind, tmp_path: Path
) -> None:
    made = render(master, tmp_path, kind, gain_db=-6.0)
    assert made.path.name == kind.file_name
    samples, rate = decoded(made.path)
    assert len(samples) / rate == pytest.approx(SECONDS, abs=0.06)
    before = loudness(recordings.floats(recordings.music(SECONDS)), 44_100)
    assert loudness(samples, rate) == pytest.approx(before - 6.0, abs=NEAR)


@pytest.mark.parametrize("kind", Kind)
def test_so_many_bytes_sound_for_so_many_seconds(master: Path, kind: Kind, tmp_path: Path) -> None:
    made = render(master, tmp_path, kind, gain_db=0.0)
    ends = made.second_ends
    assert len(ends) in (9, 10)  # padding may reach into a tenth second
    assert ends[-1] <= made.total_bytes == made.path.stat().st_size
    for seconds in (1, 4):
        samples, rate = decoded(made.path, ends[seconds - 1])
        assert len(samples) / rate == pytest.approx(seconds, abs=0.06)


def test_a_song_is_streamed_near_the_loudness_of_the_house(master: Path, tmp_path: Path) -> None:
    heard = analyse(master, tmp_path)
    samples, rate = decoded(heard.rendition.path)
    assert heard.gain_db == gain_db(heard.loudness_lufs, heard.peak_dbfs)
    assert loudness(samples, rate) == pytest.approx(heard.loudness_lufs + heard.gain_db, abs=NEAR)
    assert loudness(samples, rate) < LOUDNESS_LUFS + NEAR


@pytest.mark.parametrize(
    ("lufs", "peak", "gain"),
    [(-8.0, 0.0, -6.0), (-20.0, -3.0, 2.0), (-20.0, -12.0, 6.0), (-14.0, -0.2, -0.8)],
)
def test_a_gain_reaches_the_loudness_but_cuts_no_peak(
    lufs: float, peak: float, gain: float
) -> None:
    assert gain_db(lufs, peak) == pytest.approx(gain)


def test_a_damaged_original_gives_no_copy(master: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.wav"
    cut.write_bytes(master.read_bytes()[:200_000])
    with pytest.raises(AnalysisError) as caught:
        render(cut, tmp_path / "out", Kind.OPUS_64, 0.0, Limits())
    assert caught.value.code == Code.DAMAGED
    assert list((tmp_path / "out").iterdir()) == []
