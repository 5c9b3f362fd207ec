"""Reasons in words: each says what the model computed, and nothing more."""

import pytest

from marketplace.discovery.feed import why
from recommender.reasons import Reason
from tests.builders import a_track, an_artist

pytestmark = pytest.mark.django_db


def test_the_same_artist_is_not_called_other_listeners() -> None:
    artist = an_artist()
    track, played = a_track(artist), a_track(artist, title="Low Water")
    told = why(Reason("taste", played.pk.hex), track, played)
    assert "same artist as <b>Low Water</b>" in told.text


def test_taste_names_the_song_that_led_here() -> None:
    track, played = a_track(), a_track(title="<Low> Water")
    told = why(Reason("taste", played.pk.hex), track, played)
    assert told.text == "Listeners who play <b>&lt;Low&gt; Water</b> come back to this"


def test_a_song_nobody_played_says_so() -> None:
    assert "Nobody has played" in why(Reason("new"), a_track(), None).text
