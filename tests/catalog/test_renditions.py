"""Copies beyond the first: asked for by playing, made once, streamed at the pace of their bytes."""

from datetime import timedelta
from pathlib import Path

import pytest

from marketplace.catalog import renditions, tasks
from marketplace.catalog.analysis import AnalysisError, Code, Kind
from marketplace.catalog.analysis import Rendition as Rendered
from marketplace.catalog.models import Rendition, Track
from marketplace.catalog.renditions import Copy, Quality, wanted
from marketplace.media import files
from tests.builders import NOON, a_track
from tests.catalog.analysis import recordings

ENDS = (900, 1_700, 2_600)


def render(path: Path, out: Path, kind: Kind, gain_db: float) -> Rendered:
    """Three seconds of nothing."""
    copy = out / kind.file_name
    copy.write_bytes(bytes(ENDS[-1]))
    return Rendered(kind, copy, ENDS[-1], ENDS)


def a_sent_track() -> Track:
    """With what its uploader sent."""
    track = a_track()
    track.original = files.keep_bytes(b"as it was sent", track.pk)
    track.save(update_fields=["original"])
    return track


def refuse(path: Path, out: Path, kind: Kind, gain_db: float) -> Rendered:
    raise AnalysisError("It can't be read.", Code.INTERNAL)


@pytest.mark.parametrize(
    ("formats", "quality", "kind"),
    [
        (["mp3"], Quality.LESS_DATA, Kind.MP3_128),
        (["mp3"], Quality.HIGH, Kind.MP3_256),
        (["mp3", "opus"], Quality.LESS_DATA, Kind.OPUS_64),
        (["mp3", "opus"], Quality.HIGH, Kind.OPUS_128),
    ],
)
def test_the_player_and_its_listener_choose(formats: list[str], quality: str, kind: Kind) -> None:
    assert wanted(formats, quality) == kind


def test_bytes_and_seconds_convert_both_ways() -> None:
    copy = Copy("song", "audio/mpeg", 2_650, ENDS)
    seconds = [copy.seconds_in(n) for n in (0, 450, 900, 1_300, 2_599, 2_600, 9_999)]
    assert seconds == pytest.approx([0, 0.5, 1, 1.5, 2 + 899 / 900, 3, 3])
    assert [copy.bytes_for(s) for s in (0, 0.5, 1, 1.5, 2.9, 3, 99)] == [
        0,
        450,
        900,
        1_300,
        2_510,
        2_650,
        2_650,
    ]
    for n_bytes in range(0, ENDS[-1], 37):
        assert copy.bytes_for(copy.seconds_in(n_bytes)) - n_bytes in (0, 1)


@pytest.mark.django_db
def test_a_copy_is_asked_for_once_and_made_once() -> None:
    track = a_sent_track()
    assert renditions.find(track.pk, Kind.MP3_128, NOON) is None
    for _ in range(2):
        assert renditions.find(track.pk, Kind.OPUS_64, NOON) is None
    asked = renditions.claim(NOON)
    assert asked is not None
    assert renditions.claim(NOON) is None, "two workers make the same copy"
    renditions.make(asked, render)
    made = renditions.find(track.pk, Kind.OPUS_64, NOON)
    assert made is not None
    copy = renditions.copy_of(Rendition.objects.get())
    assert (copy.total_bytes, copy.media_type) == (ENDS[-1], 'audio/mp4; codecs="opus"')
    assert tuple(copy.ends) == ENDS
    assert files.read(copy.name, 0, ENDS[-1] + 1) == bytes(ENDS[-1])
    assert renditions.claim(NOON + timedelta(days=1)) is None


@pytest.mark.django_db
def test_a_killed_maker_is_followed_by_another_and_a_bad_file_by_three() -> None:
    renditions.find(a_sent_track().pk, Kind.MP3_256, NOON)
    assert renditions.claim(NOON) is not None  # and killed
    later = NOON + renditions.LEASE + timedelta(seconds=1)
    for _ in range(renditions.MAX_ATTEMPTS - 1):
        again = renditions.claim(later)
        assert again is not None
        renditions.make(again, refuse)
    assert renditions.claim(later) is None
    assert Rendition.objects.get().total_bytes is None


@pytest.mark.django_db
def test_the_sweep_makes_a_real_copy_of_what_was_sent(tmp_path: Path) -> None:
    track = a_track(seconds=6.0)
    song = recordings.write(tmp_path / "song.flac", recordings.music(6.0))
    original = files.keep(song, track.pk)
    Track.objects.filter(pk=track.pk).update(original=original, gain_db=-3.0)
    renditions.find(track.pk, Kind.OPUS_128, NOON)
    tasks.sweep()
    made = renditions.find(track.pk, Kind.OPUS_128, NOON)
    assert made is not None
    copy = renditions.copy_of(made)
    assert files.store().size(copy.name) == copy.total_bytes
    assert len(copy.ends) in (6, 7)
