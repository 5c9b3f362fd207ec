"""Every test of the royalty path may make parties: their addresses need the custody's seed."""

from datetime import timedelta

import pytest
from django.conf import settings as configured
from pytest_django import Settings

from royalties import keys


@pytest.fixture(autouse=True, scope="session")
def custody_seed() -> None:
    keys.ensure(configured.CHAIN_KEYS_FILE)


@pytest.fixture(autouse=True)
def no_hold_window(settings: Settings) -> None:
    """Plays are due at once, unless a test sets another window."""
    settings.HOLD_WINDOW = timedelta(0)
