"""The MP3 copy, parsed frame by frame."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from marketplace.catalog.analysis.info_frame import crc16
from marketplace.catalog.analysis.mp3 import Mp3Writer
from marketplace.catalog.analysis.mpeg import Frame, MpegError, frame_at, header_length
from tests.catalog.analysis import recordings


def render(
    path: Path, rate_hz: int, channels: int, seconds: float = 8.0, bit_rate: int = 128_000
) -> bytes:
    signal = recordings.floats(recordings.music(seconds, rate_hz, channels))
    writer = Mp3Writer(path, rate_hz, channels, bit_rate)
    for start in range(0, len(signal), 65_536):
        writer.add(signal[start : start + 65_536])
    writer.add(signal[:0], last=True)
    ends = writer.finish()
    data = path.read_bytes()
    header, whole = header_length(data), int(seconds)
    assert ends[:whole] == tuple(header + n * bit_rate // 8 for n in range(1, whole + 1))
    assert ends[-1] == len(data)
    return data


def frames_of(data: bytes, start: int) -> list[Frame]:
    frames = []
    while start < len(data):
        frames.append(frame_at(data, start))
        start += frames[-1].length
    assert start == len(data), "bytes are left after the last frame"
    return frames


@pytest.mark.parametrize(
    ("rate_hz", "channels", "bit_rate", "rendered_hz"),
    [
        (44_100, 2, 128_000, 44_100),
        (44_100, 1, 128_000, 44_100),
        (48_000, 2, 256_000, 48_000),
        (22_050, 1, 128_000, 44_100),
        (96_000, 2, 256_000, 44_100),
    ],
)
def test_every_frame_has_the_bit_rate(
    tmp_path: Path, rate_hz: int, channels: int, bit_rate: int, rendered_hz: int
) -> None:
    data = render(tmp_path / "r.mp3", rate_hz, channels, bit_rate=bit_rate)
    header = header_length(data)
    frames = frames_of(data, header)
    assert {frame.bit_rate for frame in frames} == {bit_rate}
    assert {frame.sample_rate_hz for frame in frames} == {rendered_hz}
    assert header == frame_at(data, 0).length
    heard = len(frames) * 1152 / rendered_hz
    assert heard == pytest.approx((len(data) - header) * 8 / bit_rate, abs=0.001)
    assert heard == pytest.approx(8.0, abs=0.08)


def test_any_cut_of_the_bytes_lies_within_a_frame_of_its_second(tmp_path: Path) -> None:
    data = render(tmp_path / "r.mp3", 44_100, 2)
    header = header_length(data)
    for index, frame in enumerate(frames_of(data, header)):
        seconds = (frame.offset - header) / 16_000
        assert abs(seconds - index * 1152 / 44_100) < 0.001


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("rate_hz", [44_100, 48_000])
def test_a_player_hears_exactly_as_many_samples_as_the_original_has(
    tmp_path: Path, rate_hz: int, channels: int
) -> None:
    render(tmp_path / "r.mp3", rate_hz, channels, seconds=5.123)
    copy, _ = soundfile.read(tmp_path / "r.mp3", dtype="float32", always_2d=True)
    original = recordings.floats(recordings.music(5.123, rate_hz, channels))
    assert copy.shape == original.shape, "run-in or padding is heard"


def test_the_header_frame_says_what_follows_and_vouches_for_itself(tmp_path: Path) -> None:
    data = render(tmp_path / "r.mp3", 44_100, 2)
    assert data[36:40] == b"Info"
    assert int.from_bytes(data[44:48], "big") + 1 == len(frames_of(data, 0))
    assert int.from_bytes(data[48:52], "big") == len(data)
    assert crc16(data[:190]) == int.from_bytes(data[190:192], "big")
    assert crc16(b"123456789") == 0xBB3D  # the check value of CRC-16/ARC


def test_the_copy_sounds_like_the_original(tmp_path: Path) -> None:
    render(tmp_path / "r.mp3", 44_100, 2)
    copy, _ = soundfile.read(tmp_path / "r.mp3", dtype="float32")
    original = recordings.floats(recordings.music(8.0))
    shorter = min(len(copy), len(original))
    assert np.corrcoef(copy[:shorter, 0], original[:shorter, 0])[0, 1] > 0.98


def test_an_id3_tag_counts_as_header(tmp_path: Path) -> None:
    data = render(tmp_path / "r.mp3", 44_100, 1)
    tag = recordings.id3({"TIT2": recordings.id3_text("x" * 300)})
    assert header_length(tag + data) == len(tag) + header_length(data)


@pytest.mark.parametrize(
    "head", [b"", b"\xff\xfb", b"RIFF", b"\xff\xfb\xf0\x44", b"\xff\xfb\x9c\x44"]
)
def test_what_is_no_frame_is_refused(head: bytes) -> None:
    with pytest.raises(MpegError, match="byte 0"):
        frame_at(head, 0)
