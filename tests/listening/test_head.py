"""What a visitor may hear: the opening alone, without a login, and nothing is written down."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from marketplace.catalog.models import Track
from marketplace.catalog.renditions import first_copy
from marketplace.listening.models import Stream
from marketplace.media import files
from marketplace.pricing.models import Quote
from royalties.models import Hold, PaidPlay
from tests.builders import BYTE_RATE, a_track

pytestmark = pytest.mark.django_db
HEAD_BYTES = 40 * BYTE_RATE
SIZE = 120 * BYTE_RATE


def marked(track: Track) -> str:
    """A rendition of which every byte after the head can be told from those in it; its address."""
    track.sound = files.keep_bytes(b"h" * HEAD_BYTES + b"x" * (SIZE - HEAD_BYTES), track.pk)
    track.save(update_fields=["sound"])
    return f"/api/v1/tracks/{track.pk}/head"


def test_a_visitor_hears_the_head_and_nothing_is_written(client: Client) -> None:
    url = marked(a_track())
    with CaptureQueriesContext(
        connection,
    ) as asked:
        answer = client.get(url)
    assert answer.content == b"h" * HEAD_BYTES
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert [one["sql"].split()[0] for one in asked.captured_queries] == ["SELECT"]
    assert not client.cookies
    for model in (Quote, Stream, Hold, PaidPlay):
        assert not model._default_manager.exists(), model


@pytest.mark.parametrize(
    ("asked", "told", "length"),
    [
        ("bytes=0-", f"bytes 0-{HEAD_BYTES - 1}/{HEAD_BYTES}", HEAD_BYTES),
        ("bytes=100-199", f"bytes 100-199/{HEAD_BYTES}", 100),
        (
            f"bytes={HEAD_BYTES - 9}-{SIZE}",
            f"bytes {HEAD_BYTES - 9}-{HEAD_BYTES - 1}/{HEAD_BYTES}",
            9,
        ),
    ],
)
def test_ranges_end_where_the_head_does(client: Client, asked: str, told: str, length: int) -> None:
    answer = client.get(marked(a_track()), headers={"Range": asked})
    assert (answer.status_code, answer.headers["Content-Range"]) == (206, told)
    assert answer.content == b"h" * length


@pytest.mark.parametrize("asked", [f"bytes={HEAD_BYTES}-", f"bytes={SIZE - 9}-{SIZE}", "bytes=-9"])
def test_beyond_the_head_is_refused_as_before_a_count(client: Client, asked: str) -> None:
    answer = client.get(marked(a_track()), headers={"Range": asked})
    assert answer.status_code == 403
    assert answer.json()["code"] == "not_counted"


@pytest.mark.parametrize(
    "asked", [f"bytes={SIZE}-", "bytes=9-3", "pages=1-2", "bytes=" + "9" * 5000]
)
def test_a_range_that_is_none_is_said_to_be_none(client: Client, asked: str) -> None:
    answer = client.get(marked(a_track()), headers={"Range": asked})
    assert answer.status_code == 416
    assert answer.headers["Content-Range"] == f"bytes */{HEAD_BYTES}"


def test_what_is_not_published_has_no_head(client: Client) -> None:
    track = a_track()
    Track.objects.filter(pk=track.pk).update(state=Track.State.WAITING)
    assert client.get(f"/api/v1/tracks/{track.pk}/head").status_code == 404


@pytest.mark.parametrize(
    ("seconds", "counts", "head"),
    [(120, 30, 40), (60, 30, 36), (40, 20, 24), (30, 15, 18), (20, 10, 13), (8, 4, 7), (4, 2, 4)],
)
def test_the_head_is_a_little_more_than_what_counts(
    seconds: float, counts: float, head: float
) -> None:
    track = Track(duration_seconds=seconds, stream_bytes=seconds * BYTE_RATE)
    track.stream_byte_rate = BYTE_RATE
    assert (track.counting_seconds, track.head_seconds) == (counts, head)
    assert first_copy(track).bytes_for(track.head_seconds) == head * BYTE_RATE
