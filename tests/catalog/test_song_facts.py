"""What one query says of a song is what the statements say one by one."""

from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries, Settings

from marketplace.catalog.song_facts import song_facts
from royalties import accrual, parties, statements
from royalties.models import Holding, PaidPlay
from tests.builders import NOON, a_listener, a_track, heard
from tests.royalties.builders import hold

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def test_it_says_what_the_statements_say(
    settings: Settings, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    settings.HOLD_WINDOW = timedelta(0)
    track, fan = a_track(), a_listener()
    for number, listener in enumerate((fan, fan, a_listener())):
        heard(listener, track, NOON + number * MINUTE)
    accrual.accrue(NOON + 5 * MINUTE)
    heard(fan, track, NOON + 6 * MINUTE)  # still waits
    assert (terms := track.terms) is not None
    Holding.objects.create(terms=terms, party=parties.outside(), units=20, since=NOON)
    with django_assert_num_queries(1):
        found = song_facts(terms)
    assert found.units == statements.units_of(terms, None)
    assert found.totals == statements.totals_of([terms.pk])[terms.pk]
    assert (found.totals.plays, found.units.holders, found.units.emitted_units) == (4, 2, 180)


def test_of_a_song_nobody_has_played_it_says_nothing() -> None:
    terms = a_track().terms
    assert terms is not None
    found = song_facts(terms)
    assert found.units == statements.units_of(terms, None)
    assert found.totals == statements.Totals(0, 0)


def test_a_play_that_is_held_counts_neither_in_plays_nor_in_money(settings: Settings) -> None:
    settings.HOLD_WINDOW = timedelta(0)
    track, listener = a_track(), a_listener()
    for number in range(3):
        heard(listener, track, NOON + number * MINUTE)
    accrual.accrue(NOON + 5 * MINUTE)
    assert (terms := track.terms) is not None
    hold(list(PaidPlay.objects.filter(terms=terms)[:2]), "bot", NOON + 6 * MINUTE)
    assert (song_facts(terms).totals.plays, song_facts(terms).totals.micros) == (1, 6_000)
    assert song_facts(terms).totals == statements.totals_of([terms.pk])[terms.pk]
