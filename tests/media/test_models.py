"""Models and the index of fingerprints over both stores: made on one machine, served by all."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from django.conf import settings as configured
from django.core.files.storage import storages
from django.db import connection
from pytest_django import Settings

from marketplace.discovery import fingerprints, serving, shared
from marketplace.discovery.shared import MODELS, PRINTS
from marketplace.media import files
from marketplace.media.address import storages_of
from marketplace.media.away import StoreAway
from marketplace.media.folder import Folder
from recommender import artifacts
from recommender.errors import ArtifactError
from recommender.landmarks import landmarks
from recommender.model import Model
from tests.builders import a_track
from tests.media.buckets import S3
from tests.recommender.melodies import melody

Machine = Callable[[str], None]


@pytest.fixture(autouse=True)
def nothing_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "_loaded", serving._NOTHING)
    monkeypatch.setattr(serving, "_damaged", "")
    monkeypatch.setattr(fingerprints, "_shelf", fingerprints._Shelf())
    monkeypatch.setattr(shared, "_looked_at", {})


@pytest.fixture
def on(settings: Settings, tmp_path: Path) -> Machine:
    """From here on it is that machine. Machines share a folder, or a bucket and nothing else."""

    def moved(machine: str) -> None:
        home = tmp_path / ("shared" if isinstance(files.store(), Folder) else machine)
        settings.MODELS_ROOT, settings.FINGERPRINTS_ROOT = home / "models", home / "prints"

    moved("trainer")
    return moved


def trained(day: int) -> str:
    """A model that knows as many songs as the day says."""
    model = Model(tuple(f"song {n}" for n in range(day)), np.ones(day, np.float32), {})
    version = artifacts.save(model, configured.MODELS_ROOT, f"2026-03-{day:02}T00:00:00+00:00")
    shared.share(MODELS, version)
    return version


def songs() -> int:
    """How many the model knows that answers."""
    return len(serving.current().item_ids)


def test_a_model_trained_on_one_machine_answers_on_another_and_is_swapped(
    store: str, on: Machine
) -> None:
    trained(1)
    on("web")
    if (looking := shared.look(MODELS)) is not None:
        looking.join()
    assert songs() == 1
    on("trainer")
    newer = trained(2)
    on("web")
    shared.refresh(MODELS)
    assert (songs(), serving.version()) == (2, newer)
    assert shared.look(MODELS) is None  # it has looked within these seconds


def test_an_older_model_brought_back_on_one_machine_answers_on_all(store: str, on: Machine) -> None:
    versions = [trained(day) for day in range(1, 5)]
    assert shared.kept(MODELS) == set(versions[1:])
    on("web")
    shared.serve(MODELS, versions[1])
    on("trainer")
    shared.refresh(MODELS)
    assert songs() == 2
    with pytest.raises(ArtifactError):
        shared.serve(MODELS, versions[0])


@pytest.mark.parametrize("name", ["manifest.json", "item_ids.npy"])
def test_a_file_that_was_changed_never_answers(in_bucket: S3, on: Machine, name: str) -> None:
    before = trained(1)
    on("web")
    shared.refresh(MODELS)
    on("trainer")
    key = f"media/models/{trained(2)}/{name}"
    in_bucket.client.put_object(Bucket=in_bucket.name, Key=key, Body=b"{}")
    on("web")
    with pytest.raises(ArtifactError):
        shared.refresh(MODELS)
    assert (songs(), serving.version()) == (1, before)
    folder = configured.MODELS_ROOT
    assert {path.name for path in folder.iterdir()} == {before, artifacts.POINTER}


def test_a_pointer_to_elsewhere_is_followed_nowhere(in_bucket: S3, on: Machine) -> None:
    key = "media/models/current"
    in_bucket.client.put_object(Bucket=in_bucket.name, Key=key, Body=b"../elsewhere")
    with pytest.raises(ArtifactError, match="names no version"):
        shared.refresh(MODELS)


def test_one_that_is_damaged_here_is_fetched_again(in_bucket: S3, on: Machine) -> None:
    version = trained(1)
    (configured.MODELS_ROOT / version / "item_ids.npy").write_bytes(b"damaged")
    assert songs() == 0
    shared.refresh(MODELS)
    assert songs() == 1


def test_while_a_damaged_one_is_on_its_way_the_one_before_answers(
    in_bucket: S3, on: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, version = trained(1), trained(2)
    (configured.MODELS_ROOT / version / "item_ids.npy").write_bytes(b"damaged")
    with monkeypatch.context() as away:
        away.setattr(shared, "look", lambda *_: None)
        assert [songs(), songs()] == [1, 1]
        assert (serving.version(), shared.damaged(MODELS)) == (before, version)
    shared.refresh(MODELS)
    assert (songs(), shared.damaged(MODELS)) == (2, None)


def test_a_process_that_begins_beside_a_damaged_one_answers_by_the_one_before(on: Machine) -> None:
    trained(1)
    version = trained(2)
    (configured.MODELS_ROOT / version / "manifest.json").write_bytes(b"damaged")
    assert [songs(), songs()] == [1, 1]
    assert shared.damaged(MODELS) == version
    trained(3)
    assert (songs(), shared.damaged(MODELS)) == (3, None)


def test_a_model_from_before_the_bucket_moves_into_it(
    in_bucket: S3, on: Machine, settings: Settings
) -> None:
    bucket = settings.STORAGES
    settings.STORAGES = bucket | storages_of("")
    version = trained(1)
    shared.move(storages.create_storage(storages_of(in_bucket.address)["default"]))  # type: ignore[arg-type]
    settings.STORAGES, settings.MODELS_ROOT = bucket, settings.MODELS_ROOT.with_name("web")
    shared.refresh(MODELS)
    assert (songs(), serving.version()) == (1, version)


def test_a_move_done_again_brings_no_older_model_back(in_bucket: S3, on: Machine) -> None:
    trained(1)
    on("trainer of today")
    newer = trained(2)
    on("trainer")
    shared.move(files.store())
    on("web")
    shared.refresh(MODELS)
    assert serving.version() == newer


def test_while_the_bucket_is_away_what_has_answered_goes_on(in_bucket: S3, on: Machine) -> None:
    trained(1)
    in_bucket.fails = True
    with pytest.raises(StoreAway):
        trained(2)
    with pytest.raises(StoreAway):
        shared.refresh(MODELS)
    on("web")
    assert (songs(), shared.kept(MODELS)) == (0, set())


@pytest.mark.django_db
def test_the_index_is_built_once_and_found_in_elsewhere(
    store: str, on: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fingerprints, "FEW", 2)
    marks = [landmarks(melody(seed, 12)) for seed in range(2)]
    tracks = [a_track(title=f"Song {n}") for n in range(2)]
    fingerprints.lock()
    for track, heard in zip(tracks, marks, strict=True):
        fingerprints.store(track, track.title, heard)
    version = fingerprints.write_if_due()
    on("other")
    assert fingerprints.write_if_due() is None
    shared.refresh(PRINTS)
    monkeypatch.setattr(fingerprints, "_rows", lambda *_: [])
    assert [one.track for one in fingerprints.look(marks[1]).found] == [tracks[1]]
    assert fingerprints._shelf.version == version


def test_an_index_on_its_way_is_let_be_while_none_is_here(
    in_bucket: S3, on: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fingerprints, "_shelf", fingerprints._Shelf("damaged, and removed"))
    monkeypatch.setattr(shared, "look", lambda *_: None)
    monkeypatch.setattr(fingerprints, "_rows", lambda *_: [])
    coming = configured.FINGERPRINTS_ROOT / "fetching-it"
    coming.mkdir(parents=True)
    fingerprints._refreshed()
    assert coming.is_dir()


@pytest.fixture
def one_print(monkeypatch: pytest.MonkeyPatch) -> None:
    """A recording that is worth an index."""
    monkeypatch.setattr(fingerprints, "FEW", 1)
    fingerprints.lock()
    fingerprints.store(a_track(title="Song"), "Song", landmarks(melody(1, 12)))


@pytest.mark.django_db
def test_an_index_that_the_bucket_names_and_lacks_is_built_anew(
    in_bucket: S3, on: Machine, one_print: None
) -> None:
    key, lost = "media/fingerprints/current", b"fingerprints-0123456789abcdef"
    in_bucket.client.put_object(Bucket=in_bucket.name, Key=key, Body=lost)
    version = fingerprints.write_if_due()
    assert version is not None
    on("other")
    assert fingerprints.write_if_due() is None
    assert artifacts.current_version(configured.FINGERPRINTS_ROOT) == version


@pytest.mark.django_db
def test_the_index_is_written_by_one_at_a_time(in_bucket: S3, on: Machine, one_print: None) -> None:
    lock = f"SELECT pg_advisory_lock({fingerprints.WRITES})"
    with ThreadPoolExecutor(1) as another:
        another.submit(asked, lock).result()
        assert fingerprints.write_if_due() is None
        another.submit(asked, lock.replace("advisory_", "advisory_un")).result()
        another.submit(lambda: connection.close()).result()
    assert fingerprints.write_if_due() is not None


def asked(query: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(query)


def test_a_version_still_being_written_is_none(on: Machine) -> None:
    version = trained(1)
    work = configured.MODELS_ROOT / f"{artifacts.UNFINISHED}abcd-1"
    shutil.copytree(configured.MODELS_ROOT / version, work)
    assert [path.name for path in shared._here(MODELS)] == [version]
