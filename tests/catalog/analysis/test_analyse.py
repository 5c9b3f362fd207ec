"""`analyse` from outside: real files into a real confined process."""

from pathlib import Path

import numpy as np
import pytest

from marketplace.catalog.analysis import Analysis, AnalysisError, Code, Kind, Limits, analyse, run
from recommender.sound import FEATURE_COUNT
from tests.catalog.analysis import recordings


def refusal(path: Path, limits: Limits | None = None) -> AnalysisError:
    out = path.parent / "out"
    with pytest.raises(AnalysisError) as caught:
        analyse(path, out, limits or Limits())
    assert list(out.iterdir()) == [], "a refused file leaves something behind"
    assert caught.value.reason.endswith("."), "the reason is no sentence"
    return caught.value


def test_a_flac_is_measured_and_gets_a_rendition(tmp_path: Path) -> None:
    path = recordings.write(tmp_path / "upload", recordings.music(8.0), format="FLAC")
    heard = analyse(path, tmp_path / "out", name="Kettle Weather - Biscuit Tin.flac")
    assert (heard.seconds, heard.sample_rate_hz, heard.channels) == (8.0, 44_100, 2)
    assert heard.container == "flac"
    assert (heard.tags.artist, heard.tags.title) == ("Kettle Weather", "Biscuit Tin")
    assert heard.features.shape == (FEATURE_COUNT,)
    assert np.isfinite(heard.features).all()
    assert heard.waveform.shape == (200,)
    assert heard.waveform.max() == pytest.approx(1.0)
    assert heard.waveform[20:80].max() < 0.6, "the first half is the quiet one"
    assert -25 < heard.loudness_lufs < -8
    assert_streams(heard, tmp_path / "out" / "rendition.mp3")
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["rendition.mp3"]


def assert_streams(heard: Analysis, path: Path) -> None:
    rendition = heard.rendition
    assert rendition.path == path
    assert rendition.total_bytes == path.stat().st_size
    assert rendition.kind == Kind.MP3_128
    assert rendition.total_bytes / 16_000 == pytest.approx(heard.seconds, abs=0.1)


def test_an_m4a_is_decoded_and_its_library_stays_in_the_child(tmp_path: Path) -> None:
    import sys

    path = recordings.write_m4a(tmp_path / "song.m4a", recordings.music(6.0))
    heard = analyse(path, tmp_path / "out")
    assert heard.container == "m4a"
    assert heard.seconds == pytest.approx(6.0, abs=0.1)
    assert "av" not in sys.modules


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", Code.EMPTY),
        (b"These are words, not music.\n" * 40, Code.TEXT),
        (b"#EXTM3U\n#EXTINF:1,One\none.mp3\n", Code.PLAYLIST),
        (b"/music/one.mp3\n/music/two.flac\n", Code.PLAYLIST),
        (b"\x89PNG\r\n\x1a\n" + bytes(500), Code.NO_AUDIO),
        (bytes(5000), Code.NO_AUDIO),
        (b"fLaC" + bytes(range(256)) * 8, Code.DAMAGED),
    ],
)
def test_what_is_no_recording_is_refused_whatever_its_name(
    tmp_path: Path, content: bytes, code: Code
) -> None:
    path = tmp_path / "song.mp3"
    path.write_bytes(content)
    assert refusal(path).code == code


def test_a_header_of_ten_hours_is_refused_before_decoding(tmp_path: Path) -> None:
    path = recordings.write(tmp_path / "long.flac", recordings.music(6.0))
    recordings.claim_length(path, 36_000 * recordings.RATE_HZ)
    error = refusal(path, Limits(cpu_seconds=1))
    assert error.code == Code.TOO_LONG
    assert "20 minutes" in error.reason


def test_a_file_over_the_size_limit_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "huge.wav"
    with path.open("wb") as file:
        file.truncate(2_000_000_000)
    assert refusal(path).code == Code.TOO_LARGE


def test_silence_and_snippets_are_refused(tmp_path: Path) -> None:
    quiet = np.asarray(recordings.music(6.0) // 600, np.int16)
    assert refusal(recordings.write(tmp_path / "quiet.wav", quiet)).code == Code.SILENT
    short = recordings.write(tmp_path / "short.wav", recordings.music(3.0))
    assert refusal(short).code == Code.TOO_SHORT


@pytest.mark.parametrize("limits", [Limits(wall_seconds=0.3), Limits(cpu_seconds=1)])
def test_a_decoder_that_takes_too_long_is_ended(tmp_path: Path, limits: Limits) -> None:
    path = recordings.write(tmp_path / "song.flac", recordings.music(90.0))
    assert refusal(path, limits).code == Code.TOO_HEAVY


def test_our_own_failure_is_not_blamed_on_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "CHILD", "marketplace.catalog.analysis.missing")
    path = recordings.write(tmp_path / "song.flac", recordings.music(6.0))
    error = refusal(path)
    assert error.code == Code.INTERNAL
    assert error.detail
