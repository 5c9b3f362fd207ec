"""The operators' first page: one true sentence for each thing that runs."""

import re
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pytest_django import Settings

from marketplace.catalog.models import LostFile, Track
from marketplace.discovery import shared
from marketplace.operations import keepers, reconciliation
from marketplace.operations.board import ALARM, CALM, WAITS, Line, board
from marketplace.operations.models import Deed, KeyState
from marketplace.pricing import steps
from royalties import deployments
from royalties.models import OutboxTransaction
from tests.builders import NOON, a_listener, a_track, a_user, heard

if TYPE_CHECKING:
    from tests.royalties.house import House

pytestmark = pytest.mark.django_db


def lines(house: "House") -> dict[str, Line]:
    return {line.name: line for line in board(house.at)["lines"]}


def told(house: "House", name: str) -> tuple[str, str]:
    line = lines(house)[name]
    return line.mark, re.sub("\u00a0", " ", line.sentence)


@pytest.fixture
def at_the_house(house: "House", monkeypatch: pytest.MonkeyPatch) -> "House":
    monkeypatch.setattr(deployments, "connect", lambda: house.chain)
    return house


def test_a_house_before_its_first_play(at_the_house: "House") -> None:
    assert told(at_the_house, "Periods") == (
        CALM,
        "None is closed yet. Period 1 is open with 0 plays, $0.00.",
    )
    assert told(at_the_house, "Outbox") == (CALM, "Nothing is on its way to the chain.")
    assert told(at_the_house, "Files") == (CALM, "No file failed; none waits to be analysed.")
    assert told(at_the_house, "Log") == (CALM, "No operator has pressed anything yet.")
    for name in ("Keys", "Reconciliation", "Prices", "Models"):
        assert told(at_the_house, name)[0] == WAITS


def test_a_damaged_model_is_an_alarm(
    at_the_house: "House", settings: Settings, tmp_path: Path
) -> None:
    settings.MODELS_ROOT = tmp_path
    shared.distrust(shared.MODELS, "model-2")
    mark, sentence = told(at_the_house, "Models")
    assert (mark, sentence.partition(" on ")[0]) == (ALARM, "model-2 is damaged")


def test_periods_are_told_as_they_settle(at_the_house: "House") -> None:
    listener, track = a_listener(), a_track()
    heard(listener, track, at_the_house.at)
    at_the_house.pass_time(60)
    assert told(at_the_house, "Periods")[1].endswith("Period 1 is open with 1 play, $0.00.")
    at_the_house.accrue()
    at_the_house.close()
    mark, sentence = told(at_the_house, "Periods")
    assert (mark, sentence.partition(".")[0]) == (
        WAITS,
        "One closed period is on the way to the vault",
    )
    at_the_house.pass_time(5)
    assert told(at_the_house, "Outbox") == (
        WAITS,
        "1 transaction is on the way, the oldest for 5 s.",
    )
    at_the_house.work()
    at_the_house.pass_time(60)
    at_the_house.work()
    assert told(at_the_house, "Periods")[1].startswith("The one closed period is settled.")
    assert told(at_the_house, "Outbox")[0] == CALM


def test_what_is_stuck_or_low_or_late_is_marked(at_the_house: "House") -> None:
    keepers.look(at_the_house.at)
    reconciliation.work(at_the_house.at)
    steps.step(at_the_house.at)
    found = board(at_the_house.at)
    assert {line.name for line in found["lines"] if line.mark == ALARM} == set()
    assert found["calm"]
    waiting = {line.name for line in found["lines"] if line.mark == WAITS}
    assert found["waits"] == bool(waiting)
    gas = "Every key has gas; the treasury holds $1,000,000.00."
    assert told(at_the_house, "Keys") == (CALM, gas)
    KeyState.objects.filter(role="keeper").update(transactions_left=49)
    OutboxTransaction.objects.create(
        lane="keeper", kind="register", reference="register/1", to="0x", data=b"",
        created_at=at_the_house.at, error="Vault: paused",
    )  # fmt: skip
    at_the_house.at += timedelta(hours=2)
    assert told(at_the_house, "Keys") == (ALARM, "The keeper has little gas left.")
    assert told(at_the_house, "Outbox") == (ALARM, "register/1 is planned: Vault: paused.")
    assert told(at_the_house, "Prices") == (ALARM, "The hourly step is 1 h 0 min late.")
    assert not board(at_the_house.at)["calm"]
    OutboxTransaction.objects.update(error="")
    assert told(at_the_house, "Outbox")[0] == WAITS
    at_the_house.at += timedelta(hours=13)
    assert told(at_the_house, "Outbox") == (ALARM, "register/1 has been stuck for 15 h 0 min.")


def test_files_and_deeds_are_counted_and_named(at_the_house: "House") -> None:
    for number, state in enumerate(("failed", "failed", "waiting")):
        Track.objects.create(
            title="x", file_name="x", file_hash=str(number), state=state, created_at=NOON
        )
    Deed.objects.create(at=NOON, user=a_user("operator", name="Ada"), text="Closed period 1.")
    at_the_house.at += timedelta(minutes=3)
    assert told(at_the_house, "Files") == (WAITS, "2 files failed; 1 waits to be analysed.")
    assert told(at_the_house, "Log") == (CALM, "Ada, 3 min ago: Closed period 1.")
    LostFile.objects.create(name="tracks/ab/c", track=Track.objects.latest("pk"), seen_at=NOON)
    mark, sentence = told(at_the_house, "Files")
    assert mark == ALARM
    assert sentence.startswith("1 file that songs need is not in the store, for ")
    assert lines(at_the_house)["Files"].url.endswith("#lost")
