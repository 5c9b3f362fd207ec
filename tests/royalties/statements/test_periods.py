"""Periods and tracks as a payee sees them: what was paid, and whom it went to."""

from datetime import datetime

import pytest
from pytest_django import DjangoAssertNumQueries

from royalties import statements
from royalties.models import Period
from tests.royalties.builders import a_listener, a_party, a_play, a_track, hold, release
from tests.royalties.house import House
from tests.royalties.stories import one_more, two_tracks


def test_the_open_period_shows_plays_that_are_not_accrued_yet(house: House) -> None:
    artist, listener = a_party(), a_listener()
    track = a_track(artist)
    a_play(track, listener, house.at)
    house.accrue()
    a_play(track, listener, house.at)
    (line,) = statements.by_period(artist)
    assert (line.period, line.state, line.plays, line.paid_micros) == (1, "open", 2, 16_000)
    assert line.to_you_micros == 2 * 5_200 + 2_400
    assert line.to_others_micros == 16_000 - line.to_you_micros


def test_a_held_play_counts_where_its_money_does_in_the_period_of_its_release(
    house: House,
) -> None:
    artist, listener = a_party(), a_listener()
    track = a_track(artist)
    held, _ = [a_play(track, listener, house.at) for _ in range(2)]
    house.accrue()
    hold([held], "bot", house.at)
    house.close()
    assert [(line.plays, line.paid_micros) for line in statements.by_period(artist)] == [(1, 8_000)]
    release(held, house.at)
    house.accrue()
    open_one = statements.by_period(artist)[0]
    assert (open_one.state, open_one.plays, open_one.paid_micros) == ("open", 1, 8_000)
    house.close()
    assert statements.by_period(artist)[0].plays == 1


def test_a_close_freezes_what_the_open_period_said(house: House) -> None:
    story = two_tracks(house)
    house.accrue()
    before = statements.by_period(story.artist)
    tracks = statements.by_track_in(Period.objects.get(), story.artist)
    house.close()
    after = statements.by_period(story.artist)
    assert [line.to_you_micros for line in after] == [line.to_you_micros for line in before]
    assert after[0].state == "closed"
    assert after[0].cutoff_at is not None
    assert statements.by_track_in(Period.objects.get(number=1), story.artist) == tracks


def test_periods_come_newest_first_and_add_up_to_their_tracks(house: House) -> None:
    story = two_tracks(house)
    house.settle()
    one_more(house, story)
    house.close()
    lines = statements.by_period(story.artist)
    assert [line.period for line in lines] == [2, 1]
    for line in lines:
        tracks = statements.by_track_in(Period.objects.get(pk=line.period), story.artist)
        assert sum(track.to_you_micros for track in tracks) == line.to_you_micros
        assert sum(track.paid_micros for track in tracks) == line.paid_micros
        assert sum(track.plays for track in tracks) == line.plays


def test_units_of_other_peoples_tracks_are_told_apart(house: House) -> None:
    fan, listener, track = a_listener(), a_listener(), a_track()
    a_play(track, fan, house.at, 1_000_000)
    house.accrue()
    a_play(track, listener, house.at, 1_000_000)
    house.accrue()
    expected = 1_000_000 * 3 // 10 * 10_000 // 1_000_000
    for _ in range(2):
        (line,) = statements.by_period(fan)
        assert (line.plays, line.to_you_micros, line.elsewhere_micros) == (0, 0, expected)
        if line.state == "open":
            house.close()


def test_parties_of_one_login_are_added_up(house: House) -> None:
    story = two_tracks(house)
    house.close()
    whole = statements.by_period([story.artist, story.writer])[0]
    each = [statements.by_period(party)[0] for party in (story.artist, story.writer)]
    assert whole.to_you_micros == sum(line.to_you_micros for line in each)
    assert whole.paid_micros == each[0].paid_micros  # the writer's track is the artist's too


@pytest.mark.django_db
def test_somebody_with_nothing_has_no_lines() -> None:
    assert statements.by_period(a_party()) == []
    assert statements.export(a_party()) == []


def test_the_export_has_every_entitlement_to_the_micro(house: House) -> None:
    story = two_tracks(house)
    house.settle()
    rows = statements.export([story.artist, story.writer])
    assert sum(row[7] for row in rows) == sum(
        statements.by_period(party)[0].to_you_micros for party in (story.artist, story.writer)
    )
    number, state, cutoff, track, role, plays, paid, to_you = rows[-1]
    assert (number, state, track, role) == (1, "active", str(story.other.subject_id), "payee")
    assert datetime.fromisoformat(cutoff).tzinfo is not None
    assert (plays, paid, to_you) == (1, 5_431, 5_431 * 8_163 // 10_000)


def test_pages_cost_the_same_for_many_periods(
    house: House, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    story = two_tracks(house)
    house.close()
    for _ in range(3):
        one_more(house, story)
        house.close()
    with django_assert_max_num_queries(12):
        assert len(statements.by_period(story.artist)) == 4
    with django_assert_max_num_queries(4):
        statements.by_track_in(Period.objects.get(number=1), story.artist)
    with django_assert_max_num_queries(3):
        statements.export(story.artist)
