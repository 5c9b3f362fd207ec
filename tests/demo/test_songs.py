"""The catalogue comes in through the door of uploads, song by song, once."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.utils import timezone

from marketplace.catalog.models import Track
from marketplace.demo import people, songs
from marketplace.demo.compose.catalogue import catalogue

pytestmark = pytest.mark.django_db(transaction=True)


def test_songs_are_composed_taken_in_and_published_once(
    monkeypatch: pytest.MonkeyPatch, settings: LazySettings, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    two = catalogue(songs.SEED)[:2]
    monkeypatch.setattr(songs, "catalogue", lambda seed: two)
    now = timezone.now()
    start = now - timedelta(days=14)
    artist = people.ensure_logins(start)["artist"]
    assert list(songs.ensure(artist, start, now)) == [(1, 2), (2, 2)]
    for song in two:
        track = Track.objects.get(isrc=song.isrc)
        assert (track.state, track.title) == (Track.State.PUBLISHED, song.title)
        assert track.duration_seconds == pytest.approx(song.seconds, abs=0.1)
        assert track.stream_byte_rate == 16_000
        assert track.published_at == start
    assert list(songs.ensure(artist, start, now)) == []
