"""Every test of the royalty path may make parties: their addresses need the custody's seed."""

import pytest
from django.conf import settings

from royalties import keys


@pytest.fixture(autouse=True, scope="session")
def custody_seed() -> None:
    keys.ensure(settings.CHAIN_KEYS_FILE)
