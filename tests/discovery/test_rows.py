"""The week of a song's price, as rows draw it."""

from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from marketplace.discovery.rows import price_weeks, rows
from marketplace.pricing.models import PricePoint, TrackPrice
from tests.builders import NOON, a_track

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def test_a_week_is_the_last_price_of_each_six_hours(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    old, other = a_track(at=NOON - 10 * 24 * HOUR), a_track(at=NOON - 10 * 24 * HOUR)
    for hours, micros in [(200, 5_000), (31, 7_000), (26, 7_100), (25, 7_200), (3, 7_600)]:
        PricePoint.objects.create(track=old, at=NOON - hours * HOUR, micros=micros)
    TrackPrice.objects.filter(track=old).update(micros=7_700)
    with django_assert_num_queries(1):
        weeks = price_weeks([old.pk, other.pk], NOON)
    assert weeks[old.pk].prices == (7_000, 7_200, 7_600)
    assert weeks[old.pk].yesterday == 7_200
    assert weeks[other.pk].prices == ()
    assert weeks[other.pk].yesterday is None
    first, second = rows([old, other], None, NOON)
    assert first.prices == [7_000, 7_200, 7_600, 7_700]
    assert first.change_micros == 500
    assert second.change_micros == 0


def test_a_song_of_today_changes_from_its_first_price() -> None:
    new = a_track(at=NOON - 4 * HOUR)
    PricePoint.objects.create(track=new, at=NOON - HOUR, micros=6_300)
    TrackPrice.objects.filter(track=new).update(micros=6_300)
    assert rows([new], None, NOON)[0].change_micros == 300
