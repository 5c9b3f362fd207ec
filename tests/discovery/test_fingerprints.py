"""The index a process holds: what was stored since is found, and what is on disk is enough."""

from pathlib import Path

import pytest
from pytest_django import Settings

from marketplace.catalog.models import Fingerprint, Track
from marketplace.discovery import fingerprints
from recommender.landmarks import landmarks
from tests.builders import a_track
from tests.recommender.melodies import melody

pytestmark = pytest.mark.django_db
MARKS = [landmarks(melody(seed, 12)) for seed in range(4)]


@pytest.fixture(autouse=True)
def own_folder(settings: Settings, tmp_path: Path) -> None:
    settings.FINGERPRINTS_ROOT = tmp_path


def a_stored(seed: int) -> Track:
    track = a_track(title=f"Song {seed}")
    fingerprints.lock()
    fingerprints.store(track, f"hash {seed}", MARKS[seed])
    return track


def found(seed: int) -> list[Track]:
    return [alike.track for alike in fingerprints.look(MARKS[seed]).found]


def test_what_is_stored_is_found_at_once_and_nothing_else() -> None:
    first = a_stored(0)
    assert found(0) == [first]
    assert found(1) == []
    second = a_stored(1)
    assert found(1) == [second]
    assert found(0) == [first]


def test_a_look_after_a_row_sees_only_later_ones() -> None:
    a_stored(0)
    seen = fingerprints.look(MARKS[1])
    assert fingerprints.look(MARKS[0], after=seen.last).found == []
    later = a_stored(1)
    looked = fingerprints.look(MARKS[1], after=seen.last)
    assert [alike.track for alike in looked.found] == [later]
    assert looked.last == Fingerprint.objects.get(track=later).pk


def test_many_small_parts_are_joined_and_all_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fingerprints, "MOST_PARTS", 1)
    tracks = []
    for seed in range(4):
        tracks.append(a_stored(seed))
        assert found(seed) == [tracks[seed]]
    assert [found(seed) for seed in range(4)] == [[track] for track in tracks]
    assert len(fingerprints._shelf.parts) == 1


def test_the_index_on_disk_is_read_and_what_came_since_is_added(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fingerprints, "FEW", 2)
    first = a_stored(0)
    assert fingerprints.write_if_due() is None
    second = a_stored(1)
    version = fingerprints.write_if_due()
    assert version is not None
    assert fingerprints.write_if_due() is None
    third = a_stored(2)
    assert [found(seed) for seed in range(4)] == [[first], [second], [third], []]
    assert fingerprints._shelf.version == version


def test_a_broken_index_on_disk_is_done_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fingerprints, "FEW", 1)
    first = a_stored(0)
    version = fingerprints.write_if_due()
    assert version is not None
    (tmp_path / version / "keys.npy").write_bytes(b"broken")
    assert found(0) == [first]


def test_a_song_stored_anew_is_found_once() -> None:
    track = a_stored(0)
    assert found(0) == [track]
    fingerprints.store(track, "hash", MARKS[1])
    assert found(0) == []
    assert found(1) == [track]
