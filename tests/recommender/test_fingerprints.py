import io
from collections.abc import Callable

import numpy as np
import pytest
import soundfile
import soxr
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from recommender import fingerprints
from recommender.errors import DataError
from recommender.fingerprints import Index, Match, build, match
from recommender.landmarks import landmarks
from recommender.sound import Floats
from recommender.triplets import FRAMES_PER_SECOND, LANDMARK, stored_keys
from tests.recommender.melodies import RATE_HZ, melody, noisy

TRACKS = 8
SECONDS = 40


@pytest.fixture(scope="module")
def index() -> Index:
    return build([str(k) for k in range(TRACKS)], [landmarks(melody(k)) for k in range(TRACKS)])


def only(found: list[Match]) -> Match:
    assert len(found) == 1
    return found[0]


def mp3(signal: Floats) -> Floats:
    file = io.BytesIO()
    soundfile.write(file, signal, RATE_HZ, format="MP3", bitrate_mode="CONSTANT")
    file.seek(0)
    return np.asarray(soundfile.read(file, dtype="float32")[0])


def quarter(signal: Floats) -> Floats:
    return signal * np.float32(0.25)


def narrow(signal: Floats) -> Floats:
    """As from a telephone: nothing above 4 kHz."""
    return np.asarray(soxr.resample(soxr.resample(signal, RATE_HZ, 8_000), 8_000, RATE_HZ))


@pytest.mark.parametrize("copy", [mp3, quarter, narrow, lambda signal: noisy(signal, 15)])
def test_a_copy_is_found_from_its_beginning_to_its_end(
    index: Index, copy: Callable[[Floats], Floats]
) -> None:
    found = only(match(index, landmarks(copy(melody(3)))))
    assert found.track == "3"
    assert found.offset_seconds == pytest.approx(0, abs=0.1)
    assert found.speed == pytest.approx(1, abs=0.002)
    assert found.pitch_cents == pytest.approx(0, abs=5)
    ((first, last),) = found.spans
    assert first < 1
    assert last > SECONDS - 2


@given(
    track=st.integers(0, TRACKS - 1),
    start=st.floats(0, 28),
    speed=st.floats(0.97, 1.03),
    cents=st.floats(-51, 51),
)
@examples(max_examples=30)
def test_ten_seconds_are_found_however_fast_and_high(
    index: Index, track: int, start: float, speed: float, cents: float
) -> None:
    clip = melody(track, 10, start=start, speed=speed, cents=cents)
    found = only(match(index, landmarks(clip)))
    assert found.track == str(track)
    assert found.offset_seconds == pytest.approx(start, abs=0.2)
    assert found.speed == pytest.approx(speed, abs=0.01)
    assert found.pitch_cents == pytest.approx(cents, abs=12)


@given(seed=st.integers(TRACKS, 10_000))
@examples(max_examples=20)
def test_other_music_is_not_found(index: Index, seed: int) -> None:
    assert match(index, landmarks(melody(seed, 20))) == []


def test_what_two_tracks_were_put_together_from_is_found_with_its_seconds(index: Index) -> None:
    mixed = np.concatenate([melody(1, 15, start=5), melody(100, 15), melody(2, 15)])
    found = {one.track: one for one in match(index, landmarks(mixed))}
    assert sorted(found) == ["1", "2"]
    for track, first, last in (("1", 0, 15), ("2", 30, 45)):
        ((start, end),) = found[track].spans
        assert start == pytest.approx(first, abs=2)
        assert end == pytest.approx(last, abs=2)
    assert found["2"].offset_seconds == pytest.approx(-30, abs=0.2)


def test_a_track_that_is_part_of_the_query_is_found(index: Index) -> None:
    small = build(["part"], [landmarks(melody(50, 12, start=20))])
    found = only(match(small, landmarks(melody(50))))
    assert found.offset_seconds == pytest.approx(-20, abs=0.1)


@pytest.mark.parametrize("signal", [np.zeros(RATE_HZ * 10), np.zeros(0), np.zeros(100)])
def test_silence_has_no_landmarks_and_is_like_nothing(index: Index, signal: Floats) -> None:
    marks = landmarks(signal.astype(np.float32))
    assert len(marks) == 0
    assert match(index, marks) == []
    assert match(build([], []), landmarks(melody(0, 12))) == []
    assert match(build(["silent"], [marks]), landmarks(melody(0, 12))) == []


def test_a_held_tone_has_few_landmarks() -> None:
    held = 0.3 * np.sin(2 * np.pi * 441 * np.arange(10 * RATE_HZ) / RATE_HZ)
    assert len(landmarks(held.astype(np.float32))) < 10 * FRAMES_PER_SECOND


def test_landmarks_rise_in_time_and_stay_when_sound_is_turned_down() -> None:
    loud, quiet = landmarks(melody(0)), landmarks(quarter(melody(0)))
    assert np.all(np.diff(loud["frame"].astype(int)) >= 0)
    both = np.intersect1d(loud[["frame", "cents"]], quiet[["frame", "cents"]])
    assert len(both) > 0.95 * len(loud)


def test_keys_are_the_same_a_minute_later() -> None:
    marks = landmarks(melody(0))
    moved = marks.copy()
    moved["frame"] += 2_584
    assert np.array_equal(stored_keys(marks)[0], stored_keys(moved)[0])


def test_what_is_no_landmarks_is_refused(index: Index) -> None:
    for wrong in (np.zeros(3), np.zeros((2, 2), dtype=LANDMARK)):
        with pytest.raises(DataError, match="Landmarks are expected"):
            match(index, wrong)
        with pytest.raises(DataError, match="Landmarks are expected"):
            build(["a"], [wrong])
    with pytest.raises(DataError, match="2 tracks can't have 1 fingerprints"):
        build(["a", "b"], [landmarks(melody(0, 12))])


def test_one_sound_again_and_again_is_found_with_few_of_its_votes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    beat = np.concatenate([melody(5, 0.5), np.zeros(RATE_HZ // 2, np.float32)])
    again = landmarks(np.tile(beat, 60))
    every = len(fingerprints._votes(build(["beat"], [again]), again)[0])
    monkeypatch.setattr(fingerprints, "MOST_VOTES", every // 10)
    index = build(["beat", "other"], [again, landmarks(melody(6))])
    assert 0 < len(fingerprints._votes(index, again)[0]) <= every // 10
    assert only(match(index, again)).track == "beat"
