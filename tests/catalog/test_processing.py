"""From bytes to a published track, or to one sentence that says why not; each once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
import soundfile
from django.conf import settings as configured
from django.core.management import call_command
from pytest_django import Settings

from marketplace.catalog import importing, intake, leftovers, processing, publishing
from marketplace.catalog.models import Artist, Track
from marketplace.catalog.processing import Analyse
from marketplace.media import files
from marketplace.problems import Conflict, Problem
from royalties.models import Terms
from tests.builders import NOON, a_user, later

pytestmark = pytest.mark.django_db
Processed = Callable[[Path], Track]
RATE = 22_050


def a_recording(path: Path, hz: float = 440.0, seconds: float = 6.0) -> Path:
    t = np.arange(int(RATE * seconds)) / RATE
    soundfile.write(path, 0.4 * np.sin(2 * np.pi * hz * t) * (t % 0.5 < 0.3), RATE)
    return path


def taken(path: Path) -> Track:
    return intake.take_file(path, intake.Intake(file_name=path.name), NOON)


@pytest.fixture
def processed(warm: Analyse) -> Processed:
    def process(path: Path) -> Track:
        track = taken(path)
        claimed = processing.claim(NOON, track.pk)
        assert claimed is not None
        processing.process(claimed, NOON, warm)
        track.refresh_from_db()
        return track

    return process


def test_a_recording_is_published_under_its_unclaimed_artist(
    tmp_path: Path, processed: Processed
) -> None:
    track = processed(a_recording(tmp_path / "The Tides - Low Water.wav"))
    assert (track.state, track.title) == ("published", "Low Water")
    assert track.artist is not None
    assert (track.artist.name, track.artist.user) == ("The Tides", None)
    assert track.duration_seconds == pytest.approx(6.0, abs=0.05)
    assert len(track.peaks) == 200
    assert files.store().size(track.sound) == track.stream_bytes
    assert track.price.micros == configured.PRICE_LAUNCH_MICROS
    terms = track.terms
    assert terms is not None
    assert [payee.bps for payee in terms.payees.all()] == [7_500]
    assert terms.issuer == track.artist.party


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"these are only words\n" * 50, "text"),
        (b"#EXTM3U\n#EXTINF:1,x\nhttp://localhost/x.mp3\n", "playlist"),
        (bytes(4096), "no"),
    ],
)
def test_what_is_no_recording_is_refused_with_a_reason(
    tmp_path: Path, warm: Analyse, content: bytes, said: str
) -> None:
    path = tmp_path / "song.mp3"
    path.write_bytes(content)
    track = taken(path)
    sent = track.original
    processing.process(track, NOON, warm)
    track.refresh_from_db()
    assert track.state == Track.State.FAILED
    assert said in track.failure.lower()
    assert (track.is_kept, leftovers.sweep(NOON)) == (False, 1)
    assert not files.store().exists(sent)
    assert not Terms.objects.exists()


def test_silence_is_refused(tmp_path: Path, processed: Processed) -> None:
    path = tmp_path / "quiet.flac"
    soundfile.write(path, np.zeros(RATE * 6), RATE)
    track = processed(path)
    assert track.state == Track.State.FAILED
    assert "silen" in track.failure.lower()


def test_an_empty_file_is_never_taken_in(tmp_path: Path) -> None:
    path = tmp_path / "empty.wav"
    path.touch()
    with pytest.raises(Problem, match="empty"):
        taken(path)
    assert not Track.objects.exists()


def test_a_huge_file_is_refused_while_it_arrives(settings: Settings) -> None:
    settings.UPLOAD_MAX_BYTES = 3 * 1024 * 1024
    asked = 0

    def endless() -> Iterator[bytes]:
        nonlocal asked
        while True:
            asked += 1
            yield bytes(1024 * 1024)

    with pytest.raises(Problem, match="larger than 3 MB"):
        intake.take(endless(), intake.Intake(file_name="huge.wav"), NOON)
    assert asked == 4
    assert not list((configured.MEDIA_ROOT / "incoming").iterdir())


def test_the_same_bytes_come_in_once(tmp_path: Path, processed: Processed) -> None:
    path = a_recording(tmp_path / "a.wav")
    processed(path)
    with pytest.raises(intake.AlreadyHere):
        taken(path)


def test_the_same_sound_under_other_bytes_is_refused(tmp_path: Path, processed: Processed) -> None:
    first = processed(a_recording(tmp_path / "a.wav"))
    sound, rate = soundfile.read(tmp_path / "a.wav", dtype="int16")
    soundfile.write(tmp_path / "b.flac", sound, rate, subtype="PCM_16")
    copy = processed(tmp_path / "b.flac")
    assert copy.state == Track.State.FAILED
    assert first.title in copy.failure
    assert Terms.objects.count() == 1


def test_a_refused_file_may_be_sent_again(tmp_path: Path, processed: Processed) -> None:
    path = tmp_path / "words.mp3"
    path.write_text("words " * 100)
    refused = processed(path)
    again = taken(path)
    assert (again.pk, again.state) == (refused.pk, Track.State.WAITING)


def test_a_killed_workers_track_is_taken_up_after_its_lease(tmp_path: Path) -> None:
    track = taken(a_recording(tmp_path / "a.wav"))
    assert processing.claim(NOON, track.pk) is not None  # and then the worker dies
    assert processing.claim(later(60)) is None
    lease = processing.LEASE + timedelta(seconds=1)
    taken_up = processing.claim(NOON + lease)
    assert taken_up is not None
    processing.process(taken_up, NOON + lease)
    assert Terms.objects.count() == 1


def test_an_operator_gives_an_unclaimed_artist_away_once(
    tmp_path: Path, processed: Processed
) -> None:
    track = processed(a_recording(tmp_path / "The Tides - Low Water.wav"))
    user, late = a_user(), a_user()
    assert track.artist is not None
    publishing.assign(track.artist, user)
    user.refresh_from_db()
    assert user.role == "artist"
    with pytest.raises(Conflict):
        publishing.assign(track.artist, late)
    assert Artist.objects.get().user == user


def test_an_import_tells_of_each_file(tmp_path: Path) -> None:
    a_recording(tmp_path / "a.wav")
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "b.MP3").write_text("no sound")
    (tmp_path / "cover.jpg").write_bytes(b"not looked at")
    files = importing.files_in(tmp_path)
    assert [path.name for path in files] == ["a.wav", "b.MP3"]
    outcomes = [importing.take_in(path, NOON) for path in files]
    assert [outcome.status for outcome in outcomes] == ["new", "new"]
    pending = {outcome.track.pk for outcome in outcomes if outcome.track}
    assert {track.pk for track in importing.work(pending)} == pending
    assert [importing.final(outcome).status for outcome in outcomes] == ["new", "refused"]
    assert [importing.take_in(path, NOON).status for path in files] == ["known", "new"]


def test_a_file_whose_name_is_no_text_is_taken_in_as_any(tmp_path: Path) -> None:
    odd = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.mp3"))
    odd.write_bytes(b"not sound")
    (path,) = importing.files_in(tmp_path)
    assert importing.take_in(path, NOON).detail == "caf\ufffd"
    out = StringIO()
    call_command("import_catalog", str(tmp_path), stdout=out)
    out.getvalue().encode()  # can be written
