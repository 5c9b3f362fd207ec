"""Why a play did not count: told to its listener in the history, to the artist in the studio."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from marketplace.listening import streams
from marketplace.listening.models import Stream
from marketplace.pricing.models import FreePlays
from marketplace.problems import PaymentRequired
from tests.builders import a_listener, a_stream, a_track, a_user, an_artist, heard, served
from tests.pages import page

pytestmark = pytest.mark.django_db
Why = Stream.Uncounted


def test_listener_and_artist_read_why_each_play_did_not_count(client: Client) -> None:
    at = timezone.now() - timedelta(hours=1)
    artist, listener = a_user("artist", at=at), a_listener(micros=6_000, at=at)
    track = a_track(an_artist(artist, at=at), at=at)

    def started() -> Stream:
        stream = a_stream(listener, track, at)
        streams.heartbeat(stream.pk, listener, 0, at)
        return stream

    def stopped(stream: Stream) -> None:
        streams.stop(stream.pk, listener, at + timedelta(seconds=20))

    stopped(started())
    fast = started()
    streams.heartbeat(fast.pk, listener, 31, at + timedelta(seconds=2))
    served(fast, 40)
    stopped(fast)
    unsent = started()
    streams.heartbeat(unsent.pk, listener, 15, at + timedelta(seconds=15))
    stopped(unsent)
    started()
    streams.end_silent(at + timedelta(minutes=5))
    started()
    heard(listener, track, at + timedelta(minutes=6))  # the last one is replaced, and this is paid
    unpaid = a_stream(listener, track, at + timedelta(minutes=9))
    with pytest.raises(PaymentRequired):
        streams.heartbeat(unpaid.pk, listener, 0, at + timedelta(minutes=9))
    expected = {Why.STOPPED, Why.IMPLAUSIBLE, Why.UNSENT, Why.SILENT, Why.REPLACED, Why.UNPAID}
    assert {one.uncounted for one in Stream.objects.all()} == {*expected, None}
    assert Stream.objects.uncounted() == dict.fromkeys(map(str, expected), 1)

    client.force_login(listener)
    history = page(client, "/library/history")
    client.force_login(artist)
    told = page(client, "/studio/plays")
    for why in expected:
        words = str(why.label)
        assert words[0].upper() + words[1:] in history, why
        assert words[0].upper() + words[1:] in told, why


def test_a_play_that_its_artist_gave_away_says_so(client: Client) -> None:
    at = timezone.now() - timedelta(hours=1)
    listener, track = a_listener(0, at=at), a_track(at=at)
    FreePlays.objects.create(track=track, plays=1)
    heard(listener, track, at)
    client.force_login(listener)
    assert "One of the plays its artist gives away" in page(client, "/library/history")


def test_an_artist_whose_plays_all_counted_reads_of_no_others(client: Client) -> None:
    at = timezone.now() - timedelta(hours=1)
    artist = a_user("artist", at=at)
    heard(a_listener(at=at), a_track(an_artist(artist, at=at), at=at), at)
    client.force_login(artist)
    assert "not counted" not in page(client, "/studio/plays")
