"""A house with contracts in the process, for pages that show settled money."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pytest_django import Settings

if TYPE_CHECKING:
    from tests.royalties.house import House


@pytest.fixture
def house(
    db: None,
    settings: Settings,
    tmp_path: Path,
    django_capture_on_commit_callbacks: Callable[..., AbstractContextManager[Any]],
) -> "House":
    """Plays are due at once, and one unit costs a micro, so that fans earn whole micros."""
    from tests.royalties import house as houses  # models load after the settings

    settings.HOLD_WINDOW = timedelta(0)
    settings.UNITS_PRICE_MICROS = 1
    settings.BUNDLES_ROOT = tmp_path / "bundles"
    return houses.in_process(django_capture_on_commit_callbacks)
