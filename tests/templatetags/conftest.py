"""Pictures and pages name static files; tests do not collect them first."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from marketplace.templatetags import keeping, pictures


@pytest.fixture(autouse=True)
def _plain_static_files(settings: Settings) -> Iterator[None]:
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    forget()
    yield
    forget()


def forget() -> None:
    """Drawings name files as the storage of before did."""
    keeping.fixed.cache_clear()
    pictures.icon.cache_clear()
    pictures.mark.cache_clear()
