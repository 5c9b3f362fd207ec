"""The landing page's early listener: true figures, nobody's name, nothing before it is enough."""

from datetime import timedelta

import pytest

from marketplace.catalog.models import Track
from marketplace.discovery.early import LEAST_DAYS, early_listener
from royalties.models import Entitlement, Holding, Party, Period
from tests.builders import NOON, a_listener, a_track, heard

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def paid_on(days: int, track: Track, holder: Party, micros: int = 70) -> None:
    """A period closes on each of the `days` from NOON on and brings the holder so much."""
    assert track.terms is not None
    for n in range(days):
        opens = NOON + n * DAY
        period = Period.objects.create(
            number=n + 1, state="active", opens_at=opens, cutoff_at=opens + DAY / 4
        )
        Entitlement.objects.create(
            period=period,
            terms=track.terms,
            party=holder,
            role=Entitlement.Role.HOLDER,
            amount_micros=micros,
        )


def holds(track: Track, party: Party, units: int) -> None:
    assert track.terms is not None
    Holding.objects.create(terms=track.terms, party=party, units=units, since=NOON)


def test_what_came_back_is_summed_by_day_and_stands_beside_what_was_paid() -> None:
    fan, other = a_listener(), a_listener()
    track = a_track(title="Salt on the Wire")
    heard(fan, track, NOON)
    heard(other, track, NOON)
    holds(track, other.party, 60)
    holds(track, fan.party, 120)
    paid_on(LEAST_DAYS, track, fan.party)
    early = early_listener(track, NOON + LEAST_DAYS * DAY)
    assert early is not None
    assert [micros for _, micros in early.points] == [70, 140, 210, 210], "today as well"
    assert early.title == "0.02\u00a0¢ came back to one early listener of Salt on the Wire"
    assert "Paid 0.60\u00a0¢ for 1 play; owns 120 of its million units" in early.note
    assert fan.name not in early.title + early.note


def test_too_few_days_draw_no_line() -> None:
    fan, track = a_listener(), a_track()
    assert early_listener(track, NOON) is None
    heard(fan, track, NOON)
    holds(track, fan.party, 120)
    paid_on(LEAST_DAYS - 1, track, fan.party)
    assert early_listener(track, NOON + 5 * DAY) is None
