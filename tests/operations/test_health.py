"""/healthz and /readyz: what is missing is named, with 503, and soon."""

import time

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from pytest_django import Settings

NOTHING_LISTENS = "1"

pytestmark = pytest.mark.django_db


def answer(client: Client, status: int) -> dict[str, object]:
    found = client.get("/readyz")
    assert found.status_code == status, found.content
    return dict(found.json())


@pytest.fixture(autouse=True)
def all_parts(settings: Settings, chain_url: str, broker_url: str) -> None:
    settings.CHAIN_RPC_URL, settings.REDIS_URL = chain_url, broker_url


def test_all_parts_answer(client: Client) -> None:
    assert answer(client, 200) == {"ok": True, "database": "ok", "broker": "ok", "chain": "ok"}


def test_a_database_that_does_not_answer_is_named_soon(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(connection.settings_dict, "HOST", "127.0.0.1")
    monkeypatch.setitem(connection.settings_dict, "PORT", NOTHING_LISTENS)
    started = time.monotonic()
    found = answer(client, 503)
    assert time.monotonic() - started < 5
    assert found["database"] == "does not answer: OperationalError"
    assert (found["ok"], found["broker"], found["chain"]) == (False, "ok", "ok")


def test_migrations_that_are_not_applied_are_named(client: Client) -> None:
    MigrationRecorder.Migration.objects.filter(app="discovery").delete()
    found = answer(client, 503)
    assert str(found["database"]).startswith("not migrated: discovery.0001_initial")


def test_a_broker_that_does_not_answer_is_named(client: Client, settings: Settings) -> None:
    settings.REDIS_URL = f"redis://127.0.0.1:{NOTHING_LISTENS}"
    found = answer(client, 503)
    assert found["broker"] == "does not answer: ConnectionError"
    assert (found["ok"], found["database"]) == (False, "ok")


def test_a_chain_that_does_not_answer_or_is_another_is_named(
    client: Client, settings: Settings
) -> None:
    settings.CHAIN_ID = 1
    assert answer(client, 503)["chain"] == "the node serves chain 31337, not 1"
    settings.CHAIN_RPC_URL = f"http://127.0.0.1:{NOTHING_LISTENS}"
    found = answer(client, 503)
    assert found["chain"] == "does not answer"
    assert (found["ok"], found["database"], found["broker"]) == (False, "ok", "ok")


def test_a_process_is_alive_whatever_is_missing(
    client: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.REDIS_URL = f"redis://127.0.0.1:{NOTHING_LISTENS}"
    monkeypatch.setitem(connection.settings_dict, "PORT", NOTHING_LISTENS)
    assert client.get("/healthz").json() == {"ok": True}
