"""What one query says of a song and a listener is what the statements say one by one."""

from uuid import uuid4

import pytest
from pytest_django import DjangoAssertNumQueries

from marketplace.catalog.models import Track
from marketplace.catalog.song_now import Mine, song_now
from marketplace.discovery import opinions
from royalties import statements
from royalties.models import PaidPlay
from tests.builders import a_listener, a_track, a_user, an_artist, heard
from tests.royalties.house import House

pytestmark = pytest.mark.django_db


def test_it_knows_plays_units_and_what_came_back(
    house: House, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    track, fan = a_track(), a_listener()
    for listener in (fan, fan, a_listener()):
        heard(listener, track, house.at)
        house.pass_time(60)
        house.accrue()
    house.close()
    heard(a_listener(), track, house.at)
    house.pass_time(60)
    house.accrue()
    opinions.like(fan, track, house.at)
    with django_assert_num_queries(1):
        now = song_now(track.pk, fan)
    assert now is not None
    assert track.terms is not None
    units = statements.units_of(track.terms, fan.party)
    mine = now.mine
    assert (mine.units, mine.listened_units) == (units.units, units.listened_units)
    assert mine.back_micros == statements.came_back(fan.party, track.terms) > 0
    assert (mine.plays, mine.paid_micros) == (2, 2 * now.price_micros)
    last = PaidPlay.objects.filter(listener=fan.party).latest("counted_at")
    assert mine.last_play_at == last.counted_at
    assert mine.liked
    assert not mine.is_payee


def test_an_artist_is_known_by_what_it_is_paid() -> None:
    user = a_user("artist")
    track = a_track(an_artist(user))
    now = song_now(track.pk, user)
    assert now is not None
    assert now.mine.is_payee
    assert track.terms is not None
    assert track.terms.issuer_id in now.mine.parties


def test_a_visitor_has_had_nothing_to_do_with_it() -> None:
    now = song_now(a_track().pk, None)
    assert now is not None
    assert now.mine == Mine()


def test_what_is_not_published_is_not_there() -> None:
    track = a_track()
    Track.objects.filter(pk=track.pk).update(state=Track.State.WAITING)
    assert song_now(track.pk, None) is None
    assert song_now(uuid4(), None) is None
