"""What the points of the chart of payouts are called."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from pytest_django import Settings

from marketplace.studio.payout_chart import chart
from royalties.models import Period

NOON = datetime(2026, 3, 16, 12, tzinfo=UTC)


def named(*ago: timedelta) -> list[str]:
    """The labels of periods that began so long ago, the newest first as the page has them."""
    rows: list[Any] = [
        SimpleNamespace(
            line=SimpleNamespace(opens_at=NOON - one, cutoff_at=None, state=Period.State.ACTIVE),
            to_you_micros=1,
        )
        for one in ago
    ]
    return [label for label, _ in chart(rows)["points"]]


def test_a_period_that_is_open_is_no_fall() -> None:
    rows: list[Any] = [
        SimpleNamespace(
            line=SimpleNamespace(opens_at=NOON, cutoff_at=None, state=state), to_you_micros=1
        )
        for state in (Period.State.OPEN, Period.State.ACTIVE)
    ]
    assert chart(rows)["so_far"]
    assert not chart(rows[1:])["so_far"]


@pytest.mark.parametrize(("hours", "said"), [((24, 24), False), ((24, 5), True)])
def test_short_periods_beside_long_ones_are_said(hours: tuple[int, int], said: bool) -> None:
    rows: list[Any] = []
    for length in hours:
        cutoff_at = NOON + timedelta(hours=length)
        line = SimpleNamespace(opens_at=NOON, cutoff_at=cutoff_at, state=Period.State.ACTIVE)
        rows.append(SimpleNamespace(line=line, to_you_micros=1))
    assert ("differ in length" in chart(rows)["note"]) == said


@pytest.mark.parametrize(
    ("hours", "labels"),
    [
        ((0, 0.1), ["11:54", "12:00"]),
        ((0, 0.1, 12, 36), ["15 Mar", "16 Mar", "11:54", "12:00"]),
    ],
)
def test_days_are_named_where_periods_span_them(
    hours: list[float], labels: list[str], settings: Settings
) -> None:
    settings.SETTLEMENT_PERIOD = timedelta(minutes=5)
    assert named(*(timedelta(hours=one) for one in hours)) == labels
