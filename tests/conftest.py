"""Fixtures every test may use. Services are real, private to this run, and started by the first
test that asks.

- `db`, `transactional_db` and friends (pytest-django) start PostgreSQL and Valkey.
- `broker_url`: Valkey alone. `chain_url`: anvil, also what `settings.CHAIN_RPC_URL` names.
- `process_environment`: the environment for processes a test starts (Celery workers,
`manage.py`), which then use the test's own database.

Several people may run pytest in one checkout at once: nothing is shared between runs.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, cast

import hypothesis
import pytest
from pytest_django import DjangoDbBlocker

from marketplace.up import postgres
from tests import embedded

if TYPE_CHECKING:
    from marketplace.catalog.processing import Analyse

# The same examples in each run of `make test`; new ones are sought by `make soak`. A busy machine
# fails neither.
ANY_PACE = hypothesis.settings(
    deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow], database=None
)
hypothesis.settings.register_profile("refrain", ANY_PACE, max_examples=60, derandomize=True)
hypothesis.settings.register_profile("soak", ANY_PACE, max_examples=600, print_blob=True)
hypothesis.settings.load_profile("refrain")

RUN = pytest.StashKey[embedded.Embedded]()
SHARED = pytest.StashKey[Path]()
# Tests of packages that know no Django: a run of these alone does not load it.
PURE = (
    "contracts",
    "recommender",
    "pricing/engine",
    "catalog/analysis",
    "demo/compose",
    "up",
)
TESTS = Path(__file__).resolve().parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first, so that none of them is left running alone at the end."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def pytest_configure(config: pytest.Config) -> None:
    """Say where the services will be before pytest-django reads the settings.

    Of a run in several processes (`-n`) each has services of its own; the one that hands out the
    tests needs none, and must not leave its addresses in the environment of the others: only a
    folder for what they share.
    """
    if config.getoption("numprocesses", None) and not hasattr(config, "workerinput"):
        config.stash[SHARED] = embedded.make_folder()
        os.environ[embedded.SHARED] = str(config.stash[SHARED])
        return
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.pop("DEMO", None)
    os.environ["TEST_MONEY"] = "1"
    run = embedded.make()
    os.environ.update(run.variables)
    config.stash[RUN] = run
    if not all(is_pure(argument) for argument in config.args):
        os.environ["DJANGO_SETTINGS_MODULE"] = "marketplace.settings"
        import django

        django.setup()


def is_pure(argument: str) -> bool:
    path = Path(argument.partition("::")[0]).resolve()
    return any(path.is_relative_to(TESTS / pure) for pure in PURE)


def pytest_unconfigure(config: pytest.Config) -> None:
    if RUN in config.stash:
        config.stash[RUN].stop()
    if SHARED in config.stash:
        shutil.rmtree(config.stash[SHARED], ignore_errors=True)


@pytest.fixture(scope="session")
def embedded_parts(pytestconfig: pytest.Config) -> embedded.Embedded:
    return pytestconfig.stash[RUN]


@pytest.fixture(scope="session")
def broker_url(embedded_parts: embedded.Embedded) -> str:
    embedded_parts.start_broker()
    return embedded_parts.broker.url


@pytest.fixture(scope="session")
def chain_url(embedded_parts: embedded.Embedded) -> str:
    embedded_parts.start_chain()
    return embedded_parts.chain_url


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None,
    django_db_blocker: DjangoDbBlocker,
    embedded_parts: embedded.Embedded,
    broker_url: str,
) -> None:
    """In place of pytest-django's: one database for each process, migrated once for all of them.

    It goes with its whole cluster at the end of the run.
    """
    from django.conf import settings
    from django.db import connection

    from marketplace.database.base import DatabaseWrapper
    from royalties import keys

    def migrate() -> None:
        connection.creation.create_test_db(verbosity=0, serialize=False)
        connection.close()
        cast(DatabaseWrapper, connection).close_pool()

    settings.PASSWORD_HASHERS = ["tests.hashers.OneRound"]
    settings.PRICE_HELD_BPS = 0  # a test's songs have random keys, and most must move
    with django_db_blocker.unblock():
        embedded_parts.start_migrated_database(migrate)
    name = f"test_{postgres.DATABASE}"
    settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = name
    embedded_parts.collect_static()
    keys.ensure(settings.CHAIN_KEYS_FILE)  # parties' addresses come from the custody's seed


@pytest.fixture
def process_environment(
    embedded_parts: embedded.Embedded, transactional_db: None
) -> dict[str, str]:
    from django.db import connection

    database = str(connection.settings_dict["NAME"])
    return {**os.environ, "DATABASE_URL": embedded_parts.database.url(database)}


@pytest.fixture(scope="session")
def warm() -> Iterator["Analyse"]:
    """Analyses in forks of a process that has imported everything already, for tests that are not
    about the start.
    """
    from marketplace.catalog.analysis.warm import Template

    with Template() as template:
        yield template.analyse
