"""What a dishonest player could try on a stream, and an honest one suffer from a race."""

import asyncio
import math

import pytest
from asgiref.sync import sync_to_async
from django.db import OperationalError
from django.test import AsyncClient, Client
from django.utils import timezone

from marketplace.catalog.publishing import assign
from marketplace.listening import audio, gate, streams
from marketplace.listening.audio import audio_url
from marketplace.listening.models import Stream
from marketplace.pricing import quotes
from marketplace.pricing.models import Quote
from royalties import links
from royalties.models import Hold, PaidPlay
from tests.builders import (
    BYTE_RATE,
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
from tests.pages import page

HEAD_BYTES = 40 * BYTE_RATE
SIZE = 120 * BYTE_RATE


@pytest.mark.django_db
@pytest.mark.parametrize("seconds", [math.nan, math.inf, -math.inf, -5.0])
def test_seconds_that_are_no_number_count_nothing(seconds: float) -> None:
    listener, track = a_listener(), a_track()
    stream = a_stream(listener, track)
    streams.heartbeat(stream.pk, listener, 0, NOON)
    served(stream, 120)
    progress = streams.heartbeat(stream.pk, listener, seconds, later(40))
    assert (progress.state, progress.heard_seconds) == ("open", 0)
    assert not PaidPlay.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("seconds", ["nan", "Infinity", "-1", "1e400", None, True])
def test_the_api_refuses_seconds_that_are_no_number(client: Client, seconds: object) -> None:
    at = timezone.now()
    listener = a_listener(at=at)
    stream = a_stream(listener, a_track(at=at), at)
    client.force_login(listener)
    url = f"/api/v1/streams/{stream.pk}/heartbeat"
    answer = client.post(url, {"played_seconds": seconds}, content_type="application/json")
    assert answer.status_code == (200 if seconds is True else 400), answer.content


@pytest.mark.django_db
def test_the_login_behind_an_assigned_artist_earns_and_teaches_nothing_on_its_songs() -> None:
    imported = an_artist()
    track, login = a_track(imported), a_listener()
    assign(imported, login)
    assert quotes.offer(track, login, "press", NOON).teaches is False
    heard(login, track)
    assert PaidPlay.objects.get().no_units == "own song"


@pytest.mark.django_db
def test_an_account_linked_to_the_artists_earns_and_teaches_nothing_and_reads_why(
    client: Client,
) -> None:
    artist, login = a_user("artist"), a_listener()
    track = a_track(an_artist(artist))
    links.link(login.party, [artist.party.pk], links.Why.WALLET, NOON)
    assert quotes.offer(track, login, "press", NOON).teaches is False
    heard(login, track)
    play = PaidPlay.objects.get()
    assert play.no_units == "linked account"
    client.force_login(login)
    assert "pays an account linked to yours" in page(client, track.get_absolute_url())
    told = "the song pays an account linked to the listener’s"
    assert told in page(client, f"/receipts/{play.pk}")
    client.force_login(artist)
    assert told in page(client, "/studio/plays")


@pytest.mark.django_db
def test_a_quote_swept_as_expired_a_moment_ago_is_not_charged() -> None:
    listener, track = a_listener(), a_track()
    stream = a_stream(listener, track)
    quotes.expire(later(600))  # the sweeper's clock is a little ahead of this process's
    with pytest.raises(streams.QuoteExpired):
        streams.heartbeat(stream.pk, listener, 0, later(599.9))
    assert not Hold.objects.exists()
    assert Quote.objects.get(stream=stream).state == Quote.State.EXPIRED


def opened() -> tuple[Stream, str]:
    at = timezone.now()
    stream = a_stream(a_listener(at=at), a_track(at=at), at)
    return stream, audio_url(stream.pk)


async def length(response: object) -> int:
    total = 0
    async for block in response.streaming_content:  # type: ignore[attr-defined]
        total += len(block)
    return total


async def counted() -> str:
    stream, url = await sync_to_async(opened)()
    await Stream.objects.filter(pk=stream.pk).aupdate(counted_at=timezone.now())
    return url


@pytest.mark.django_db(transaction=True)
async def test_one_paid_play_does_not_sound_for_ever() -> None:
    url = await counted()
    got = 0
    while (response := await AsyncClient().get(url)).status_code == 200:
        got += await length(response)
        assert got < 10 * SIZE, "the paid stream never ends"
    assert response.status_code == 410
    assert got >= 3 * SIZE, "a listener may seek about"


@pytest.mark.django_db(transaction=True)
async def test_many_connections_share_one_plays_bytes() -> None:
    url = await counted()
    responses = [await AsyncClient().get(url) for _ in range(12)]
    got = sum(await asyncio.gather(*map(length, responses)))
    assert got <= audio.SENT_AT_MOST * SIZE + 13 * audio.REPORT_BYTES


@pytest.mark.django_db(transaction=True)
async def test_a_range_of_absurd_digits_is_refused() -> None:
    url = await counted()
    for header in ["bytes=" + "9" * 5000 + "-", "bytes=0-" + "9" * 5000]:
        answer = await AsyncClient().get(url, headers={"Range": header})
        assert answer.status_code == 416, header[:20]


@pytest.mark.django_db(transaction=True)
async def test_the_gate_outlives_a_database_that_fails_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stream, _ = await sync_to_async(opened)()
    await Stream.objects.filter(pk=stream.pk).aupdate(counted_at=timezone.now())
    decided, failures = gate._decided, [OperationalError("the connection is gone")]

    def failing(streams: list[object]) -> object:
        if failures:
            raise failures.pop()
        return decided(streams)  # type: ignore[arg-type]

    monkeypatch.setattr(gate, "_decided", failing)
    assert await asyncio.wait_for(gate.GATE.wait(stream.pk), 5) is True
