"""Reasons in words: each says what the model computed, and nothing more."""

from dataclasses import replace

import numpy as np
import pytest

from marketplace.discovery import serving, traits
from marketplace.discovery.feed import why
from recommender.model import Model
from recommender.reasons import Reason
from recommender.sound import FEATURE_COUNT, FEATURE_NAMES, TRAITS, SharedTrait
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


def known() -> Model:
    """A model whose catalogue has a tempo of 100 bpm and a brightness of 2,000 Hz in the mean."""
    mean = np.zeros(FEATURE_COUNT, np.float32)
    mean[FEATURE_NAMES.index("tempo_log2_bpm")] = np.log2(100)
    mean[FEATURE_NAMES.index("centroid_hz_mean")] = 2_000
    return Model((), np.zeros(0, np.float32), {}, feature_mean=mean)


def test_sound_is_told_in_words_against_the_catalogues_mean(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(serving, "current", known)
    shared = (
        SharedTrait("tempo", 78.2, 80.0, "bpm"),
        SharedTrait("brightness", 2_600.0, 2_700.0, "Hz"),
    )
    track, played = a_track(), a_track(title="Low Water")
    told = why(Reason("sound", played.pk.hex, shared), track, played)
    assert played.artist is not None
    low_water = f"<b>Low Water</b> by {played.artist.name}"
    assert told.text == f"Sounds like {low_water}: both alike in tempo and bright"
    near = why(Reason("popular", played.pk.hex, shared), track, played)
    assert near.text == (
        "Near <b>Low Water</b>, both alike in tempo and bright. Other listeners play this"
    )


def test_a_trait_on_both_sides_of_the_mean_is_not_said_to_be_shared() -> None:
    apart = (SharedTrait("brightness", 1_900.0, 2_100.0, "Hz"),)
    assert traits.in_words(apart, known().feature_mean) == ""


def test_tempos_far_apart_are_not_said_to_be_alike() -> None:
    apart = (SharedTrait("tempo", 86.0, 96.0, "bpm"),)
    assert traits.in_words(apart, known().feature_mean) == ""


def test_every_trait_but_tempo_has_two_words() -> None:
    assert traits.WORDS.keys() == {trait.name for trait in TRAITS} - {"tempo"}


def test_a_much_played_song_says_how_many_listeners_play_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    track = a_track()
    model = Model((track.pk.hex,), np.array([1_204.0], np.float32), {})
    monkeypatch.setattr(serving, "current", lambda: model)
    assert why(Reason("popular"), track, None).text == "1,204 listeners play this"
    assert why(Reason("popular"), a_track(), None).text == "Other listeners play this"
    track.genre = "House"
    assert why(Reason("popular"), track, None).text == "House. 1,204 listeners play this"


def test_a_song_in_itself_is_told_by_what_sets_it_apart() -> None:
    mean = known().feature_mean
    assert mean is not None
    features = np.stack([mean, mean])
    features[0, FEATURE_NAMES.index("centroid_hz_mean")] = 3_000
    features[0, FEATURE_NAMES.index("onset_mean")] = -1
    scale = np.ones(FEATURE_COUNT, np.float32)
    model = replace(known(), features=features, feature_scale=scale)
    assert traits.apart(model, 0) == "bright and sparse"
    assert traits.apart(known(), 0) == ""
