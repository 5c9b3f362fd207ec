"""The map of songs: points and names for the browser, the same as a list, one's own taste on it."""

import struct
from uuid import UUID, uuid4

import numpy as np
import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from marketplace.catalog.models import Track
from marketplace.discovery import opinions, training
from marketplace.discovery.region_names import name_regions
from marketplace.discovery.sound_map import NOWHERE, SoundMap, sound_map
from marketplace.pricing.models import FreePlays
from recommender.sound import FEATURE_COUNT
from tests.builders import NOON, a_listener, a_track, an_artist, heard
from tests.pages import page

pytestmark = pytest.mark.django_db
SONGS = 12
MOST_QUERIES = 22


def hears(track: Track, group: int, seed: int) -> None:
    """Give the song a sound near its group's."""
    centre = np.random.default_rng(group).uniform(1, 9, FEATURE_COUNT)
    vector = centre + np.random.default_rng(100 + seed).normal(0, 0.1, FEATURE_COUNT)
    Track.objects.filter(pk=track.pk).update(
        features=vector.round(4).tolist(), features_version=1, genre=("Dub", "Folk")[group]
    )


@pytest.fixture
def tracks(own_models: None, db: None) -> list[Track]:
    """Songs of two sounds, and a model that knows them."""
    artist = an_artist()
    found = [a_track(artist, seconds=2, title=f"Song {n}") for n in range(SONGS)]
    for n, track in enumerate(found):
        hears(track, n % 2, n)
    training.train(NOON)
    return found


def chart() -> SoundMap:
    found = sound_map()
    assert found is not None
    return found


def places(body: bytes) -> dict[UUID, tuple[int, int]]:
    """Read the points file as a browser does."""
    assert body[:4] == b"RMAP"
    (n,) = struct.unpack_from("<I", body, 16)
    x, y = np.frombuffer(body, "<u2", 2 * n, 36).reshape(2, n).tolist()
    assert len(body) == 36 + 5 * n
    return dict(zip(chart().ids(range(n)), zip(x, y, strict=True), strict=True))


def test_the_points_hold_each_song_on_sale_and_alike_ones_lie_together(
    client: Client, tracks: list[Track]
) -> None:
    Track.objects.filter(pk=tracks[0].pk).update(state=Track.State.FAILED)
    later = a_track(title="Later")
    hears(later, 1, 50)
    unheard = a_track(title="Never analysed")
    found = places(client.get(f"/map/points?v={chart().name}").content)
    assert client.get("/map/points?v=older")["Cache-Control"] == "no-store"
    assert found[tracks[0].pk] == (NOWHERE, NOWHERE)
    assert unheard.pk not in found
    near = {
        n % 2: np.mean([found[track.pk] for track in tracks[2 + n % 2 :: 2]], axis=0)
        for n in (0, 1)
    }
    away = [np.linalg.norm(np.array(found[later.pk]) - near[n]) for n in (0, 1)]
    assert away[1] < away[0]  # a song of after the training lies with those it sounds like


def test_the_page_lists_regions_and_songs_for_anybody(
    client: Client, tracks: list[Track], django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(MOST_QUERIES):
        shown = page(client, "/map")
    assert "<h1>Songs by sound</h1>" in shown
    assert "12 songs. What sounds alike" in shown
    assert all(f'data-play-track="{track.pk}"' in shown for track in tracks)
    assert {one.name.split(",")[0] for one in chart().regions} >= {"Dub", "Folk"}
    assert "of your taste" not in shown
    assert "data-taste" not in shown


def test_every_song_stands_in_one_region_of_the_list(client: Client, tracks: list[Track]) -> None:
    seen = [
        part.split('"')[0]
        for one in chart().regions
        for part in page(client, f"/map?region={one.number}&part=1").split('data-play-track="')[1:]
    ]
    assert sorted(seen) == sorted(str(track.pk) for track in tracks)
    assert "<html" not in page(client, "/map?region=0&part=1")
    assert "All regions" not in page(client, "/map?region=99")


def test_a_listeners_taste_is_lit_where_they_heard_and_liked(
    client: Client, tracks: list[Track], django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    listener = a_listener(at=timezone.now())
    heard(listener, tracks[0], timezone.now())
    opinions.like(listener, tracks[2], timezone.now())
    client.force_login(listener)
    with django_assert_max_num_queries(MOST_QUERIES):
        shown = page(client, "/map")
    assert "What Refrain thinks you like" in shown
    assert shown.index("You like it") < shown.index("You have heard it")
    taste = client.get("/map/taste").json()
    numbers = {track.pk: chart().number_of(track.pk) for track in tracks}
    assert taste["map"] == chart().name
    assert taste["heard"] == [numbers[tracks[0].pk]]
    weights = dict(taste["taste"])
    assert sum(weights.values()) == pytest.approx(1, abs=1e-3)
    assert max(weights, key=lambda number: weights[number]) == numbers[tracks[2].pk]


def test_without_an_account_nobodys_taste_is_told(client: Client, tracks: list[Track]) -> None:
    assert client.get("/map/taste").status_code == 302


def test_songs_are_told_by_number_and_withdrawn_ones_are_not(
    client: Client, tracks: list[Track], django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    name, numbers = chart().name, [chart().number_of(track.pk) for track in tracks[:2]]
    Track.objects.filter(pk=tracks[1].pk).update(state=Track.State.FAILED)
    with django_assert_max_num_queries(4):
        told = client.get(f"/map/songs?v={name}&at={numbers[0]},{numbers[1]},9999,-1,x").json()
    assert [song["title"] for song in told["songs"]] == ["Song 0"]
    assert told["songs"][0]["number"] == numbers[0]
    assert told["songs"][0]["price"].endswith("¢")
    FreePlays.objects.create(track=tracks[0], plays=2)
    assert client.get(f"/map/songs?v={name}&at={numbers[0]}").json()["songs"][0]["price"] == "free"
    assert client.get("/map/songs?v=another&at=1").status_code == 409


def test_a_song_can_be_shown_where_it_lies(client: Client, tracks: list[Track]) -> None:
    number = chart().number_of(tracks[3].pk)
    assert f'data-focus="{number}"' in page(client, f"/map?song={tracks[3].pk}")
    assert "data-focus" not in page(client, f"/map?song={uuid4()}")
    assert "data-focus" not in page(client, "/map?song=nonsense")


def test_before_there_is_a_map_the_page_says_so(client: Client, own_models: None) -> None:
    assert "not drawn yet" in page(client, "/map")
    page(client, "/map/points", status=404)


def test_no_two_regions_bear_one_name() -> None:
    regions = np.array([0, 0, 1, 1, 2, 2, 3], np.uint8)
    genres = ["Folk", "Folk", "Folk", "Folk", "", "", "Dub"]
    axes = np.full((7, 3), 0.5)
    axes[:2, 0], axes[4:6, 2] = 0.1, 0.9
    found = name_regions(regions, 4, genres, axes)
    assert [one.name for one in found] == ["Folk", "Folk too", "Fast", "Dub"]
    assert [one.words for one in found] == ["dark", "", "", ""]
