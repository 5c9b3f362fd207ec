"""Somebody who performs, and their browser."""

from typing import TYPE_CHECKING

import pytest
from django.test import Client

if TYPE_CHECKING:
    from marketplace.users.models import User


@pytest.fixture
def singer(db: None) -> "User":
    from tests.builders import a_user  # models load after the settings

    return a_user("artist", name="Mirela Anso")


@pytest.fixture
def own(singer: "User") -> Client:
    client = Client()
    client.force_login(singer)
    return client
