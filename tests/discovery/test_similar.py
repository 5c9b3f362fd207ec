"""What is like a song: at the end of its page when one reaches it, or on a page of its own."""

from pathlib import Path
from uuid import uuid4

import numpy as np
import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from marketplace.catalog.models import Track
from marketplace.discovery import serving, training
from recommender.alike import Alike
from recommender.sound import FEATURE_COUNT, SharedTrait
from tests.builders import NOON, a_track, an_artist
from tests.pages import page

pytestmark = pytest.mark.django_db
MOST_QUERIES = 5


def part(client: Client, track: Track) -> str:
    return page(client, f"{track.get_absolute_url()}/similar?part=1")


class Knowing:
    """A model that knows two songs alike: one by sound, both by taste."""

    axes = None
    feature_mean = np.zeros(FEATURE_COUNT, np.float32)  # a tempo of 1 bpm: all is fast and busy

    def __init__(self, *tracks: Track) -> None:
        self.items = [track.pk.hex for track in tracks]

    def knows(self, item_id: str) -> bool:
        return True

    def alike(self, item_id: str, kind: str, n: int) -> list[Alike]:
        traits = (SharedTrait("tempo", 92.0, 94.0, "bpm"), SharedTrait("density", 3.0, 3.0, ""))
        if kind == "sound":
            return [Alike(self.items[0], 0.91, traits)]
        return [Alike(item, 0.5, ()) for item in [*self.items, uuid4().hex]]


def test_songs_alike_are_playable_rows_with_their_reason(
    client: Client,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    artist = an_artist()
    track, other = a_track(artist), a_track(artist, title="Kilnfire")
    model = Knowing(other, a_track(title="Tidewater"))
    monkeypatch.setattr(serving, "current", lambda: model)
    with django_assert_max_num_queries(MOST_QUERIES):
        shown = part(client, track).replace("\u00a0", " ")
    assert "Both alike in tempo and full of notes" in shown
    assert "Many of the same people play it, by the same artist" in shown
    assert shown.count(f'data-play-track="{other.pk}"') == 2


def test_a_song_newer_than_the_model_shows_what_it_sounds_like(
    client: Client, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.MODELS_ROOT = tmp_path
    monkeypatch.setattr(serving, "_loaded", serving._loaded)  # put back for the tests after
    vectors = np.random.default_rng(1).normal(size=(6, FEATURE_COUNT)).round(3)
    vectors[3] = vectors[2] + 0.5
    older = [a_track(title=f"Older {n}") for n in range(6)]
    for track, vector in zip(older, vectors.tolist(), strict=True):
        Track.objects.filter(pk=track.pk).update(features=vector, features_version=1)
    training.train(NOON)
    new = a_track(title="Newest")
    Track.objects.filter(pk=new.pk).update(features=vectors[2].tolist(), features_version=1)
    Track.objects.filter(pk=older[2].pk).update(state=Track.State.FAILED)
    shown = part(client, new)
    assert "Older 3" in shown
    assert "Older 2" not in shown  # the nearest, and withdrawn
    assert "Too few listeners so far" in shown
    assert "Liked alike" not in shown  # no empty half beside it


def test_a_song_alone_shows_no_empty_lists(client: Client) -> None:
    shown = part(client, a_track())
    assert "Nothing like it yet" in shown
    assert "Sounds alike" not in shown
    assert "<html" not in shown


def test_without_scripts_it_is_a_page_of_its_own(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    track, other = a_track(title="Salt on the Wire"), a_track(title="Kilnfire")
    monkeypatch.setattr(serving, "current", lambda: Knowing(other, a_track(title="Tidewater")))
    shown = page(client, f"{track.get_absolute_url()}/similar")
    assert "<h1>Songs like <bdi>Salt on the Wire</bdi></h1>" in shown
    assert f'href="{track.get_absolute_url()}"' in shown
    assert f'data-play-track="{other.pk}"' in shown


def test_nothing_is_like_a_song_that_cannot_be_heard(client: Client) -> None:
    track = a_track()
    Track.objects.filter(pk=track.pk).update(state=Track.State.FAILED)
    page(client, f"{track.get_absolute_url()}/similar", status=404)
    page(client, f"/tracks/{uuid4()}/similar", status=404)
