"""Revenue by track and day, and counts."""

from datetime import date, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from royalties import accrual, statements
from royalties.statements import Counts, Fans, RevenueLine, Totals
from tests.royalties.builders import NOON, PRICE, a_listener, a_play, a_track


@pytest.mark.django_db
def test_revenue_is_told_by_track_and_day(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    one, other, listener = a_track(), a_track(), a_listener()
    for at in (NOON - timedelta(days=1), NOON, NOON + timedelta(seconds=1)):
        a_play(one, listener, at)
    a_play(other, listener, NOON)
    a_play(other, listener, NOON - timedelta(days=9))
    with django_assert_max_num_queries(1):
        lines = statements.revenue([one.pk, other.pk], NOON - timedelta(days=2), NOON)
    assert lines == [
        RevenueLine(one.pk, date(2026, 3, 1), 1, PRICE),
        RevenueLine(one.pk, date(2026, 3, 2), 1, PRICE),
        RevenueLine(other.pk, date(2026, 3, 2), 1, PRICE),
    ]


@pytest.mark.django_db
def test_counts_know_plays_and_listeners(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    heard, silent = a_track(), a_track()
    first, second = a_listener(), a_listener()
    for listener in (first, first, second):
        a_play(heard, listener)
    with django_assert_max_num_queries(1):
        counts = statements.counts_of([heard.pk, silent.pk])
    assert counts == {heard.pk: Counts(3, 2, 3 * PRICE), silent.pk: Counts(0, 0, 0)}


@pytest.mark.django_db
def test_totals_add_posted_plays_and_those_that_wait(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    heard, silent, listener = a_track(), a_track(), a_listener()
    a_play(heard, listener)
    accrual.accrue(a_play(heard, listener).accrues_at)
    a_play(heard, listener)
    with django_assert_max_num_queries(3):
        totals = statements.totals_of([heard.pk, silent.pk])
    assert totals == {heard.pk: Totals(3, 3 * PRICE), silent.pk: Totals(0, 0)}


@pytest.mark.django_db
def test_a_fan_of_several_tracks_is_one_person(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    one, other, silent = a_track(), a_track(), a_track()
    fan, second = a_listener(), a_listener()
    a_play(one, fan)
    a_play(one, second)
    accrual.accrue(a_play(other, fan).accrues_at)
    with django_assert_max_num_queries(1):
        assert statements.fans_of([one.pk, other.pk]) == Fans(2, 240)
    assert statements.fans_of([silent.pk]) == Fans(0, 0)
