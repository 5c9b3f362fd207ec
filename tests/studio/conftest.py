"""A house whose periods settle on a chain in the process, and plays that are due at once."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pytest_django import Settings

if TYPE_CHECKING:
    from tests.royalties.house import House


@pytest.fixture(autouse=True)
def no_hold_window(settings: Settings, tmp_path: Path) -> None:
    settings.HOLD_WINDOW = timedelta(0)
    settings.BUNDLES_ROOT = tmp_path / "bundles"


@pytest.fixture
def house(
    db: None, django_capture_on_commit_callbacks: Callable[..., AbstractContextManager[Any]]
) -> "House":
    from tests.royalties import house as houses  # models load after the settings

    return houses.in_process(django_capture_on_commit_callbacks)
