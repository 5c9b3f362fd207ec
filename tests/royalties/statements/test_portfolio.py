"""What a listener holds, and how a track's million units are spread."""

import pytest
from pytest_django import DjangoAssertNumQueries

from royalties import accrual, statements
from tests.royalties.builders import PRICE, a_listener, a_party, a_play, a_track
from tests.royalties.house import House


def test_a_portfolio_tells_units_earned_and_accrued(house: House) -> None:
    fan, listener, track = a_listener(), a_listener(), a_track()
    a_play(track, fan, house.at, 1_000_000)
    house.accrue()
    a_play(track, listener, house.at, 1_000_000)
    house.accrue()
    (line,) = statements.portfolio(fan)
    assert (line.units, line.earned_micros, line.accrued_micros) == (10_000, 0, 3_000)
    house.close()
    (line,) = statements.portfolio(fan)
    assert (line.subject_id, line.earned_micros, line.accrued_micros) == (
        track.subject_id,
        3_000,
        0,
    )
    # 1 % of the 30 % of a thousand plays
    assert line.per_thousand_plays_micros(PRICE) == 1_000 * PRICE * 3 // 10 // 100


def test_what_one_track_brought_is_told_alone(house: House) -> None:
    fan, listener, track, other = a_listener(), a_listener(), a_track(), a_track()
    a_play(track, fan, house.at, 1_000_000)
    a_play(other, fan, house.at, 1_000_000)
    house.accrue()
    a_play(track, listener, house.at, 1_000_000)
    house.accrue()
    house.close()
    a_play(track, listener, house.at, 1_000_000)
    house.accrue()
    assert statements.came_back(fan, track) == 6_000
    assert statements.came_back(fan, other) == 0
    assert statements.came_back(a_party(), track) == 0


@pytest.mark.django_db
def test_a_tracks_units_are_spread_over_four_parts() -> None:
    fan, other, artist = a_listener(), a_listener(), a_party()
    track = a_track(artist)
    a_play(track, fan)
    accrual.accrue(a_play(track, other).counted_at)
    units = statements.TrackUnits
    assert statements.units_of(track, fan) == units(80, 80, 599_840, 400_000, 2, 160, 80)
    assert statements.units_of(track, None) == units(0, 160, 599_840, 400_000, 2, 160, 0)
    assert statements.units_of(track, artist) == units(400_000, 160, 599_840, 0, 2, 160, 0)


@pytest.mark.django_db
def test_an_unheard_track_is_all_left_to_earn_or_held() -> None:
    assert statements.units_of(a_track(), a_party()) == statements.TrackUnits(
        0, 0, 600_000, 400_000, 0
    )


@pytest.mark.django_db
def test_a_portfolio_costs_the_same_for_many_tracks(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    fan = a_listener()
    for _ in range(9):
        accrual.accrue(a_play(a_track(), fan).counted_at)
    with django_assert_max_num_queries(2):
        assert len(statements.portfolio(fan)) == 9
