"""What a listener is told of the units a play earns: how many, or why none."""

from datetime import timedelta

import pytest
from pytest_django import Settings

from marketplace.catalog.models import Track
from marketplace.listening import streams
from marketplace.listening.api import ProgressSerializer, told
from marketplace.pricing.models import FreePlays
from marketplace.users.models import User
from royalties import links
from royalties.models import Holding, PartyLink
from tests.builders import NOON, a_listener, a_stream, a_track, an_artist, later, served

pytestmark = pytest.mark.django_db


def earned(listener: User, track: Track, minutes: int = 0) -> tuple[int | None, str | None]:
    """Units and the code of why there are none, as the API tells them at the count."""
    at = NOON + timedelta(minutes=minutes)
    stream = a_stream(listener, track, at)
    streams.heartbeat(stream.pk, listener, 0, at)
    served(stream, 40)
    progress = streams.heartbeat(stream.pk, listener, 31, at + timedelta(seconds=31))
    answer = told(progress)
    assert set(ProgressSerializer().fields) <= set(answer)
    assert answer["state"] == "counted"
    why = answer["no_units"]
    return answer["units"], why and why["code"]


def test_a_stranger_is_told_how_many_and_no_reason() -> None:
    units, why = earned(a_listener(), a_track())
    assert units
    assert why is None


def test_nothing_is_told_of_units_before_and_after_the_count() -> None:
    listener, track = a_listener(), a_track()
    stream = a_stream(listener, track)
    before = streams.heartbeat(stream.pk, listener, 0, NOON)
    served(stream, 40)
    streams.heartbeat(stream.pk, listener, 31, later(31))
    after = streams.heartbeat(stream.pk, listener, 5, later(36))
    for progress in (before, after):
        answer = told(progress)
        assert (answer["units"], answer["no_units"]) == (None, None)


def test_whom_the_song_pays_is_told_so() -> None:
    owner = a_listener()
    assert earned(owner, a_track(an_artist(owner))) == (0, "own_song")


def test_an_account_linked_to_whom_the_song_pays_is_told_so() -> None:
    artist, listener = an_artist(), a_listener()
    links.link(artist.party, [listener.party.pk], PartyLink.Why.WALLET, NOON)
    assert earned(listener, a_track(artist)) == (0, "linked_account")


def test_whoever_had_the_plays_of_the_day_is_told_so(settings: Settings) -> None:
    settings.UNITS_PLAYS_A_DAY = 1
    listener, track = a_listener(), a_track()
    assert earned(listener, track)[1] is None
    assert earned(listener, track, minutes=5) == (0, "daily_limit")


def test_a_free_play_says_that_it_earns_none() -> None:
    track = a_track()
    FreePlays.objects.create(track=track, plays=1)
    assert earned(a_listener(), track) == (0, "free_play")


def test_whoever_has_all_that_one_listener_may_earn_is_told_so() -> None:
    listener, track = a_listener(), a_track()
    assert track.terms is not None
    had = track.terms.listener_cap_units
    Holding.objects.create(
        terms=track.terms, party=listener.party, units=had, listened_units=had, since=NOON
    )
    assert earned(listener, track) == (0, "none_left")
