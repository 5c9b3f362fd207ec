"""A play held while its period closed, and released in the next one: which settles it, and when."""

import csv
import json
from pathlib import Path

import pytest
from django.test import Client

from royalties import fraud_holds
from royalties.models import FraudHold, PaidPlay
from royalties.verify.__main__ import main
from tests.builders import a_listener, a_track, heard
from tests.pages import page
from tests.royalties.builders import hold
from tests.royalties.house import House


def told(client: Client, play: PaidPlay) -> dict[str, str]:
    (row,) = csv.DictReader(client.get("/receipts.csv").content.decode().splitlines())
    assert row["receipt"] == str(play.pk)
    return row


@pytest.fixture
def play(client: Client, house: House) -> PaidPlay:
    """Accrued in the first period, which is settled without it."""
    listener, track = a_listener(), a_track()
    heard(listener, track, house.at)
    heard(a_listener(), a_track(), house.at)
    house.pass_time(60)
    house.accrue()
    client.force_login(listener)
    found = PaidPlay.objects.get(terms=track.terms)
    hold([found], "bot", house.at)
    assert told(client, found)["state"] == "held"
    house.settle()
    assert told(client, found)["state"] == "held"
    return found


def test_it_is_settled_with_the_period_it_was_released_in(
    client: Client, house: House, play: PaidPlay
) -> None:
    fraud_holds.release(FraudHold.objects.get(), "Somebody listened.", house.at)
    url = f"/receipts/{play.pk}"
    open_one = page(client, url)
    assert "One play, on its way" in open_one
    assert "Released, and posted again" in open_one
    assert "its money is period 2’s" in open_one
    assert "Counted in the song’s leaf" not in open_one
    assert ">settles in" in page(client, "/wallet").replace("\n", "")
    row = told(client, play)
    assert (row["period"], row["state"]) == ("2", "open")
    house.settle()
    settled = page(client, url)
    assert "One play, settled" in settled
    assert '<a href="/periods/2">period 2</a>’s.' in settled
    assert "Counted in the song’s leaf" in settled
    row = told(client, play)
    assert (row["period"], row["state"]) == ("2", "settled")


def test_its_receipt_says_what_was_done_with_it_since(
    client: Client,
    house: House,
    play: PaidPlay,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    receipt = tmp_path / "receipt.json"
    receipt.write_text(json.dumps(client.get(f"/receipts/{play.pk}.json").json()))
    (first,) = house.bundles()
    assert main([str(first), "--play", str(receipt)]) == 0
    assert "line 2 of period 1, under the root, held in period 1\n" in capsys.readouterr().out
    fraud_holds.release(FraudHold.objects.get(), "Somebody listened.", house.at)
    house.settle()
    assert main([*map(str, house.bundles()), "--play", str(receipt)]) == 0
    since = "held in period 1, released in period 2\n"
    assert f"line 2 of period 1, under the root, {since}" in capsys.readouterr().out
