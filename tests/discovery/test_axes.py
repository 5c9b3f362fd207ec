"""A song's page says in words where its sound stands among all songs."""

import numpy as np
import pytest
from django.test import Client

from marketplace.catalog.models import Track
from marketplace.discovery import training
from marketplace.discovery.axes import in_words, scales_of
from recommender.axes import AXES, Standing
from recommender.sound import FEATURE_COUNT, FEATURE_NAMES
from tests.builders import NOON, a_track
from tests.pages import page

pytestmark = pytest.mark.django_db


def heard_as(track: Track, hz: float) -> None:
    vector = np.full(FEATURE_COUNT, 2.0)
    for name in ("centroid_hz_mean", "rolloff_hz_mean"):
        vector[FEATURE_NAMES.index(name)] = hz
    Track.objects.filter(pk=track.pk).update(features=vector.tolist(), features_version=1)


@pytest.fixture
def tracks(own_models: None, db: None) -> list[Track]:
    """Five songs, each brighter than the one before; the model has heard them."""
    found = [a_track(title=f"Song {n}") for n in range(5)]
    for n, track in enumerate(found):
        heard_as(track, 500.0 * 1.5**n)
    training.train(NOON)
    return found


def test_a_songs_page_shows_three_scales(client: Client, tracks: list[Track]) -> None:
    shown = page(client, f"{tracks[1].get_absolute_url()}/similar?part=1").replace("\u00a0", " ")
    assert "Darker than 60 % of songs" in shown
    assert shown.count('<dl class="scales">') == 1
    assert 'cx="30.0%"' in shown
    assert "Brighter than 80 % of songs" in page(
        client, f"{tracks[4].get_absolute_url()}/similar?part=1"
    ).replace("\u00a0", " ")


def test_a_song_newer_than_the_model_stands_on_its_scales(tracks: list[Track]) -> None:
    new = a_track()
    assert scales_of(new.pk) == []  # never analysed
    heard_as(new, 700.0)
    scales = scales_of(new.pk)
    assert [(one.low, one.high) for one in scales] == [
        ("dark", "bright"),
        ("sparse", "dense"),
        ("slow", "fast"),
    ]
    assert scales[0].words == "darker than 80\u00a0% of songs"
    assert scales[1].words == "like the others"


@pytest.mark.parametrize(
    ("below", "above", "words"),
    [(0.999, 0.0, "brighter than 99\u00a0% of songs"), (0.0, 0.004, "like the others")],
)
def test_shares_are_cut_not_rounded_up(below: float, above: float, words: str) -> None:
    assert in_words(Standing(AXES[0], below, above)) == words
