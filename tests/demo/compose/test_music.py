"""The composed music: deterministic, loud enough, never clipped, and telling its styles apart."""

import numpy as np
import pytest

from marketplace.catalog.analysis.loudness import LoudnessMeter
from marketplace.demo.compose.arrange import arrange
from marketplace.demo.compose.catalogue import Composition, catalogue
from marketplace.demo.compose.mix import CEILING, limit
from marketplace.demo.compose.repertoire import LABELS, SONGS
from marketplace.demo.compose.styles import STYLES
from marketplace.demo.compose.theory import SCALES, chord, hertz, lead_voices, pitch
from marketplace.demo.compose.voices import VOICES
from marketplace.demo.compose.waves import SAMPLE_RATE_HZ, Signal

SECONDS = 8.0


@pytest.fixture(scope="module")
def tracks() -> list[tuple[Composition, Signal]]:
    return [(track, track.render(SECONDS)) for track in catalogue(7)]


def test_every_track_is_as_long_as_asked_loud_and_unclipped(
    tracks: list[tuple[Composition, Signal]],
) -> None:
    for track, signal in tracks:
        assert signal.shape == (round(SECONDS * SAMPLE_RATE_HZ), 2), track.title
        assert signal.dtype == np.float32
        assert np.abs(signal).max() <= 1.0, track.title
        assert np.abs(signal[-1]).max() < 1e-3, f"{track.title} ends in a click"
        meter = LoudnessMeter(SAMPLE_RATE_HZ, 2)
        meter.add(signal)
        assert meter.lufs() == pytest.approx(-14.0, abs=1.0), track.title


def test_every_track_is_stereo_but_safe_in_mono(tracks: list[tuple[Composition, Signal]]) -> None:
    for track, signal in tracks:
        together = np.corrcoef(signal[:, 0], signal[:, 1])[0, 1]
        assert 0.2 < together < 0.9999, track.title


def test_the_nearest_track_by_sound_is_of_the_same_style_or_artist(
    tracks: list[tuple[Composition, Signal]],
) -> None:
    from recommender.features import describe
    from recommender.sound import embed, standardise

    x = np.array([describe(signal.mean(axis=1), SAMPLE_RATE_HZ).vector for _, signal in tracks])
    unit = embed(x, *standardise(x))
    likeness = unit @ unit.T - 9 * np.eye(len(tracks), dtype=np.float32)
    hits, asked = 0, 0
    for i, (track, _) in enumerate(tracks):
        kin = [t.style == track.style or t.artist == track.artist for t, _ in tracks]
        if sum(kin) > 1:
            asked += 1
            hits += kin[int(likeness[i].argmax())]
    assert asked == 30
    assert hits >= 24


def test_a_song_is_played_in_the_tempo_it_declares() -> None:
    for track in catalogue(7):
        style = STYLES[track.style]
        score = arrange(style, track.seconds, track.bpm, np.random.default_rng(track.seed))
        assert score.bpm == pytest.approx(track.bpm, abs=1e-9), track.title


def test_songs_of_one_style_share_neither_key_nor_tempo_nor_first_chords() -> None:
    for name, style in STYLES.items():
        own = [track for track in catalogue(7) if track.style == name]
        assert len({track.take.tonic % 12 for track in own}) == len(own)
        assert len({round(track.bpm) for track in own}) == len(own)
        begun = {style.progressions[track.take.number % len(style.progressions)] for track in own}
        assert len(begun) == min(len(own), len(style.progressions))


def test_a_seed_is_a_song() -> None:
    first, again, other = (catalogue(seed)[0].render(4.0) for seed in (7, 7, 8))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_the_catalogue_names_thirty_tracks_apart() -> None:
    listed = catalogue(7)
    assert len(listed) == len(SONGS) == 30
    assert {track.style for track in listed} == set(STYLES)
    assert len({track.isrc for track in listed}) == 30
    assert all(track.isrc.startswith("ZZ") and len(track.isrc) == 12 for track in listed)
    assert len({track.cover_svg for track in listed}) == 30
    assert len({track.artist for track in listed}) == 10
    assert all(60.0 <= track.seconds <= 120.0 for track in listed)


def test_three_labels_sign_most_artists_and_nobody_unknown() -> None:
    listed = catalogue(7)
    assert {track.label for track in listed} == {*LABELS, ""}
    assert len(LABELS) == 3
    signed = {artist for roster in LABELS.values() for artist in roster}
    assert signed < {track.artist for track in listed}


def test_most_tracks_are_there_on_the_first_day_and_some_come_out_last() -> None:
    days = [track.released_day for track in catalogue(7)]
    assert days.count(0) >= 20
    assert sum(0 < day < 12 for day in days) == 6
    assert sum(12 <= day <= 13 for day in days) == 2


@pytest.mark.parametrize("name", sorted(STYLES))
def test_a_score_keeps_to_its_bars_and_its_scale(name: str) -> None:
    style = STYLES[name]
    score = arrange(style, 60.0, float(style.bpm[0]), np.random.default_rng(3))
    steps = score.bars * score.steps_per_bar
    seconds = steps / 4 * 60 / score.bpm
    assert seconds == pytest.approx(57.5)
    assert score.bpm == pytest.approx(style.bpm[0], rel=0.06)
    assert len({section.name for section in score.sections}) >= 4
    for notes in score.notes.values():
        assert all(0 <= note.step < steps and 20 < note.midi < 110 for note in notes)
    sung = {note.midi % 12 for note in score.notes.get("lead", [])}
    assert any(sung <= scale for scale in _scales(style.scales)), "a wrong note in the melody"


def _scales(names: tuple[str, ...]) -> list[set[int]]:
    return [{(tonic + s) % 12 for s in SCALES[name]} for name in names for tonic in range(12)]


@pytest.mark.parametrize("name", sorted(VOICES))
def test_a_voice_is_in_tune_and_ends_in_silence(name: str) -> None:
    sound = VOICES[name](hertz(57), 0.8, np.random.default_rng(1))
    assert sound.dtype == np.float32
    assert np.abs(sound[-5:]).max() < 0.02 * np.abs(sound).max(), "ends in a click"
    spectrum = np.abs(np.fft.rfft(sound.mean(axis=1), 2**18))
    found = np.fft.rfftfreq(2**18, 1 / SAMPLE_RATE_HZ)[spectrum.argmax()]
    cents = 1200 * np.log2(found / 220.0)
    assert abs((cents + 600) % 1200 - 600) < 25, f"sounds at {found:.1f} Hz"


def test_chords_are_stacked_thirds_and_move_little() -> None:
    assert chord(60, "major", 0, 4) == (60, 64, 67, 71)
    assert pitch(60, "minor", -1) == 58
    voiced = lead_voices([chord(60, "major", d, 3) for d in (0, 5, 3, 4)], 60)
    middles = [sum(v) / len(v) for v in voiced]
    assert max(middles) - min(middles) < 5


def test_the_limiter_holds_its_ceiling() -> None:
    rng = np.random.default_rng(1)
    wild = rng.normal(0, 0.8, (20_000, 2)).astype(np.float32)
    assert np.abs(limit(wild)).max() <= CEILING + 1e-4
