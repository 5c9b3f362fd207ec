"""A song's whole way over both stores: sent, heard, sold, streamed as far as is paid, gone."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from asgiref.sync import sync_to_async
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import AsyncClient, Client
from django.utils import timezone
from PIL import Image

from marketplace.catalog import leftovers, processing, renditions, resemblance
from marketplace.catalog.analysis import Kind
from marketplace.catalog.models import Leftover, Rendition, Track
from marketplace.catalog.processing import Analyse
from marketplace.listening import streams
from marketplace.listening.audio import audio_url
from marketplace.listening.models import Stream
from marketplace.media import files, reading
from marketplace.media.away import AWAY, StoreAway
from tests.builders import BYTE_RATE, NOON, a_listener, a_stream, a_track, a_user, later
from tests.catalog.test_upload import a_sound, fields
from tests.media.buckets import S3

pytestmark = pytest.mark.django_db(transaction=True)
HEAD_BYTES = 40 * BYTE_RATE
SIZE = 120 * BYTE_RATE


def a_picture() -> SimpleUploadedFile:
    file = BytesIO()
    Image.new("RGB", (40, 60), "red").save(file, "PNG")
    return SimpleUploadedFile("cover.png", file.getvalue())


def test_a_song_is_sent_heard_sold_copied_and_taken_away(
    store: str, client: Client, warm: Analyse
) -> None:
    artist = a_user("artist")
    client.force_login(artist)
    assert client.post("/upload", fields(artist, a_sound(), cover=a_picture())).status_code == 302
    claimed = processing.claim(timezone.now())
    assert claimed is not None
    processing.process(claimed, timezone.now(), warm)
    track = Track.objects.get()
    assert track.state == Track.State.PUBLISHED
    assert client.get(track.cover_url).content[8:12] == b"WEBP"
    head = client.get(f"/api/v1/tracks/{track.pk}/head")
    sound = files.read(track.sound, 0, 10**7)
    assert (len(sound), sound.startswith(head.content)) == (track.stream_bytes, True)
    renditions.find(track.pk, Kind.OPUS_64, timezone.now())
    asked = renditions.claim(timezone.now())
    assert asked is not None
    renditions.make(asked)
    copy = Rendition.objects.get()
    assert files.store().size(copy.file) == copy.total_bytes
    kept = {track.original, track.sound, track.cover, copy.file}
    assert set(files.store().names()) == kept
    resemblance.drop_bytes(track, NOON)
    assert leftovers.sweep(later(-1)) == 0
    assert leftovers.sweep(NOON) == 2
    assert set(files.store().names()) == {track.cover, copy.file}


def opened(sound: bytes = b"") -> tuple[Stream, str]:
    at = timezone.now()
    track = a_track(at=at)
    if sound:
        track.sound = files.keep_bytes(sound, track.pk)
        track.save(update_fields=["sound"])
    stream = a_stream(a_listener(at=at), track, at)
    return stream, audio_url(stream.pk)


async def body(response: Any) -> bytes:
    blocks: AsyncIterator[bytes] = response.streaming_content
    return b"".join([block async for block in blocks])


async def test_the_gate_holds_and_opens(store: str) -> None:
    sound = bytes(i % 251 for i in range(SIZE))
    stream, url = await sync_to_async(opened)(sound)
    response = await AsyncClient().get(url)
    assert (response.status_code, response["Content-Length"]) == (200, str(SIZE))
    listening = asyncio.create_task(body(response))
    while (await Stream.objects.aget(pk=stream.pk)).served_bytes < HEAD_BYTES:
        await asyncio.sleep(0.01)
    assert not listening.done()
    await Stream.objects.filter(pk=stream.pk).aupdate(counted_at=timezone.now())
    assert await listening == sound
    part = await AsyncClient().get(url, headers={"Range": "bytes=700000-900000"})
    assert (part.status_code, await body(part)) == (206, sound[700_000:900_001])


async def test_a_bucket_is_asked_for_no_byte_that_is_not_paid_for(in_bucket: S3) -> None:
    stream, url = await sync_to_async(opened)()
    name = (await Track.objects.aget()).sound
    in_bucket.asked.clear()
    assert (await AsyncClient().head(url)).status_code == 200
    assert in_bucket.asked == []
    response = await AsyncClient().get(url)
    listening = asyncio.create_task(body(response))
    while (await Stream.objects.aget(pk=stream.pk)).served_bytes < HEAD_BYTES:
        await asyncio.sleep(0.01)
    spans = in_bucket.ranges(name)
    assert spans[0] == (0, reading.BLOCK_BYTES - 1)  # soon there
    assert max(last for _, last in spans) == HEAD_BYTES - 1
    assert all(last - first < reading.FETCH_BYTES for first, last in spans)
    assert sum(last - first + 1 for first, last in spans) == HEAD_BYTES  # each byte once
    await sync_to_async(streams.stop)(stream.pk, stream.listener, timezone.now())
    assert len(await listening) == HEAD_BYTES
    assert in_bucket.ranges(name) == spans


async def test_an_opening_is_asked_for_once_and_sent_again_no_further_than_is_free(
    in_bucket: S3, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_openings", OrderedDict())
    _, url = await sync_to_async(opened)(bytes(i % 251 for i in range(SIZE)))
    name = (await Track.objects.aget()).sound
    in_bucket.asked.clear()
    taken = []
    for last in (reading.BLOCK_BYTES - 1, reading.BLOCK_BYTES - 1, 99):
        part: Any = await AsyncClient().get(url, headers={"Range": f"bytes=0-{last}"})
        taken.append(await body(part))
    assert in_bucket.ranges(name) == [(0, reading.BLOCK_BYTES - 1)]
    assert taken[0] == taken[1] == bytes(i % 251 for i in range(reading.BLOCK_BYTES))
    assert taken[2] == taken[0][:100]
    monkeypatch.setattr(reading, "OPENINGS", 1)
    another = await sync_to_async(files.keep_bytes)(b"another", uuid4())
    assert await reading.Fetching(another).read(0, 9) == b"another"
    assert list(reading._openings) == [another]


async def test_who_leaves_early_has_taken_two_blocks(in_bucket: S3) -> None:
    _, url = await sync_to_async(opened)()
    response: Any = await AsyncClient().get(url)
    blocks = aiter(response.streaming_content)
    await anext(blocks)
    await blocks.aclose()
    await asyncio.to_thread(reading._readers.submit(int).result)
    spans = in_bucket.ranges((await Track.objects.aget()).sound)
    taken = sum(last - first + 1 for first, last in spans)
    assert taken <= reading.BLOCK_BYTES + reading.FETCH_BYTES


async def test_a_store_that_is_away_is_told_by_the_status(in_bucket: S3) -> None:
    _, url = await sync_to_async(opened)()
    track = await Track.objects.aget()
    in_bucket.fails = True
    answer: Any = await AsyncClient().get(url)
    assert (answer.status_code, answer["Retry-After"]) == (503, "30")
    assert answer.json() == {"code": "store_away", "detail": AWAY}
    head: Any = await AsyncClient().get(f"/api/v1/tracks/{track.pk}/head")
    assert (head.status_code, head.json()["code"]) == (503, "store_away")
    assert head["Retry-After"] == "30"
    in_bucket.fails = False
    again: Any = await AsyncClient().get(url, headers={"Range": "bytes=0-99"})
    assert (again.status_code, len(await body(again))) == (206, 100)


async def test_a_store_that_comes_back_in_time_is_not_noticed(in_bucket: S3) -> None:
    _, url = await sync_to_async(opened)()
    response: Any = await AsyncClient().get(url, headers={"Range": f"bytes=0-{HEAD_BYTES - 1}"})
    in_bucket.fails = True
    blocks = aiter(response.streaming_content)
    taken = len(await anext(blocks))
    in_bucket.fails = False
    async for block in blocks:
        taken += len(block)
    assert taken == HEAD_BYTES


def test_nothing_stays_of_an_upload_that_could_not_be_kept(in_bucket: S3, client: Client) -> None:
    artist = a_user("artist")
    client.force_login(artist)
    in_bucket.fails = True
    page = client.post("/upload", fields(artist, a_sound()))
    assert page.status_code == 503
    assert "nothing was kept; send it again in a minute" in page.content.decode()
    headers = {"Idempotency-Key": str(uuid4())}
    answer = client.post("/api/v1/uploads", fields(artist, a_sound()), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (503, "store_away")
    assert not Track.objects.exists()
    in_bucket.fails = False
    again = client.post("/api/v1/uploads", fields(artist, a_sound()), headers=headers)
    assert again.status_code == 201
    assert len(in_bucket.keys()) == 1


def test_an_analysis_waits_for_its_store_and_what_is_let_go_of_too(
    in_bucket: S3, client: Client, warm: Analyse
) -> None:
    artist = a_user("artist")
    client.force_login(artist)
    client.post("/upload", fields(artist, a_sound()))
    in_bucket.fails = True
    for at in range(0, 4 * 61, 61):  # more often than a recording is tried
        claimed = processing.claim(later(at))
        assert claimed is not None
        processing.process(claimed, later(at), warm)
    track = Track.objects.get()
    assert (track.state, track.attempts) == (Track.State.WAITING, 0)
    leftovers.let_go([track.original], NOON)
    assert leftovers.sweep(NOON) == 0
    in_bucket.fails = False
    assert leftovers.sweep(NOON) == 1
    assert not Leftover.objects.exists()
    assert in_bucket.keys() == []
    with pytest.raises(StoreAway):
        files.read(track.original, 0, 1)
