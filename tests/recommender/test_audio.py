from pathlib import Path

import numpy as np
import pytest
import soundfile

from recommender.audio import Signal, decode
from recommender.errors import AudioError
from tests.recommender.worlds import tone

RATE_HZ = 44_100
FORMATS = {
    "wav": ("WAV", "PCM_16", RATE_HZ),
    "aiff": ("AIFF", "PCM_16", RATE_HZ),
    "flac": ("FLAC", "PCM_16", RATE_HZ),
    "mp3": ("MP3", "MPEG_LAYER_III", RATE_HZ),
    "ogg": ("OGG", "VORBIS", RATE_HZ),
    "opus": ("OGG", "OPUS", 48_000),
}


def write(path: Path, suffix: str, seconds: float = 2.0, channels: int = 2) -> Path:
    kind, subtype, rate_hz = FORMATS[suffix]
    signal = np.stack([tone(440, seconds, rate_hz)] * channels, axis=1)
    file = path / f"tone.{suffix}"
    with soundfile.SoundFile(file, "w", rate_hz, channels, subtype, format=kind) as sound:
        for start in range(0, len(signal), 8_192):
            sound.write(signal[start : start + 8_192])
    return file


@pytest.mark.parametrize("suffix", FORMATS)
def test_every_format_gives_the_same_mono_tone(suffix: str, tmp_path: Path) -> None:
    signal = decode(write(tmp_path, suffix))
    assert signal.samples.ndim == 1
    assert signal.samples.dtype == np.float32
    assert signal.seconds == pytest.approx(2.0, abs=0.1)
    assert np.sqrt(np.mean(signal.samples**2)) == pytest.approx(0.3 / np.sqrt(2), rel=0.05)
    spectrum = np.abs(np.fft.rfft(signal.samples[: signal.sample_rate_hz]))
    assert int(np.argmax(spectrum)) == pytest.approx(440, abs=1)


def test_a_long_recording_is_heard_up_to_the_limit(tmp_path: Path) -> None:
    file = write(tmp_path, "flac", seconds=4.0)
    whole, start = decode(file, max_seconds=4.0), decode(file, max_seconds=3.0)
    assert whole.seconds == pytest.approx(4.0)
    assert start.seconds == 3.0
    np.testing.assert_array_equal(start.samples, whole.samples[: start.samples.size])


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("empty.mp3", b"", "empty"),
        ("text.mp3", b"not music at all\n" * 50, "Not readable as audio"),
        ("list.mp3", b"#EXTM3U\n#EXTINF:1,a\nhttp://nowhere.invalid/a.mp3\n", "Not readable"),
        ("cut.flac", b"fLaC\x00\x00\x00\x22", "Not readable"),
        ("song.m4a", b"\x00\x00\x00\x20ftypM4A ", "AAC can't be read here"),
    ],
)
def test_what_is_no_audio_is_refused(name: str, content: bytes, words: str, tmp_path: Path) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(AudioError, match=words):
        decode(file)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "nothing.wav", tmp_path):
        with pytest.raises(AudioError, match="No such file"):
            decode(path)


def test_another_decoder_reads_what_this_one_can_not(tmp_path: Path) -> None:
    file = tmp_path / "song.m4a"
    file.write_bytes(b"x")
    given = Signal(tone(440), 22_050)
    assert decode(file, other=lambda path: given) is given
