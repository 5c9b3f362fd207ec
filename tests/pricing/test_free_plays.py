"""The first plays of a song given away: nothing is charged, earned or learned; then it costs."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone

from marketplace.catalog import publishing
from marketplace.catalog.analysis import Kind, Tags
from marketplace.catalog.models import Track
from marketplace.library import playlists
from marketplace.listening import streams
from marketplace.listening.models import Stream
from marketplace.pricing import quotes, steps
from marketplace.pricing.free import free_now
from marketplace.pricing.models import FreePlays, Quote
from marketplace.users.models import User
from royalties import invariants, links, purses
from royalties.models import Holding, PaidPlay, PartyLink
from royalties.prepared import first
from tests.builders import NOON, a_listener, a_stream, a_track, a_user, an_artist, heard, later

pytestmark = pytest.mark.django_db
PRICE = settings.PRICE_LAUNCH_MICROS


def a_gift(plays: int) -> Track:
    track = a_track()
    FreePlays.objects.create(track=track, plays=plays)
    return track


def test_a_free_play_counts_and_moves_nothing() -> None:
    track, poor = a_gift(2), a_listener(0)
    stream = heard(poor, track)
    assert stream.counted_at is not None
    quote = Quote.objects.get(pk=stream.quote_id)
    assert (quote.price_micros, quote.state, quote.teaches) == (0, Quote.State.ACCEPTED, False)
    assert purses.available(poor.party) == 0
    assert not PaidPlay.objects.exists()
    assert not Holding.objects.filter(party=poor.party).exists()
    step = steps.step(NOON + timedelta(hours=1))
    assert step is not None
    assert step.observations == 0


def test_after_the_last_free_play_it_costs_its_price() -> None:
    track, listener = a_gift(2), a_listener(1_000_000)
    for day in range(3):
        heard(listener, track, at=NOON + timedelta(days=day))
    assert [play.price_micros for play in PaidPlay.objects.all()] == [PRICE]
    assert purses.available(listener.party) == 1_000_000 - PRICE
    assert Quote.objects.get(price_micros=PRICE).teaches


def test_a_free_play_that_was_stopped_is_still_to_be_given() -> None:
    track = a_gift(1)
    first, second = a_listener(0), a_listener(0)
    stream = a_stream(first, track)
    streams.heartbeat(stream.pk, first, 0, NOON)
    assert quotes.offer(track, second, "radio", NOON).price_micros == PRICE  # it is being heard
    streams.stop(stream.pk, first, later(5))
    assert quotes.offer(track, a_listener(0), "press", later(6)).price_micros == 0


def test_what_was_promised_is_set_aside_and_no_more_than_there_are() -> None:
    track = a_gift(1)
    one, two = a_listener(1_000_000), a_listener(0)
    promised = quotes.offer(track, two, "press", NOON)
    assert (promised.price_micros, free_now([track.pk], two.pk)) == (0, {track.pk})
    assert free_now([track.pk], one.pk) == set()
    heard(one, track)
    assert PaidPlay.objects.get().price_micros == PRICE
    assert heard(two, track, at=later(60)).counted_at is not None
    assert quotes.offer(track, a_listener(0), "press", later(120)).price_micros == PRICE
    assert [one for one in invariants.ledger_checks() if not one.ok] == []


def test_a_promise_that_nobody_takes_is_given_again() -> None:
    track = a_gift(1)
    listener = a_listener(0)
    for offered in (NOON, later(601)):
        assert quotes.offer(track, listener, "press", offered).price_micros == 0
        assert quotes.offer(track, a_listener(0), "radio", offered).price_micros == PRICE
        assert quotes.expire(offered + settings.QUOTE_TTL) == 2
        assert FreePlays.objects.get().given == 0
    quotes.offer(track, listener, "press", later(1300))
    quotes.withdraw(track.pk, later(1301))
    assert FreePlays.objects.get().given == 0


@pytest.mark.parametrize(
    ("surface", "seconds"), [("press", 9), ("radio", 9), ("press", 601), ("radio", 601)]
)
def test_what_lists_say_is_free_costs_nothing_wherever_it_was_promised(
    surface: str, seconds: int
) -> None:
    track, listener = a_gift(1), a_listener(1_000_000)
    quotes.offer(track, listener, surface, NOON)
    assert free_now([track.pk], listener.pk) == {track.pk}
    pressed = streams.press(track, listener, "press", later(seconds), Kind.MP3_128, "one")
    assert pressed.quote.price_micros == 0
    assert FreePlays.objects.get().given == 1
    assert free_now([track.pk], listener.pk) == set()  # it is taken up: another one costs
    again = streams.press(track, listener, "press", later(seconds), Kind.MP3_128, "another")
    assert again.quote.price_micros == PRICE
    assert [one for one in invariants.ledger_checks() if not one.ok] == []


def test_a_price_told_in_another_window_meanwhile_takes_no_free_play(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    track, listener = a_gift(1), a_listener(0)
    asked = []

    def found(model: type[Quote], query: str, told: dict[str, Any]) -> Quote | None:
        asked.append(told["free"])
        if told["free"]:
            first(model, query, told | {"free": False})  # committed just before
        return first(model, query, told)

    monkeypatch.setattr(quotes, "first", found)
    assert quotes.offer(track, listener, "press", NOON).price_micros == 0
    assert asked == [None, None, True]
    assert [one for one in invariants.ledger_checks() if not one.ok] == []


def test_who_the_song_pays_and_every_surface_play_free_too() -> None:
    track = a_gift(9)
    for surface in Quote.Surface:
        quote = quotes.offer(track, a_listener(0), surface, NOON)
        assert (quote.price_micros, quote.teaches) == (0, False)


@pytest.mark.django_db(transaction=True)
def test_many_beats_of_one_free_play_count_it_once() -> None:
    track, listener = a_gift(5), a_listener(0)
    stream = a_stream(listener, track)
    streams.heartbeat(stream.pk, listener, 0, NOON)
    Stream.objects.update(served_seconds=40.0, served_bytes=640_000)

    def beat(_: int) -> str:
        try:
            return streams.heartbeat(stream.pk, listener, 31, later(31)).state
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(beat, range(4))) == {"counted"}
    assert Quote.objects.filter(price_micros=0, state=Quote.State.ACCEPTED).count() == 1
    assert not PaidPlay.objects.exists()


def test_an_upload_s_choice_holds_from_its_publication() -> None:
    artist = an_artist(a_user("artist"))
    track = Track.objects.create(
        artist=artist, title="Salt", file_name="a.wav", file_hash="a", sound_hash="a",
        created_at=NOON, duration_seconds=100.0, tempo_bpm=120.0, peaks=[0.5],
        stream_bytes=1_600_000, stream_byte_rate=16_000,
        draft={"pool_bps": 2_000, "free_plays": 50_000},
    )  # fmt: skip
    publishing.publish(track, Tags(), NOON)
    assert track.free_plays.plays == 50_000
    assert quotes.offer(track, a_listener(0), "press", NOON).price_micros == 0


def test_the_song_s_page_says_how_many_are_left(client: Client) -> None:
    at = timezone.now()
    track = a_track(at=at)
    FreePlays.objects.create(track=track, plays=50_000)
    page = client.get(f"/tracks/{track.pk}").content.decode()
    assert "The first 50,000 plays are free, 50,000 left" in page
    assert "Play for free" in page
    assert "A free play counts here" in page
    assert "You pay from here&nbsp;" not in page
    assert "0.60" in page  # what it will cost
    assert "Free plays earn no units" in page
    assert "Play it once, and the next" not in page
    listener = a_listener(0, at=at)
    client.force_login(listener)
    assert "Play for free" in client.get(f"/tracks/{track.pk}").content.decode()
    assert "At most 3 of them for each listener" in page
    heard(listener, track, at=at)
    assert "49,999 left" in client.get(f"/tracks/{track.pk}").content.decode()
    FreePlays.objects.update(plays=1)
    Quote.objects.filter(state=Quote.State.OFFERED).update(state=Quote.State.EXPIRED)
    after = client.get(f"/tracks/{track.pk}").content.decode()
    assert "Play for 0.60" in after
    assert "plays are free" not in after


def test_lists_say_free_until_the_last_free_play(client: Client) -> None:
    at = timezone.now()
    track = a_track(at=at, title="Low Water")
    FreePlays.objects.create(track=track, plays=1)
    listener = a_listener(1_000_000, at=at)
    client.force_login(listener)
    for _ in range(2):  # drawn, and kept
        listed = client.get("/songs").content.decode()
        assert 'aria-label="Play Low Water for free"' in listed
        assert "<b>free</b>" in listed
        assert "then 0.60" in listed
    assert (
        "Play for free"
        in client.get("/search?q=low", headers={"HX-Request": "true"}).content.decode()
    )
    heard(listener, track, at=at)
    assert not PaidPlay.objects.exists()
    listed = client.get("/songs").content.decode()
    assert "<b>free</b>" not in listed
    assert "Play Low Water for 0.60" in listed
    assert (
        "Play for 0.60"
        in client.get("/search?q=low", headers={"HX-Request": "true"}).content.decode()
    )
    history = client.get("/library/history").content.decode()
    assert "One of the plays its artist gives away" in history
    assert ">free</td>" in history


def test_a_playlist_costs_nothing_for_what_is_free(client: Client) -> None:
    at = timezone.now()
    listener, track = a_listener(1_000_000, at=at), a_track(at=at)
    FreePlays.objects.create(track=track, plays=1)
    made = playlists.create(listener, "Mornings", at)
    playlists.add(made, track, at)
    playlists.add(made, a_track(at=at), at)
    client.force_login(listener)
    assert "it costs 0.60" in client.get(made.get_absolute_url()).content.decode()


def test_invariants_hold_with_free_and_paid_plays() -> None:
    track, listener = a_gift(1), a_listener(1_000_000)
    heard(listener, track)
    heard(listener, track, at=later(3600))
    assert [one for one in invariants.ledger_checks() if not one.ok] == []
    FreePlays.objects.update(given=7)
    (broken,) = [one.detail for one in invariants.ledger_checks() if not one.ok]
    assert broken == f"song {track.pk} counts 7 free plays and gave 1"


def test_one_listener_takes_its_part_and_then_pays_while_others_play_free(
    client: Client,
) -> None:
    at = timezone.now()
    track, listener = a_track(at=at), a_listener(1_000_000, at=at)
    FreePlays.objects.create(track=track, plays=50)
    for second in range(3):
        heard(listener, track, at=at - timedelta(minutes=9 - 2 * second))
    assert not PaidPlay.objects.exists()
    assert quotes.offer(track, listener, "radio", at).price_micros == PRICE
    assert quotes.offer(track, a_listener(0, at=at), "radio", at).price_micros == 0
    assert free_now([track.pk], listener.pk) == set()
    assert free_now([track.pk], None) == {track.pk}
    client.force_login(listener)
    page = client.get(f"/tracks/{track.pk}").content.decode()
    assert "You have had your 3 free plays of this song; 46 are left for others" in page
    assert "Play for 0.60" in page
    assert "<b>free</b>" not in client.get("/songs").content.decode()


@pytest.mark.django_db(transaction=True)
def test_linked_accounts_take_one_part_together_also_at_once() -> None:
    track = a_gift(50)
    circle = [a_listener(0) for _ in range(6)]
    for one in circle:
        links.link(one.party, [other.party_id for other in circle], PartyLink.Why.SOURCE, NOON)
    prices = [one.price for one in pressed_at_once(track, circle)]
    assert sorted(prices) == [0] * 3 + [PRICE] * 3
    assert FreePlays.objects.get().given == 3
    assert [one for one in invariants.ledger_checks() if not one.ok] == []


@pytest.mark.django_db(transaction=True)
def test_however_many_press_at_once_as_many_play_free_as_the_artist_gives() -> None:
    track = a_gift(3)
    strangers = [a_listener(0) for _ in range(8)]
    pressed = pressed_at_once(track, strangers)
    assert sorted(one.price for one in pressed) == [0] * 3 + [PRICE] * 5
    for stream, listener, price in pressed:
        if price == 0:
            streams.heartbeat(stream, listener, 0, NOON)
            Stream.objects.filter(pk=stream).update(served_seconds=40.0)
            assert streams.heartbeat(stream, listener, 31, later(31)).state == "counted"
    assert FreePlays.objects.get().given == 3
    assert [one for one in invariants.ledger_checks() if not one.ok] == []


class Pressed(NamedTuple):
    stream: UUID
    listener: User
    price: int


def pressed_at_once(track: Track, listeners: list[User]) -> list[Pressed]:
    def press(listener: User) -> Pressed:
        try:
            one = streams.press(track, listener, "press", NOON, Kind.MP3_128)
            return Pressed(one.stream, listener, one.quote.price_micros)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(press, listeners))


@pytest.mark.django_db(transaction=True)
def test_strangers_who_begin_stop_and_count_at_once_are_counted_exactly() -> None:
    track = a_gift(50)
    listeners = [a_listener(0) for _ in range(8)]
    opened = [a_stream(one, track) for one in listeners]

    def play(number: int) -> None:
        stream, listener = opened[number], listeners[number]
        try:
            streams.heartbeat(stream.pk, listener, 0, NOON)
            if number % 2:
                streams.stop(stream.pk, listener, later(3))
            else:
                Stream.objects.filter(pk=stream.pk).update(served_seconds=40.0)
                streams.heartbeat(stream.pk, listener, 31, later(31))
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(play, range(8)))
    assert FreePlays.objects.get().given == 4
    assert [one for one in invariants.ledger_checks() if not one.ok] == []


def test_landing_catalogue_and_map_say_free_too(client: Client) -> None:
    track = a_gift(3)
    front = client.get("/").content.decode()
    assert "Free<small>its first plays, then 0.60\u00a0¢" in front
    assert "A free play counts here" in front
    assert "nothing is paid" not in front
    assert [one["free"] for one in client.get("/api/v1/tracks").json()["results"]] == [True]
    assert client.get(f"/api/v1/tracks/{track.pk}").json()["free"]
    FreePlays.objects.update(given=3)
    front = client.get("/").content.decode()
    assert "Free<small>" not in front
    assert "nothing is paid" in front
    one = client.get(f"/api/v1/tracks/{track.pk}").json()
    assert (one["free"], one["price_micros"]) == (False, PRICE)
