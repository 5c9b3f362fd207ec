"""The counting rule and its money: what is heard is paid once, what is not costs nothing."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from marketplace.listening import streams
from marketplace.listening.models import Stream
from marketplace.pricing import quotes
from marketplace.pricing.models import Quote
from marketplace.problems import Gone, NotFound, PaymentRequired
from marketplace.wallet import limits
from marketplace.wallet.standing import standing
from royalties import purses
from royalties.models import Entry, Hold, PaidPlay
from tests.builders import (
    NOON,
    a_listener,
    a_stream,
    a_track,
    a_user,
    an_artist,
    heard,
    later,
    served,
)

pytestmark = pytest.mark.django_db
PRICE = 6_000


def test_a_play_heard_to_the_counting_point_is_charged_once() -> None:
    listener, track = a_listener(1_000_000), a_track()
    stream = heard(listener, track)
    play = PaidPlay.objects.get()
    assert stream.counted_at == play.counted_at == later(30)
    assert (play.reference, play.price_micros) == (stream.quote_id, PRICE)
    assert purses.available(listener.party) == 1_000_000 - PRICE
    assert Quote.objects.get().state == Quote.State.ACCEPTED


def test_a_paid_play_takes_few_statements(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    listener, track = a_listener(1_000_000), a_track()
    with django_assert_max_num_queries(3):
        quote = quotes.offer(track, listener, "press", NOON)
    with django_assert_max_num_queries(6):  # two of them the savepoint's
        stream = streams.start(quote.pk, listener, NOON)
    with django_assert_max_num_queries(8):
        streams.heartbeat(stream.pk, listener, 0, NOON)
    served(stream, 40)
    with django_assert_max_num_queries(9):
        assert streams.heartbeat(stream.pk, listener, 31, later(31)).state == "counted"
    with django_assert_max_num_queries(4):
        streams.stop(stream.pk, listener, later(40))


def test_half_of_a_short_track_counts() -> None:
    listener, track = a_listener(), a_track(seconds=40)
    assert heard(listener, track, seconds=20).counted_at == later(20)


def test_a_client_that_only_sends_heartbeats_never_counts() -> None:
    listener, track = a_listener(), a_track()
    stream = a_stream(listener, track)
    for second in range(0, 200, 5):
        progress = streams.heartbeat(stream.pk, listener, 5, later(second))
    assert (progress.state, progress.heard_seconds) == ("open", 0)
    assert not PaidPlay.objects.exists()


def test_a_client_that_only_downloads_spends_nothing() -> None:
    listener, track = a_listener(), a_track()
    served(a_stream(listener, track), 120)
    streams.end_silent(later(61))
    assert not PaidPlay.objects.exists()
    assert not Hold.objects.exists()
    assert Stream.objects.get().ending == Stream.Ending.SILENT


def test_a_client_that_does_both_in_two_seconds_does_not_count() -> None:
    listener, track = a_listener(), a_track()
    stream = a_stream(listener, track)
    streams.heartbeat(stream.pk, listener, 0, NOON)
    served(stream, 120)
    progress = streams.heartbeat(stream.pk, listener, 31, later(2))
    assert (progress.state, progress.heard_seconds) == ("open", 0)
    streams.stop(stream.pk, listener, later(60))
    assert not PaidPlay.objects.exists()
    stream.refresh_from_db()
    assert stream.uncounted == Stream.Uncounted.IMPLAUSIBLE


def test_told_a_tenth_faster_than_it_sounds_a_play_counts_and_faster_than_that_it_never_does() -> (
    None
):
    def told(pace: float) -> Stream:
        listener, track = a_listener(), a_track()
        stream = a_stream(listener, track)
        streams.heartbeat(stream.pk, listener, 0, NOON)
        served(stream, 120)
        for second in range(5, 60, 5):
            streams.heartbeat(stream.pk, listener, 5 * pace, later(second))
        streams.stop(stream.pk, listener, later(60))
        stream.refresh_from_db()
        return stream

    honest, fast = told(1.09), told(2.5)
    assert (honest.counted_at, honest.uncounted) == (later(30), None)
    assert (fast.counted_at, fast.uncounted) == (None, Stream.Uncounted.IMPLAUSIBLE)


def test_reported_play_never_outruns_the_clock() -> None:
    listener, track = a_listener(), a_track()
    stream = a_stream(listener, track)
    streams.heartbeat(stream.pk, listener, 0, NOON)
    served(stream, 120)
    streams.heartbeat(stream.pk, listener, 4, later(1))
    # a long pause: the wall clock runs, but nothing was played in it
    progress = streams.heartbeat(stream.pk, listener, 0, later(50))
    assert progress.heard_seconds == 1


def test_the_first_heartbeat_holds_the_price_and_a_stop_releases_it() -> None:
    listener, track = a_listener(10_000), a_track()
    stream = a_stream(listener, track)
    assert purses.available(listener.party) == 10_000
    streams.heartbeat(stream.pk, listener, 0, NOON)
    assert purses.available(listener.party) == 10_000 - PRICE
    streams.stop(stream.pk, listener, later(10))
    assert purses.available(listener.party) == 10_000
    assert Quote.objects.get().state == Quote.State.DECLINED


def test_an_hour_of_silence_releases_the_hold_after_a_minute() -> None:
    listener, track = a_listener(10_000), a_track()
    stream = a_stream(listener, track)
    streams.heartbeat(stream.pk, listener, 0, NOON)
    assert streams.end_silent(later(59)) == 0
    assert streams.end_silent(later(60)) == 1
    assert purses.available(listener.party) == 10_000
    with pytest.raises(Gone):
        streams.heartbeat(stream.pk, listener, 5, later(61))


def test_too_little_money_is_refused_and_nothing_is_posted() -> None:
    listener, track = a_listener(PRICE - 1), a_track()
    stream = a_stream(listener, track)
    entries = Entry.objects.count()
    with pytest.raises(PaymentRequired, match="Top up") as refused:
        streams.heartbeat(stream.pk, listener, 0, NOON)
    assert (refused.value.status, refused.value.code) == (402, "balance")
    assert purses.available(listener.party) == PRICE - 1
    assert not Hold.objects.exists()
    assert Entry.objects.count() == entries
    quote = Quote.objects.get()
    assert (quote.state, quote.teaches) == (Quote.State.VOID, False)


def test_playing_stops_at_the_monthly_limit() -> None:
    listener, track = a_listener(1_000_000, cap=2 * PRICE - 1), a_track()
    heard(listener, track)
    stream = a_stream(listener, track, later(60))
    with pytest.raises(PaymentRequired) as refused:
        streams.heartbeat(stream.pk, listener, 0, later(60))
    assert refused.value.code == "cap"
    assert standing(listener, later(60)).cap_left_micros == PRICE - 1


def test_the_limit_is_of_the_calendar_month() -> None:
    listener, track = a_listener(1_000_000, cap=PRICE), a_track()
    heard(listener, track)
    next_month = NOON + timedelta(days=31)
    assert heard(listener, track, next_month).counted_at is not None


def test_an_expired_quote_offers_a_new_one() -> None:
    listener, track = a_listener(), a_track()
    old = quotes.offer(track, listener, "press", NOON)
    with pytest.raises(streams.QuoteExpired) as late:
        streams.start(old.pk, listener, later(601))
    assert late.value.replacement.pk != old.pk
    assert late.value.replacement.expires_at > later(601)


def test_a_quote_that_runs_out_before_the_first_heartbeat_offers_a_new_one() -> None:
    listener, track = a_listener(), a_track()
    stream = a_stream(listener, track)
    with pytest.raises(streams.QuoteExpired):
        streams.heartbeat(stream.pk, listener, 0, later(601))
    assert not Hold.objects.exists()
    assert Stream.objects.get().ended_at == later(601)


def test_another_listeners_quote_and_stream_do_not_exist() -> None:
    listener, other, track = a_listener(), a_listener(), a_track()
    quote = quotes.offer(track, other, "press", NOON)
    with pytest.raises(NotFound):
        streams.start(quote.pk, listener, NOON)
    stream = streams.start(quote.pk, other, NOON)
    with pytest.raises(NotFound):
        streams.heartbeat(stream.pk, listener, 0, NOON)


def test_a_second_stream_ends_the_first() -> None:
    listener, track, other = a_listener(10_000), a_track(), a_track()
    first = a_stream(listener, track)
    streams.heartbeat(first.pk, listener, 0, NOON)
    a_stream(listener, other, later(5))
    first.refresh_from_db()
    assert first.ending == Stream.Ending.REPLACED
    assert purses.available(listener.party) == 10_000


def test_a_replay_takes_a_new_quote_and_is_charged_again() -> None:
    listener, track = a_listener(1_000_000), a_track()
    heard(listener, track)
    heard(listener, track, later(60))
    assert PaidPlay.objects.count() == 2
    assert purses.available(listener.party) == 1_000_000 - 2 * PRICE


def test_artists_earn_no_units_on_their_own_tracks() -> None:
    artist_user = a_listener()
    track = a_track(an_artist(artist_user))
    heard(artist_user, track)
    play = PaidPlay.objects.get()
    assert (play.earns_units, play.no_units) == (False, "own song")


@pytest.mark.django_db(transaction=True)
def test_of_streams_started_at_once_one_is_open() -> None:
    listener = a_listener(1_000_000)
    offers = [quotes.offer(a_track(), listener, "press", NOON) for _ in range(8)]

    def start(quote: Quote) -> None:
        try:
            streams.start(quote.pk, listener, NOON)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(start, offers))
    assert Stream.objects.count() == 8
    assert Stream.objects.filter(ended_at=None).count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_counting_heartbeat_sent_by_eight_at_once_charges_once() -> None:
    listener, track = a_listener(1_000_000), a_track()
    stream = a_stream(listener, track)
    streams.heartbeat(stream.pk, listener, 0, NOON)
    served(stream, 40)

    def beat(_: int) -> str:
        try:
            return streams.heartbeat(stream.pk, listener, 31, later(31)).state
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(beat, range(8))) == {"counted"}
    assert PaidPlay.objects.count() == 1
    assert purses.available(listener.party) == 1_000_000 - PRICE


@pytest.mark.django_db(transaction=True)
def test_racing_for_the_last_cent_never_goes_below_zero() -> None:
    listener = a_listener(PRICE + PRICE // 2)
    tracks = [a_track() for _ in range(6)]

    def play(track: object) -> bool:
        try:
            stream = a_stream(listener, track)  # type: ignore[arg-type]
            streams.heartbeat(stream.pk, listener, 0, NOON)
        except (PaymentRequired, Gone):
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(play, tracks))
    assert Stream.objects.filter(ended_at=None).count() <= 1
    assert purses.available(listener.party) >= PRICE // 2
    assert Hold.objects.filter(state=Hold.State.OPEN).count() <= 1


def test_visitors_have_no_limit_until_they_top_up() -> None:
    assert limits.cap_of(a_user()) is None
