"""Connections that wait in a process's pool while PostgreSQL is killed and started again."""

import signal
from collections.abc import Iterator
from contextlib import closing

import psycopg
import pytest
from django.db import connection, connections
from pytest_django import DjangoDbBlocker

from marketplace.database.base import DatabaseWrapper, is_lost
from tests import embedded
from tests.embedded import Embedded

POOLED = 3


@pytest.fixture
def apart() -> Iterator[Embedded]:
    """A server of its own, as others' would miss theirs."""
    run = embedded.make()
    try:
        run.start_database()
        yield run
    finally:
        run.stop()


def pooled(run: Embedded) -> list[DatabaseWrapper]:
    """As many threads' connections, of one pool."""
    there = {"HOST": str(run.database.sockets), "PORT": "5432", "NAME": "refrain"}
    told = connection.settings_dict | there | {"USER": "refrain", "PASSWORD": ""}
    return [DatabaseWrapper(told, "apart") for _ in range(POOLED)]


def asked(threads: list[DatabaseWrapper]) -> list[int]:
    """What every thread is answered at once; their connections go back into the pool."""
    answers = []
    for one in threads:
        one.ensure_connection()
    for one in threads:
        with one.cursor() as cursor:
            cursor.execute("SELECT 1")
            answers += cursor.fetchone()
    for one in threads:
        one.close()
    return answers


@pytest.mark.slow
def test_no_request_fails_for_a_restart_that_is_over(
    apart: Embedded, django_db_blocker: DjangoDbBlocker, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads = pooled(apart)
    # by its name Django looks up the numbers of types when a connection is new
    monkeypatch.setitem(connections.settings, "apart", threads[0].settings_dict)
    with django_db_blocker.unblock(), closing(threads[0].pool):
        assert asked(threads) == [1] * POOLED
        child, _ = apart.running["database"]
        for number in (signal.SIGKILL, signal.SIGINT):
            apart.kill("database", number)
            apart.start("database", child)
            assert asked(threads) == [1] * POOLED


def test_a_living_connection_is_kept(apart: Embedded) -> None:
    with apart.database.connect() as living, apart.database.connect() as other:
        assert not is_lost(living)
        living.execute("SELECT 1")
        assert not is_lost(living)
        other.execute("SELECT pg_terminate_backend(%s)", [living.info.backend_pid])
        with pytest.raises(psycopg.OperationalError):
            living.execute("SELECT 1")
        assert is_lost(living)
