"""Artists one follows: on their page, in the library, and what they bring out on Home."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from marketplace.catalog.models import Artist
from marketplace.discovery import opinions
from marketplace.discovery.models import Follow
from marketplace.discovery.shelves import Shelf, shelves
from marketplace.library import views
from marketplace.users.models import User
from tests.builders import NOON, a_listener, a_track, an_artist, later
from tests.pages import page

pytestmark = pytest.mark.django_db
SHELF = "New by artists you follow"


@pytest.fixture
def listener(client: Client) -> User:
    user = a_listener()
    client.force_login(user)
    return user


def new_by_followed(found: list[Shelf]) -> dict[str, str]:
    return {row.title: note for one in found if one.title == SHELF for row, note in one.entries}


def test_one_follows_on_the_artists_page_and_stops_there_or_in_the_library(
    client: Client, listener: User
) -> None:
    artist = an_artist(name="Mirela Anso")
    newest = a_track(artist)
    press = f"/artists/{artist.pk}/follow"
    assert "Follow<" in page(client, artist.get_absolute_url())
    button = client.post(press, headers={"HX-Request": "true"}).content.decode()
    assert "Following" in button
    assert "<html" not in button
    assert "Following" in page(client, artist.get_absolute_url())
    listed = page(client, "/library/artists")
    assert "Mirela Anso" in listed
    assert "1 song, the last one out on 2 March 2026" in listed
    assert f'class="cover round"><img src="{newest.cover_url}"' in listed
    Artist.objects.filter(pk=artist.pk).update(picture="sent", revision=3)
    artist.refresh_from_db()
    assert f'<img src="{artist.picture_url}"' in page(client, "/library/artists")
    assert client.post(press, {"from": "library"}).headers["Location"] == "/library/artists"
    assert "You follow nobody yet" in page(client, "/library/artists")
    assert client.post(press).headers["Location"] == artist.get_absolute_url()
    assert Follow.objects.filter(user=listener, artist=artist).count() == 1


def test_what_they_bring_out_stands_on_home_for_a_month_even_one_song_alone() -> None:
    listener, followed, other = a_listener(), an_artist(), an_artist()
    opinions.follow(listener, followed, NOON)
    opinions.follow(listener, followed, NOON)
    a_track(followed, title="old", at=NOON - timedelta(days=31))
    a_track(other, title="another's", at=NOON - timedelta(days=20))
    a_track(followed, title="new", at=NOON - timedelta(days=29))
    assert new_by_followed(shelves(listener, NOON, [])) == {"new": "out 29 days ago"}
    assert new_by_followed(shelves(a_listener(), NOON, [])) == {}
    opinions.unfollow(listener, followed)
    assert new_by_followed(shelves(listener, NOON, [])) == {}


def test_home_shows_it_as_soon_as_one_follows(client: Client, listener: User) -> None:
    artist, at = an_artist(), timezone.now()
    # Home's own list stands above, and no song stands twice
    for number in range(40):
        a_track(an_artist(), title=f"song {number}", at=at - timedelta(days=3))
    a_track(artist, title="theirs", at=at - timedelta(days=20))
    assert SHELF not in page(client)
    client.post(f"/artists/{artist.pk}/follow")
    assert SHELF in page(client)


def test_songs_are_counted_for_the_follows_of_one_page_alone(
    client: Client,
    listener: User,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    monkeypatch.setattr(views, "PAGE_SIZE", 2)
    artists = [an_artist(name=f"artist {number}") for number in range(4)]
    for number, artist in enumerate(artists):
        a_track(artist)
        opinions.follow(listener, artist, later(number))
    with django_assert_max_num_queries(12) as asked:
        listed = page(client, "/library/artists?page=2")
    assert listed.index("artist 1") < listed.index("artist 0")
    assert listed.count("1 song,") == 2
    (counting,) = [one["sql"] for one in asked if "MAX(" in one["sql"]]
    assert [artist.pk.hex in counting for artist in artists] == [True, True, False, False]


def test_a_visitor_is_asked_to_sign_in(client: Client) -> None:
    artist = an_artist()
    assert "/follow" not in page(client, artist.get_absolute_url())
    assert client.post(f"/artists/{artist.pk}/follow").headers["Location"].startswith("/login")
