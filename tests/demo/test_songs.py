"""The catalogue comes in through the door of uploads, song by song, once."""

from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command

from marketplace.catalog.models import Track
from marketplace.demo import songs
from marketplace.demo.compose.catalogue import catalogue
from marketplace.demo.models import Life
from marketplace.demo.tastes import FAVOURITES, TRENDS
from marketplace.pricing.held import is_held
from marketplace.pricing.report import FEWEST

pytestmark = pytest.mark.django_db(transaction=True)


def test_songs_are_composed_taken_in_and_published_once(
    monkeypatch: pytest.MonkeyPatch, settings: LazySettings, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT, settings.DEMO = tmp_path, True
    two = [replace(song, seconds=12.0) for song in catalogue(songs.SEED)[:2]]
    monkeypatch.setattr(songs, "catalogue", lambda seed: two)
    assert told() == ["song 1 of 2", "song 2 of 2"]
    for song in two:
        track = Track.objects.get(isrc=song.isrc)
        assert (track.state, track.title) == (Track.State.PUBLISHED, song.title)
        assert track.duration_seconds == pytest.approx(song.seconds, abs=0.1)
        assert track.stream_byte_rate == 16_000
        assert track.declared_bpm == round(song.bpm)
        assert track.pk == songs.key_of(song.isrc)
        assert track.published_at == Life.objects.get().started_at
    assert told() == []


def test_a_third_of_the_keys_draws_ten_held_songs_and_none_that_pages_lead_to(
    settings: LazySettings,
) -> None:
    settings.PRICE_HELD_BPS = 3_300
    held = [one for one in catalogue(songs.SEED) if is_held(songs.key_of(one.isrc).hex)]
    assert len(held) == FEWEST
    assert all(one.released_day == 0 for one in held if one.title != "Brass Elevator")
    assert not {one.title for one in held} & (TRENDS.keys() | FAVOURITES.keys())


def told() -> list[str]:
    output = StringIO()
    call_command("demo_songs", stdout=output)
    return output.getvalue().splitlines()


def test_a_demo_without_a_song_ends_in_a_sentence(
    settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DEMO = True
    monkeypatch.setattr(songs, "ensure", lambda *_: iter(()))
    with pytest.raises(CommandError, match="No song could be published"):
        call_command("demo_songs")
