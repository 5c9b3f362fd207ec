"""An album's page: its songs in their order, what all of them cost, and what leads there."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from marketplace.catalog.models import Track
from marketplace.pricing.models import TrackPrice
from tests.builders import a_listener, a_track, an_artist
from tests.pages import page

pytestmark = pytest.mark.django_db
NAME = "North / <South>?"


def numbered(track: Track, disc: int | None, number: int | None) -> None:
    track.album, track.disc_number, track.track_number = NAME, disc, number
    track.save()


def test_its_songs_stand_in_their_order_with_what_all_cost(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    artist, places = an_artist(name="Mirela Anso"), [(2, 1), (1, 2), (1, 1), (None, None)]
    songs = [a_track(artist, title=f"Song {place}") for place in places]
    for song, place in zip(songs, places, strict=True):
        numbered(song, *place)
    numbered(a_track(title="Of another"), 1, 1)
    a_track(artist, title="In no album")
    TrackPrice.objects.filter(track=songs[0]).update(micros=9_000)
    client.force_login(a_listener())
    with django_assert_max_num_queries(20):
        shown = page(client, songs[0].album_url)
    order = [shown.index(f"Song {place}") for place in [(1, 1), (1, 2), (2, 1), (None, None)]]
    assert order == sorted(order)
    assert "North / &lt;South&gt;?" in shown
    assert "4 songs" in shown
    assert "2.70\u00a0¢" in shown  # 0.90 and three times 0.60
    assert "Of another" not in shown
    assert "In no album" not in shown


def test_artist_song_and_search_lead_to_it(client: Client) -> None:
    artist = an_artist()
    first, second = a_track(artist), a_track(artist)
    numbered(first, None, None)
    link = f'href="{first.album_url}"'
    assert link not in page(client, artist.get_absolute_url())  # a single
    numbered(second, None, None)
    assert link in page(client, artist.get_absolute_url())
    assert link in page(client, first.get_absolute_url())
    assert link in client.get("/search?q=north", headers={"HX-Request": "true"}).content.decode()


def test_its_cover_is_that_of_its_first_song_wherever_it_is_shown(client: Client) -> None:
    artist = an_artist()
    second, first = a_track(artist, title="North B"), a_track(artist, title="North A")
    numbered(first, 1, 1)
    numbered(second, 1, 2)
    cover = f'<img src="{first.cover_url}" alt=""'
    ambience = f'<img class="ambience" src="{first.cover_url}"'
    assert ambience in page(client, first.album_url)
    albums = page(client, artist.get_absolute_url()).partition("<h2>Albums</h2>")[2]
    assert cover in albums
    found = client.get("/search?q=north", headers={"HX-Request": "true"}).content.decode()
    assert cover in found.partition("Albums")[2]


@pytest.mark.parametrize("asked", ["", "?name=", "?name=Kiln%00fire", "?name=North"])
def test_one_that_no_song_names_is_not_found(client: Client, asked: str) -> None:
    track = a_track()
    assert client.get(f"/artists/{track.artist_id}/album{asked}").status_code == 404
    numbered(track, 1, 1)
    Track.objects.filter(pk=track.pk).update(state=Track.State.WITHDRAWN)
    assert client.get(track.album_url).status_code == 404
