"""What the next plays of several tracks would earn, beside what one play is told."""

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pytest_django import Settings

from royalties import accrual, earning, links, plays
from royalties.models import PartyLink
from tests.royalties.builders import (
    NOON,
    PRICE,
    a_listener,
    a_party,
    a_play,
    a_track,
    later,
    rolled_back,
)

pytestmark = pytest.mark.django_db


def test_many_at_once_agree_with_each_alone() -> None:
    artist, listener = a_party(), a_listener()
    tracks = [a_track(artist), a_track(cap=100), a_track(reserved=0, cap=0)]
    for second in range(3):
        a_play(tracks[0], listener, later(second))
        a_play(tracks[1], listener, later(second))
    accrual.accrue(later(60))
    for who in (None, listener, artist):
        told = earning.next_plays_earn({track.pk: PRICE for track in tracks}, who)
        assert told == {track.pk: plays.next_play_earns(track, PRICE, who) for track in tracks}


@hypothesis_settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    pairs=st.sets(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=3),
    heard=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=8),
    a_day=st.integers(1, 3),
)
def test_a_list_promises_what_each_song_does_whoever_is_linked_and_whatever_was_heard(
    settings: Settings, pairs: set[tuple[int, int]], heard: list[tuple[int, int]], a_day: int
) -> None:
    settings.UNITS_PLAYS_A_DAY = a_day
    with rolled_back():
        parties = [a_listener(str(number)) for number in range(4)]
        tracks = [a_track(party) for party in parties]
        for one, two in pairs:
            links.link(parties[one], [parties[two].pk], PartyLink.Why.WALLET, NOON)
        for second, (who, song) in enumerate(heard):
            a_play(tracks[song], parties[who], later(second))
        prices = {track.pk: PRICE for track in tracks}
        for asking in (None, *parties):
            told = earning.next_plays_earn(prices, asking, later(60))
            alone = {t.pk: plays.next_play_earns(t, PRICE, asking, later(60)) for t in tracks}
            assert told == alone


def test_songs_of_parties_that_are_the_listeners_own_earn_it_none() -> None:
    artist, listener = a_party(), a_listener()
    own, other = a_track(artist), a_track()
    told = earning.next_plays_earn({own.pk: 8_000, other.pk: 8_000}, listener, NOON, [artist.pk])
    assert told == {own.pk: 0, other.pk: 80}


def test_fresh_ones_earn_by_price_and_nothing_is_asked_of_nobody() -> None:
    track = a_track()
    assert earning.next_plays_earn({track.pk: 8_000}, None) == {track.pk: 80}
    assert earning.next_plays_earn({}, None) == {}
