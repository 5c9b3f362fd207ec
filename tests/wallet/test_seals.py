"""How far a play's money has come, in a word or two."""

from datetime import timedelta

import pytest
from pytest_django import Settings

from marketplace.wallet.seals import Seal, duration, seal_of
from royalties.models import PaidPlay, Period, Window
from tests.builders import NOON, later


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-5, "0 s"), (30, "30 s"), (250, "4 min"), (8_220, "2 h 17 min"), (200_000, "2 days")],
)
def test_waiting_is_said_in_its_two_largest_units(seconds: float, text: str) -> None:
    assert duration(timedelta(seconds=seconds)) == text.replace(" ", "\u00a0")


@pytest.mark.parametrize(
    ("state", "seal"),
    [
        ("open", Seal(False, "settles in 1\u00a0min")),
        ("closed", Seal(False, "being settled")),
        ("published", Seal(False, "being settled")),
        ("vetoed", Seal(False, "stopped, being redone")),
        ("active", Seal(True, "settled")),
    ],
)
def test_only_an_active_period_settles_a_play(settings: Settings, state: str, seal: Seal) -> None:
    settings.ACTIVATION_DELAY = timedelta(seconds=30)
    window = Window(period=Period(number=1, state=state, opens_at=NOON))
    assert seal_of(PaidPlay(window=window), later(60), NOON) == seal


def test_a_play_in_no_window_is_only_counted() -> None:
    assert seal_of(PaidPlay(), None, NOON) == Seal(False, "counted")
