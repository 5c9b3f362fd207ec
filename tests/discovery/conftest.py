"""A catalogue of three worlds, and a listener who likes the first of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.test import Client
from pytest_django import Settings

if TYPE_CHECKING:
    from marketplace.catalog.models import Track
    from marketplace.users.models import User


@pytest.fixture
def own_models(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No model yet, and none of this test's for those after it."""
    from marketplace.discovery import serving  # models load after the settings

    settings.MODELS_ROOT = tmp_path
    monkeypatch.setattr(serving, "_loaded", serving._loaded)


@pytest.fixture
def worlds(db: None, own_models: None) -> list[Track]:
    from tests.discovery.worlds import three_worlds

    return three_worlds()


@pytest.fixture
def listener(worlds: list[Track]) -> User:
    """Who likes the first two of the first world."""
    from marketplace.discovery import opinions
    from tests.builders import a_listener, later

    user = a_listener()
    for track in worlds[:2]:
        opinions.like(user, track, later(70))
    return user


@pytest.fixture
def signed_in(client: Client, listener: User) -> Client:
    client.force_login(listener)
    return client
