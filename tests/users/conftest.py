"""Tries of one test are not those of another."""

import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def _no_tries_taken() -> None:
    cache.clear()
