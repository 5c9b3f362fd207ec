"""The gate: the head flows, the rest waits for the count; ranges as RFC 9110 has them."""

import asyncio

import numpy as np
import pytest
from asgiref.sync import sync_to_async
from django.test import AsyncClient
from django.utils import timezone

from marketplace.catalog.analysis import Kind
from marketplace.catalog.models import Rendition
from marketplace.listening import streams
from marketplace.listening.audio import audio_url
from marketplace.listening.models import Stream
from marketplace.media import files
from marketplace.pricing import quotes
from tests.builders import BYTE_RATE, a_listener, a_stream, a_track

pytestmark = pytest.mark.django_db(transaction=True)
HEAD_BYTES = 40 * BYTE_RATE
SIZE = 120 * BYTE_RATE


def opened() -> tuple[Stream, str]:
    at = timezone.now()
    stream = a_stream(a_listener(at=at), a_track(at=at), at)
    return stream, audio_url(stream.pk)


async def body(response: object) -> bytes:
    return b"".join([block async for block in response.streaming_content])  # type: ignore[attr-defined]


async def count(stream: Stream) -> None:
    await Stream.objects.filter(pk=stream.pk).aupdate(counted_at=timezone.now())


async def test_a_download_alone_gets_the_head_and_ends_with_the_stream() -> None:
    stream, url = await sync_to_async(opened)()
    response = await AsyncClient().get(url)
    assert response["Content-Length"] == str(SIZE)
    reading = asyncio.create_task(body(response))
    while (await Stream.objects.aget(pk=stream.pk)).served_bytes < HEAD_BYTES:
        await asyncio.sleep(0.01)
    assert not reading.done()
    await sync_to_async(streams.stop)(stream.pk, stream.listener, timezone.now())
    assert len(await reading) == HEAD_BYTES


async def test_the_rest_flows_when_the_play_counts() -> None:
    stream, url = await sync_to_async(opened)()
    response = await AsyncClient().get(url)
    reading = asyncio.create_task(body(response))
    while (await Stream.objects.aget(pk=stream.pk)).served_bytes < HEAD_BYTES:
        await asyncio.sleep(0.01)
    await count(stream)
    assert len(await reading) == SIZE
    sent = await Stream.objects.aget(pk=stream.pk)
    assert (sent.served_bytes, sent.served_seconds) == (SIZE, 120.0)


async def test_beyond_the_head_is_refused_before_the_count_and_served_after() -> None:
    stream, url = await sync_to_async(opened)()
    ask = {"Range": f"bytes={HEAD_BYTES}-"}
    assert (await AsyncClient().get(url, headers=ask)).status_code == 403
    await count(stream)
    response = await AsyncClient().get(url, headers=ask)
    assert response.status_code == 206
    assert response["Content-Range"] == f"bytes {HEAD_BYTES}-{SIZE - 1}/{SIZE}"
    assert len(await body(response)) == SIZE - HEAD_BYTES


async def test_bytes_sent_behind_a_gap_are_not_served_bytes() -> None:
    stream, url = await sync_to_async(opened)()
    response = await AsyncClient().get(
        url, headers={"Range": f"bytes={HEAD_BYTES - 9}-{HEAD_BYTES - 1}"}
    )
    assert len(await body(response)) == 9
    assert (await Stream.objects.aget(pk=stream.pk)).served_bytes == 0


@pytest.mark.parametrize(
    ("header", "status", "length"),
    [
        ("bytes=0-99", 206, 100),
        (f"bytes=0-{SIZE * 2}", 206, SIZE),
        ("bytes=-100", 206, 100),
        (f"bytes={SIZE}-", 416, None),
        ("bytes=9-3", 416, None),
        ("bytes=-0", 416, None),
        ("pages=1-2", 416, None),
    ],
)
async def test_ranges(header: str, status: int, length: int | None) -> None:
    stream, url = await sync_to_async(opened)()
    await count(stream)
    response = await AsyncClient().head(url, headers={"Range": header})
    assert response.status_code == status
    if length is None:
        assert response["Content-Range"] == f"bytes */{SIZE}"
    else:
        assert response["Content-Length"] == str(length)


async def test_an_address_without_its_key_leads_nowhere() -> None:
    _, url = await sync_to_async(opened)()
    assert (await AsyncClient().get(url.partition("?")[0])).status_code == 404
    assert (await AsyncClient().get(url + "x")).status_code == 404


async def test_an_ended_stream_sounds_no_more() -> None:
    stream, url = await sync_to_async(opened)()
    await sync_to_async(streams.stop)(stream.pk, stream.listener, timezone.now())
    assert (await AsyncClient().get(url)).status_code == 410


async def test_a_prefetch_takes_the_head_alone_without_a_quote() -> None:
    at = timezone.now()
    track = await sync_to_async(a_track)(at=at)
    response = await AsyncClient().get(f"/api/v1/tracks/{track.pk}/head")
    assert len(response.content) == HEAD_BYTES
    assert not await track.quotes.aexists()


def opened_in_opus() -> tuple[Stream, str]:
    """A stream of a copy whose seconds differ in size: the first 30 s are a byte short of 1 MB."""
    at = timezone.now()
    listener, track = a_listener(at=at), a_track(at=at)
    ends = [33_333 * second for second in range(1, 31)] + [
        999_990 + 1_000 * second for second in range(1, 91)
    ]
    Rendition.objects.create(
        track=track,
        kind=Kind.OPUS_128,
        asked_at=at,
        total_bytes=ends[-1],
        second_ends=np.array(ends, "<u4").tobytes(),
        file=files.keep_bytes(bytes(ends[-1]), track.pk),
    )
    quote = quotes.offer(track, listener, "press", at)
    stream = streams.start(quote.pk, listener, at, Kind.OPUS_128)
    return stream, audio_url(stream.pk)


async def test_a_copy_is_gated_and_heard_by_its_own_seconds() -> None:
    stream, url = await sync_to_async(opened_in_opus)()
    head = 999_990 + 10 * 1_000
    assert (await AsyncClient().get(url, headers={"Range": f"bytes={head}-"})).status_code == 403
    first = await AsyncClient().get(url, headers={"Range": f"bytes=0-{999_990 + 4_999}"})
    assert first["Content-Type"] == 'audio/mp4; codecs="opus"'
    assert len(await body(first)) == 999_990 + 5_000
    sent = await Stream.objects.aget(pk=stream.pk)
    assert (sent.served_bytes, sent.served_seconds) == (999_990 + 5_000, 35.0)
    await count(stream)
    whole = await AsyncClient().get(url)
    assert int(whole["Content-Length"]) == len(await body(whole)) == 999_990 + 90_000


def test_a_copy_that_is_not_there_yet_is_asked_for_and_the_first_one_sounds() -> None:
    at = timezone.now()
    listener, track = a_listener(at=at), a_track(at=at)
    quote = quotes.offer(track, listener, "press", at)
    stream = streams.start(quote.pk, listener, at, Kind.OPUS_64)
    assert stream.rendition is None
    assert Rendition.objects.get().kind == Kind.OPUS_64
