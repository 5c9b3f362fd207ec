"""The API's published description: valid, without warnings, and readable under the strict CSP."""

import pytest
from django.core.management import call_command
from django.test import Client

pytestmark = pytest.mark.django_db


def test_the_schema_is_valid_and_complete(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("spectacular", validate=True, fail_on_warn=True)
    schema = capsys.readouterr().out
    assert "/api/v1/streams/{id}/heartbeat" in schema
    assert "'402'" in schema


def test_the_docs_carry_nothing_inline(client: Client) -> None:
    page = client.get("/api/v1/docs")
    assert page.status_code == 200
    assert "<style" not in page.content.decode()
    assert client.get("/api/v1/docs?script").status_code == 200
