"""Bundles over both stores: whichever machine is asked, the bytes that were published."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.core.files.base import File
from django.core.management import call_command
from django.test import Client
from pytest_django import Settings

from royalties import bundle, bundle_files, corrections
from royalties.models import OutboxTransaction, Period
from tests.builders import a_listener, a_track, heard
from tests.media.buckets import S3

if TYPE_CHECKING:
    from tests.royalties.house import House

pytestmark = pytest.mark.django_db


@pytest.fixture
def house(
    settings: Settings,
    tmp_path: Path,
    django_capture_on_commit_callbacks: Callable[..., AbstractContextManager[Any]],
) -> House:
    """One closed period, not published yet."""
    from tests.royalties import house as houses  # models load after the settings

    settings.HOLD_WINDOW = timedelta(0)
    settings.BUNDLES_ROOT = tmp_path / "bundles"
    house = houses.in_process(django_capture_on_commit_callbacks)
    heard(a_listener(), a_track(), house.at)
    house.pass_time(60)
    house.accrue()
    house.close()
    return house


def first() -> Period:
    return Period.objects.get(number=1)


def on_another_machine(store: str, settings: Settings, tmp_path: Path) -> None:
    """Machines share a folder, or have nothing but the bucket in common."""
    if store == "bucket":
        settings.BUNDLES_ROOT = tmp_path / "another"


def downloaded(client: Client, name: str = "bundle") -> bytes:
    answer: Any = client.get(f"/periods/1/{name}.zip")
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)


def without_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is made anew from here on."""
    monkeypatch.setattr(bundle, "write_aside", None)


def test_another_machine_hands_out_the_published_bytes(
    store: str,
    house: House,
    client: Client,
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    published = bundle.path_of(first()).read_bytes()
    house.work()
    on_another_machine(store, settings, tmp_path)
    without_rows(monkeypatch)
    assert downloaded(client) == published
    assert bundle.path_of(first()).read_bytes() == published


def test_a_damaged_one_is_handed_out_nowhere_and_mended(
    store: str, house: House, client: Client, settings: Settings, tmp_path: Path
) -> None:
    path = bundle.ensure(first())
    published = path.read_bytes()
    on_another_machine(store, settings, tmp_path)
    bundle_files.store().delete(path.name)  # type: ignore[attr-defined]
    damaged = path.with_name("damaged")
    damaged.write_bytes(published.replace(b"windows", b"widows!"))
    with damaged.open("rb") as file:
        bundle_files.store().save(path.name, File(file))
    assert downloaded(client) == published
    assert bundle_files.stored(path) == published


def test_a_stopped_one_stays_to_be_compared(
    store: str, house: House, client: Client, settings: Settings, tmp_path: Path
) -> None:
    stopped = bundle.ensure(first()).read_bytes()
    Period.objects.filter(number=1).update(state="vetoed")
    with house.on_commit(execute=True):
        corrections.correct(first(), "It said nothing.", house.at)
    on_another_machine(store, settings, tmp_path)
    assert downloaded(client, "replaced") == stopped
    assert downloaded(client) not in (stopped, b"")


def test_a_move_takes_them_along(
    in_bucket: S3,
    house: House,
    client: Client,
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    published = bundle.path_of(first()).read_bytes()
    call_command("move_media", in_bucket.address)
    on_another_machine("bucket", settings, tmp_path)
    without_rows(monkeypatch)
    assert downloaded(client) == published


def test_no_root_is_sent_whose_bundle_is_not_stored(
    in_bucket: S3, house: House, client: Client
) -> None:
    in_bucket.fails = True
    house.work(1)
    (waiting,) = OutboxTransaction.objects.filter(kind="publish")
    assert waiting.state == "planned"
    assert waiting.error.startswith("the bundle of period 1 is not stored: ")
    assert downloaded(client) == bundle.path_of(first()).read_bytes()
    in_bucket.fails = False
    house.work()
    waiting.refresh_from_db()
    assert waiting.state == "final"
    kept = in_bucket.keys()
    assert f"media/bundles/{bundle.path_of(first()).name}" in kept
