"""The home feed follows what was just played, also of those whom the model has never met."""

from pathlib import Path

import pytest
from pytest_django import Settings

from marketplace.catalog.models import Track
from marketplace.discovery import serving, training
from marketplace.discovery.feed import feed
from marketplace.discovery.heard import plays_of
from tests.builders import NOON, a_listener, a_track, heard, later

pytestmark = pytest.mark.django_db


@pytest.fixture
def tracks(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Track]:
    """Three songs of one sound and three of another, and a model that knows one play."""
    settings.MODELS_ROOT = tmp_path
    monkeypatch.setattr(serving, "_loaded", serving._loaded)  # put back for the tests after
    made = [a_track(title=f"song {k}", at=NOON) for k in range(6)]
    for k, track in enumerate(made):
        side = 1.0 if k < 3 else -1.0
        track.features, track.features_version = [side, side + k * 0.1, 0.5], 1
        track.save()
    heard(a_listener(), made[1], NOON)
    training.train(later(60))
    return made


def test_a_first_play_changes_the_feed(tracks: list[Track]) -> None:
    listener = a_listener()
    assert feed(listener, later(70)).ranked[0].title == "song 1"
    heard(listener, tracks[3], later(80))
    assert {row.title for row in feed(listener, later(120)).ranked[:2]} == {"song 4", "song 5"}


def test_who_first_played_after_the_training_is_a_stranger_to_the_model(
    tracks: list[Track],
) -> None:
    early, late = a_listener(), a_listener()
    heard(early, tracks[0], NOON)
    training.train(later(61))
    heard(late, tracks[0], later(62))
    heard(early, tracks[2], later(62))
    assert [plays_of(one)[1] for one in (early, late, a_listener(), None)] == [
        False,
        True,
        True,
        True,
    ]
