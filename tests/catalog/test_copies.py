"""What is on sale is not published again: encoded anew, faster, a part of it, twice at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr
from django.core.management import call_command
from django.db import connection, transaction
from pytest_django import Settings

from marketplace.catalog import intake, leftovers, processing, resemblance, withdrawing
from marketplace.catalog.models import Fingerprint, Resemblance, Track
from marketplace.catalog.processing import Analyse
from marketplace.discovery import fingerprints
from marketplace.discovery.fingerprints import Alike
from marketplace.media import files
from marketplace.problems import Conflict
from marketplace.users.models import User
from recommender.sound import Floats
from royalties.models import Terms
from tests.builders import NOON, a_track, a_user, an_artist, later
from tests.recommender.melodies import RATE_HZ, melody

Sent = Callable[..., Track]
SECONDS = 16


@pytest.fixture(autouse=True)
def own_folders(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.FINGERPRINTS_ROOT = tmp_path / "fingerprints"


@pytest.fixture
def singer() -> User:
    user = a_user("artist", name="Mirela Anso")
    an_artist(user, name="Mirela Anso")
    return user


@pytest.fixture
def thief() -> User:
    user = a_user("artist", name="Otto Krahe")
    an_artist(user, name="Otto Krahe")
    return user


def stored(tmp_path: Path, sound: Floats, user: User | None, title: str, kind: str) -> Track:
    path = tmp_path / f"{title}.{kind}"
    soundfile.write(path, sound, RATE_HZ)
    artist = user.artists.get() if user else None
    terms = {"pool_bps": 2_000} if user else {}
    sent = intake.Intake(path.name, title, artist, "", user, terms)
    return intake.take_file(path, sent, NOON)


@pytest.fixture
def sent(tmp_path: Path, warm: Analyse) -> Sent:
    """A sound sent by somebody (or imported), and what became of it."""

    def send(sound: Floats, user: User | None, title: str, kind: str = "wav") -> Track:
        return analysed(stored(tmp_path, sound, user, title, kind), warm)

    return send


def analysed(track: Track, analyse: Analyse) -> Track:
    claimed = processing.claim(NOON, track.pk)
    assert claimed is not None
    processing.process(claimed, NOON, analyse)
    track.refresh_from_db()
    return track


@pytest.mark.django_db
def test_a_copy_is_refused_with_the_song_and_the_place(
    sent: Sent, singer: User, thief: User
) -> None:
    original = sent(melody(1, SECONDS), singer, "Low Water")
    assert original.state == "published"
    faster = np.asarray(soxr.resample(melody(1, SECONDS), RATE_HZ * 1.03, RATE_HZ))
    copy = sent(faster, thief, "My Own Song", "mp3")
    assert copy.state == "failed"
    assert copy.failure == (
        "This is a recording on sale here, “Low Water” by Mirela Anso:"
        " your file is the same from beginning to end."
    )
    found = copy.resemblance
    assert found.original == original
    assert found.speed == pytest.approx(1.03, abs=0.01)
    assert found.bent == "the upload is 3.0\u00a0% faster and 3.0\u00a0% higher"
    assert found.score > 0.6
    assert Terms.objects.count() == 1


@pytest.mark.django_db
def test_a_part_is_refused_and_named_by_its_seconds(sent: Sent, singer: User, thief: User) -> None:
    original = sent(melody(1, 30), singer, "Low Water")
    mixed = np.concatenate([melody(77, 15), melody(1, 15, start=10), melody(78, 12)])
    copy = sent(mixed, thief, "A Medley")
    ((first, last),) = copy.resemblance.spans
    assert first == pytest.approx(15, abs=2)
    assert last == pytest.approx(30, abs=2)
    assert copy.failure.startswith(
        "This is a recording on sale here, “Low Water” by Mirela Anso: 0:1"
    )
    assert copy.failure.endswith("of your file is the same.")
    ((there, until),) = copy.resemblance.original_spans
    assert there == pytest.approx(first - 5, abs=0.5)
    assert until <= (original.duration_seconds or 0)


@pytest.mark.django_db
def test_ones_own_recording_is_refused_in_other_words(sent: Sent, singer: User) -> None:
    sent(melody(1, SECONDS), singer, "Low Water")
    again = sent(melody(1, SECONDS), singer, "Low Water (Remaster)", "flac")
    assert again.failure == (
        "You have put this recording on sale here before, as “Low Water”:"
        " your file is the same from beginning to end."
    )


@pytest.mark.django_db
def test_what_was_taken_off_sale_is_brought_back_and_not_released_again(
    sent: Sent, singer: User, thief: User
) -> None:
    """Its free plays and its units are given away once."""
    song = sent(melody(1, SECONDS), singer, "Low Water")
    withdrawing.withdraw(song, singer, "A new version comes.", NOON)
    again = sent(melody(1, SECONDS), singer, "Low Water (2026)", "flac")
    assert again.failure.endswith(
        "It is off sale: put it back, on its page; its units and free plays go on."
    )
    copy = sent(melody(1, SECONDS), thief, "My Own Song", "mp3")
    assert copy.failure.startswith("This is a recording that was on sale here, “Low Water”")
    withdrawing.bring_back(song, singer, NOON)
    office = a_user("operator")
    withdrawing.withdraw(song, office, "A court said so.", NOON)
    assert resemblance.sentence(again, Alike(song, 1.0, 0.0, 1.0, 0.0, ((0.0, 16.0),))).endswith(
        "An operator took it off sale, and only an operator can put it back."
    )
    Fingerprint.objects.all().delete()
    assert list(fingerprints.without()) == [song.pk]


@pytest.mark.django_db
def test_other_songs_of_the_same_artist_are_published(sent: Sent, singer: User) -> None:
    for seed in (1, 2, 3):
        assert sent(melody(seed, SECONDS), singer, f"Song {seed}").state == "published"
    assert Fingerprint.objects.count() == 3


@pytest.mark.django_db
def test_an_import_of_a_copy_is_refused_and_leaves_nothing(sent: Sent, singer: User) -> None:
    sent(melody(1, SECONDS), singer, "Low Water")
    copy = sent(melody(1, SECONDS), None, "low-water-rip", "mp3")
    assert (copy.state, copy.is_kept) == ("failed", False)
    assert "“Low Water” by Mirela Anso" in copy.failure
    assert not Resemblance.objects.exists()


@pytest.mark.django_db
def test_a_refused_copy_is_kept_for_a_dispute_and_for_thirty_days(
    sent: Sent, singer: User, thief: User
) -> None:
    sent(melody(1, SECONDS), singer, "Low Water")
    copy = sent(melody(1, SECONDS), thief, "Mine", "mp3")
    kept = [copy.original, copy.sound]
    assert [files.store().exists(name) for name in kept] == [True, True]
    with pytest.raises(Conflict, match="decide its dispute"):
        processing.try_again(copy.pk)
    resemblance.forget_undisputed(NOON + resemblance.KEPT)
    assert leftovers.sweep(NOON + 2 * resemblance.KEPT) == 0
    resemblance.forget_undisputed(later(1) + resemblance.KEPT)
    assert leftovers.sweep(NOON + 2 * resemblance.KEPT) == 2
    assert [files.store().exists(name) for name in kept] == [False, False]
    assert not Resemblance.objects.exists()
    copy.refresh_from_db()
    assert "Low Water" in copy.failure


@pytest.mark.django_db(transaction=True)
def test_of_two_copies_that_come_at_once_one_is_published(
    tmp_path: Path, singer: User, thief: User, warm: Analyse
) -> None:
    """Both have looked, and found nothing, when the first of them publishes."""
    tracks = [
        stored(tmp_path, melody(1, SECONDS), singer, "Low Water", "wav"),
        stored(tmp_path, melody(1, SECONDS), thief, "Mine", "mp3"),
    ]
    both_looked = threading.Barrier(2)
    look_first = resemblance.look_first

    def look_and_wait(*args: object) -> object:
        seen = look_first(*args)  # type: ignore[arg-type]
        both_looked.wait(60)
        return seen

    listened = threading.Lock()

    def analyse(path: Path, out: Path, *, name: str) -> object:
        with listened:  # the template serves one at a time
            return warm(path, out, name=name)

    def work(track: Track) -> None:
        try:
            claimed = processing.claim(NOON, track.pk)
            assert claimed is not None
            processing.process(claimed, NOON, analyse)  # type: ignore[arg-type]
        finally:
            connection.close()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(resemblance, "look_first", look_and_wait)
        threads = [threading.Thread(target=work, args=[track]) for track in tracks]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    for track in tracks:
        track.refresh_from_db()
    assert sorted(track.state for track in tracks) == ["failed", "published"]
    (refused,) = [track for track in tracks if track.state == "failed"]
    assert "on sale here" in refused.failure
    assert Fingerprint.objects.count() == Terms.objects.count() == 1


@pytest.mark.django_db
def test_songs_of_before_get_their_fingerprints_by_a_command(
    sent: Sent, singer: User, thief: User, capsys: pytest.CaptureFixture[str]
) -> None:
    original = sent(melody(1, SECONDS), singer, "Low Water")
    other = sent(melody(2, SECONDS), singer, "High Water")
    Fingerprint.objects.all().delete()
    Track.objects.filter(pk=original.pk).update(original="")  # then what is streamed is heard
    silent = a_track(title="Silence")
    copy = sent(melody(1, SECONDS), thief, "Mine", "mp3")
    assert copy.state == "published"  # nothing could be known
    call_command("fingerprint_catalog")
    said = capsys.readouterr().out
    assert f"Low Water ({original.pk}) is the same as Mine ({copy.pk}), by " in said
    assert f"Silence ({silent.pk}): " in said
    assert "2 fingerprinted, 1 failed, 1 found to be the same" in said
    assert set(Fingerprint.objects.values_list("track", flat=True)) == {
        original.pk,
        other.pk,
        copy.pk,
    }
    call_command("fingerprint_catalog")
    assert "0 fingerprinted, 1 failed, 0 found" in capsys.readouterr().out
    assert sent(melody(2, SECONDS), thief, "Mine too", "mp3").state == "failed"


@pytest.mark.django_db
def test_a_fingerprint_of_another_version_is_heard_anew(sent: Sent, singer: User) -> None:
    sent(melody(1, SECONDS), singer, "Low Water")
    Fingerprint.objects.update(version=0)
    call_command("fingerprint_catalog")
    assert Fingerprint.objects.get().version == 1
    with transaction.atomic():
        assert sent(melody(1, SECONDS), singer, "Again", "mp3").state == "failed"
