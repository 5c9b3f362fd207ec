"""Both stores of recordings: what holds of one holds of the other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from marketplace.media.address import storages_of
from tests.media.buckets import S3, bucket


@pytest.fixture(scope="session")
def s3() -> Iterator[S3]:
    with bucket() as running:
        yield running


@pytest.fixture
def in_bucket(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, s3: S3
) -> Iterator[S3]:
    """Recordings lie in a bucket, empty at first."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.MODELS_ROOT = tmp_path / "models"
    settings.FINGERPRINTS_ROOT = tmp_path / "fingerprints"
    settings.STORAGES = settings.STORAGES | storages_of(s3.address)
    s3.clear()
    yield s3
    s3.fails = False


@pytest.fixture(params=["folder", "bucket"])
def store(request: pytest.FixtureRequest, settings: Settings, tmp_path: Path) -> str:
    """Which of the two it is."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.MODELS_ROOT = tmp_path / "models"
    settings.FINGERPRINTS_ROOT = tmp_path / "fingerprints"
    if request.param == "bucket":
        request.getfixturevalue("in_bucket")
    return str(request.param)
