"""What operators run: `manage.py check_invariants`, and the doorbells Celery rings."""

import json
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import OperationalError
from pytest_django import Settings

from royalties import deployments, invariants, ledger, tasks
from royalties.models import Account, OutboxTransaction, Period
from tests.royalties.builders import a_play
from tests.royalties.house import House
from tests.royalties.stories import one_more, two_tracks


@pytest.fixture
def reached(house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    """The node of the settings is the chain in the process."""
    monkeypatch.setattr(deployments, "connect", lambda: house.chain)
    return house


def test_a_sound_house_is_clean(reached: House, capsys: pytest.CaptureFixture[str]) -> None:
    story = two_tracks(reached)
    reached.settle()
    reached.claim(story.artist)
    one_more(reached, story)
    reached.close()
    call_command("check_invariants")
    told = capsys.readouterr().out
    assert "FAILED" not in told
    assert "ok     roots" in told
    assert "ok     every entry sums to zero in each asset\n" in told
    assert "ok     in flight: publish/2: planned for" in told


def test_a_break_is_named_and_ends_with_one(
    reached: House, capsys: pytest.CaptureFixture[str]
) -> None:
    two_tracks(reached)
    reached.settle()
    treasury, deposited = (
        ledger.account(kind) for kind in (Account.Kind.TREASURY, Account.Kind.VAULT_DEPOSITED)
    )
    ledger.post("again", "deposit", reached.at, [(treasury, 9), (deposited, -9)])
    with pytest.raises(SystemExit) as ended:
        call_command("check_invariants", "--json")
    assert ended.value.code == 1
    told = json.loads(capsys.readouterr().out)
    assert told["ok"] is False
    assert [one["name"] for one in told["checks"] if not one["ok"]] == ["deposits"] * 3


def test_a_database_that_is_not_there_is_no_break(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def gone() -> None:
        raise OperationalError("couldn't get a connection\nafter 10.00 sec")

    monkeypatch.setattr(invariants, "ledger_checks", gone)
    with pytest.raises(SystemExit) as ended:
        call_command("check_invariants")
    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert told == "The database can't be read: couldn't get a connection after 10.00 sec.\n"


def test_the_doorbells_bring_a_play_to_the_vault(reached: House, settings: Settings) -> None:
    settings.SETTLEMENT_PERIOD = timedelta(seconds=1)
    tasks.close_due_period()
    story = two_tracks(reached)  # counted long ago, by the clock of the tasks
    tasks.accrue()
    tasks.close_due_period()
    tasks.chain_send()
    tasks.chain_follow()
    period = Period.objects.get(number=1)
    assert period.state in (Period.State.PUBLISHED, Period.State.ACTIVE)
    for doorbell in (tasks.close_due_period, tasks.chain_send, tasks.chain_follow):
        doorbell()
    assert OutboxTransaction.objects.count() == 1
    a_play(story.song, story.fan, reached.at)
    tasks.accrue()
    assert Period.objects.get(state="open").windows.count() == 1
