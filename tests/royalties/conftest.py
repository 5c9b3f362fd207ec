"""Every test of the royalty path may make parties: their addresses need the custody's seed."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings as configured
from pytest_django import Settings

from royalties import keys

if TYPE_CHECKING:
    from tests.royalties.house import House


@pytest.fixture(autouse=True, scope="session")
def custody_seed() -> None:
    keys.ensure(configured.CHAIN_KEYS_FILE)


@pytest.fixture(autouse=True)
def no_hold_window(settings: Settings) -> None:
    """Plays are due at once, unless a test sets another window."""
    settings.HOLD_WINDOW = timedelta(0)


@pytest.fixture(autouse=True)
def no_least_withdrawal(settings: Settings) -> None:
    """Whole micros and single units may leave, unless a test sets more."""
    settings.WITHDRAWAL_LEAST_MICROS = settings.WITHDRAWAL_LEAST_UNITS = 1


@pytest.fixture
def house(
    db: None,
    settings: Settings,
    tmp_path: Path,
    django_capture_on_commit_callbacks: Callable[..., AbstractContextManager[Any]],
) -> "House":
    """Contracts on a chain in the process, with their own folder for bundles."""
    from tests.royalties import house as houses  # models load after the settings

    settings.BUNDLES_ROOT = tmp_path / "bundles"
    return houses.in_process(django_capture_on_commit_callbacks)


@pytest.fixture
def house_on_a_node(
    db: None,
    settings: Settings,
    tmp_path: Path,
    django_capture_on_commit_callbacks: Callable[..., AbstractContextManager[Any]],
) -> Iterator["House"]:
    """The same on a node of its own."""
    from contracts import client, node
    from tests.royalties import builders
    from tests.royalties import house as houses

    settings.BUNDLES_ROOT = tmp_path / "bundles"
    with node.running_anvil(timestamp=int(builders.NOON.timestamp()) - 1_000) as url:
        settings.CHAIN_RPC_URL = url
        yield houses.on_a_node(client.Chain(url), django_capture_on_commit_callbacks)
