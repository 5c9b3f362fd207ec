"""Where a listener's money stands: what counts towards the day and the month."""

from datetime import UTC, datetime, timedelta

import pytest

from marketplace.wallet.standing import standing
from tests.builders import a_listener, a_track, heard

pytestmark = pytest.mark.django_db
PRICE = 6_000
MONTH = datetime(2026, 4, 1, tzinfo=UTC)
COUNTED = timedelta(seconds=30)  # after a play has begun


def test_a_month_and_a_day_count_both_their_ends() -> None:
    before = MONTH - timedelta(days=2)
    listener, track = a_listener(at=before), a_track(at=before)
    for counted_at in (MONTH - timedelta(minutes=1), MONTH, MONTH + timedelta(days=2)):
        heard(listener, track, counted_at - COUNTED)
    spent = [
        (found.spent_month_micros, found.spent_today_micros)
        for found in (standing(listener, at) for at in (MONTH, MONTH + timedelta(days=2)))
    ]
    assert spent == [(PRICE, PRICE), (2 * PRICE, PRICE)]
