"""A period's bundle names the files of prices, so that a log rewritten later is noticed."""

import zlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from pytest_django import Settings

from marketplace.pricing import retention
from marketplace.pricing.engine import check
from marketplace.pricing.engine.packed import joined, split
from marketplace.pricing.models import EngineStep
from royalties import bundle
from royalties.models import PaidPlay, Period, PriceFile
from royalties.verify import __main__ as verify
from royalties.verify.archive import pack, unpack
from royalties.verify.prices import prices_of
from tests.builders import NOON, a_listener, a_track, heard
from tests.pricing.test_inputs import HOUR, files, stepped
from tests.royalties import house as houses
from tests.royalties.house import House

OnCommit = Callable[..., AbstractContextManager[Any]]


@pytest.fixture
def house(
    db: None,
    settings: Settings,
    tmp_path: Path,
    django_capture_on_commit_callbacks: OnCommit,
) -> House:
    settings.BUNDLES_ROOT = tmp_path / "bundles"
    settings.HOLD_WINDOW = timedelta(0)
    return houses.in_process(django_capture_on_commit_callbacks)


@pytest.fixture
def made(house: House) -> list[EngineStep]:
    """Five hours of prices: two in a period that is settled, two in a closed one, one since."""
    track, listener = a_track(), a_listener()
    steps: list[EngineStep] = []
    for hours, settle in ((2, house.settle), (2, house.close), (1, None)):
        steps += stepped(track, hours, start=len(steps))
        at = NOON + len(steps) * HOUR
        heard(listener, track, at=at + timedelta(minutes=5))
        house.pass_time((at + HOUR - timedelta(minutes=1) - house.at).total_seconds())
        if settle is not None:
            settle()
    return steps


def named(number: int) -> dict[int, str]:
    path = bundle.path_of(Period.objects.get(number=number))
    return prices_of(unpack(path.read_bytes()).manifest)


def test_each_period_names_the_hours_since_the_last_and_the_one_it_opened_with(
    house: House, made: list[EngineStep], capsys: pytest.CaptureFixture[str]
) -> None:
    hashes = [(one.hour, one.inputs_sha256) for one in made]
    assert named(1) == dict(hashes[:2])
    assert named(2) == dict(hashes[1:4])
    first, second = house.bundles()
    assert verify.main([str(first), str(second)]) == 0, capsys.readouterr().out
    opened = unpack(second.read_bytes())
    facts = {name: value for name, value in opened.manifest.items() if name != "members"}
    facts["prices"] = facts["prices"][1:]
    members = {name: bytes(content) for name, content in opened.members.items()}
    second.write_bytes(pack(facts, members)[0])
    capsys.readouterr()
    assert verify.main([str(first), str(second)]) == 1
    (line,) = [one for one in capsys.readouterr().out.splitlines() if "FAILED" in one]
    assert f"its prices begin with hour {made[2].hour}, those before it" in line
    del facts["prices"]
    second.write_bytes(pack(facts, members)[0])
    assert verify.main([str(first), str(second)]) == 1
    (line,) = [one for one in capsys.readouterr().out.splitlines() if "FAILED" in one]
    assert f"it names no prices, those before it ended with hour {made[1].hour}" in line


def test_a_bundle_made_again_names_them_whatever_became_of_the_log(
    house: House, made: list[EngineStep], settings: Settings
) -> None:
    period = Period.objects.get(number=2)
    before = bundle.path_of(period).read_bytes()
    settings.PRICE_INPUTS_KEPT = HOUR
    retention.drop_inputs(NOON + 90 * HOUR)
    EngineStep.objects.filter(hour=made[2].hour).update(inputs_sha256="0" * 64)
    bundle.path_of(period).unlink()
    assert bundle.at_hand(period).read_bytes() == before
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        PriceFile.objects.update(sha256="0" * 64)


def test_an_outsider_is_told_whether_the_log_is_the_published_one(
    house: House, made: list[EngineStep], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = files(made, tmp_path)
    told = ["--bundle", str(tmp_path / "bundles")]
    assert check.main([*paths[:4], *told]) == 0
    assert "ok     log of prices: all 4 files are the ones published" in capsys.readouterr().out
    assert check.main([*paths, *told]) == 1
    (line,) = [one for one in capsys.readouterr().out.splitlines() if "FAILED" in one]
    assert f"no bundle given names the file of hour {made[4].hour}" in line

    head, arrays = split(zlib.decompress(bytes(made[3].state)))  # agrees with itself: made anew
    head["at"] = made[4].at.isoformat()
    Path(paths[3]).write_bytes(joined(arrays, **head))
    assert check.main(paths[:4]) == 0
    capsys.readouterr()
    assert check.main([*paths[:4], *told]) == 1
    (line,) = [one for one in capsys.readouterr().out.splitlines() if "FAILED" in one]
    assert line.startswith(f"FAILED log of prices: the file of hour {made[3].hour} is not the one")


def test_pages_say_where_a_price_is_sealed(
    house: House, made: list[EngineStep], client: Client
) -> None:
    settled, closed, since = (
        client.get(f"/prices/hours/{made[place].hour}").content.decode() for place in (0, 2, 4)
    )
    assert "nobody, we included, can put other prices in their place unnoticed" in settled
    assert "--bundle period-1.zip" in settled
    assert "whose hash goes to the blockchain next" in closed
    assert "the next period to close names it" in since
    assert "--bundle" not in since
    first, second, _ = PaidPlay.objects.order_by("pk")
    told = "can rewrite later what this play cost"
    assert told in client.get(f"/receipts/{first.pk}").content.decode()
    assert told not in client.get(f"/receipts/{second.pk}").content.decode()
