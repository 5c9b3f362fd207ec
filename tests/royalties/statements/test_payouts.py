"""Where a party's money is: each station in turn, never in two at once."""

import pytest
from pytest_django import DjangoAssertNumQueries

from royalties import accrual, parties, purses, statements
from royalties.models import Party
from tests.royalties.builders import a_listener, a_party, a_play, a_track
from tests.royalties.house import House
from tests.royalties.stories import two_tracks


def stations(party: Party) -> dict[str, int]:
    """The stations with money in them."""
    told = vars(statements.payouts(party))
    return {name: micros for name, micros in told.items() if name != "next_cutoff" and micros}


def test_money_moves_from_station_to_station(house: House) -> None:
    artist, listener = a_party(), a_listener()
    track = a_track(artist)
    a_play(track, listener, house.at)
    assert stations(artist) == {"counting": 5_200}
    house.accrue()
    assert stations(artist) == {"accrued": 5_200 + 2_400}  # as payee, and as holder of all units
    house.close()
    assert stations(artist) == {"published": 7_600}
    house.work()
    house.pass_time(31)
    house.work()
    assert stations(artist) == {"settled": 7_600}
    house.claim(artist)
    assert stations(artist) == {"spendable": 7_600}
    purses.spend_earnings(artist, 600, "spent", house.at)
    assert stations(artist) == {"spendable": 7_000, "withdrawn": 600}


@pytest.mark.django_db
def test_a_fans_money_is_accrued_before_any_close() -> None:
    fan, listener, track = a_listener(), a_listener(), a_track()
    accrual.accrue(a_play(track, fan, micros=1_000_000).counted_at)
    assert stations(fan) == {}
    for _ in range(2):  # 10,000 units are 1 % of the pool of 30 %
        accrual.accrue(a_play(track, listener, micros=1_000_000).counted_at)
    assert stations(fan) == {"accrued": 2 * 3_000}


@pytest.mark.django_db
def test_the_platform_has_stations_too() -> None:
    play = a_play(a_track(), a_listener())
    assert stations(parties.platform()) == {"counting": 400}
    accrual.accrue(play.counted_at)
    assert stations(parties.platform()) == {"accrued": 400}


@pytest.mark.django_db
def test_somebody_without_any_money_has_nothing_and_no_cutoff() -> None:
    told = statements.payouts(a_party())
    assert told.accrued == told.spendable == 0
    assert told.next_cutoff is None


def test_the_next_cutoff_is_known_once_a_play_waits(house: House) -> None:
    story = two_tracks(house)
    cutoff = statements.payouts(story.artist).next_cutoff
    assert cutoff is not None
    assert cutoff > house.at


@pytest.mark.django_db
def test_stations_cost_the_same_for_many_tracks(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    artist, listener = a_party(), a_listener()
    for _ in range(12):
        accrual.accrue(a_play(a_track(artist), listener).counted_at)
    with django_assert_max_num_queries(8):
        statements.payouts(artist)
