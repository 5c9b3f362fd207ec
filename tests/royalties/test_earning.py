"""What the next plays of several tracks would earn, beside what one play is told."""

import pytest

from royalties import accrual, earning, plays
from tests.royalties.builders import PRICE, a_listener, a_party, a_play, a_track, later

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


def test_fresh_ones_earn_by_price_and_nothing_is_asked_of_nobody() -> None:
    track = a_track()
    assert earning.next_plays_earn({track.pk: 8_000}, None) == {track.pk: 80}
    assert earning.next_plays_earn({}, None) == {}
