"""The first page of visitors and listeners, the list of songs, liking."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from marketplace.catalog.models import Track
from marketplace.discovery.models import Like
from tests.builders import NOON, a_listener, a_track, an_artist, heard
from tests.pages import page

pytestmark = pytest.mark.django_db


def test_home_shows_the_day_of_the_listener(client: Client) -> None:
    at = timezone.now() - timedelta(seconds=40)
    listener, track = a_listener(at=at), a_track(title="Salt on the Wire", at=at)
    heard(listener, track, at)
    client.force_login(listener)
    shown = page(client, "/")
    assert "1 song paid" in shown
    assert "/receipts/" in shown
    assert 'title="counted"' in shown
    heard(listener, track, timezone.now() - timedelta(seconds=20))
    alone = page(client, "/?part=today")  # asked once a play is paid
    assert "2 songs paid" in alone
    assert "<html" not in alone


def test_home_puts_hardly_played_songs_on_a_shelf(client: Client) -> None:
    a_track(title="Marrow and Thread")
    client.force_login(a_listener())
    assert "0 plays, next earns 60" in page(client, "/")


def test_home_of_somebody_without_money_leads_to_the_wallet(client: Client) -> None:
    client.force_login(a_listener(micros=0))
    shown = page(client, "/")
    assert "The free part of every song plays without money" in shown


@pytest.mark.parametrize("kind", ["sound", "taste", "nonsense"])
def test_reasons_are_chosen_in_the_address(client: Client, kind: str) -> None:
    client.force_login(a_listener())
    chosen = kind if kind != "nonsense" else "all"
    assert f'href="?by={chosen}" aria-current="true"' in page(client, f"/?by={kind}")


def test_fifty_songs_take_as_many_queries_as_one(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    listener = a_listener()
    client.force_login(listener)
    for number in range(51):
        a_track(title=f"number {number}", seconds=2, at=NOON + timedelta(seconds=number))
    with django_assert_max_num_queries(10):
        shown = page(client, "/songs")
    assert shown.count('class="track-row"') == 50
    assert 'rel="next"' in shown
    with django_assert_max_num_queries(26):
        page(client, "/")


def test_the_list_of_all_songs_is_read_and_counted_by_its_index(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(3):
        a_track()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
    with django_assert_max_num_queries(10) as asked:
        page(client, "/songs")
    listed = [one["sql"] for one in asked if "FROM catalog_track" in one["sql"]][:2]
    assert len(listed) == 2
    with connection.cursor() as cursor:
        for statement in listed:
            cursor.execute(f"EXPLAIN {statement}")
            assert "track_on_sale" in str(cursor.fetchall()), statement


def test_search_finds_by_title_and_artist_and_teaches_when_it_does_not(client: Client) -> None:
    track = a_track(title="Salt on the Wire")
    a_track(title="Kilnfire")
    shown = page(client, "/songs?q=salt+wire")
    assert "Salt on the Wire" in shown
    assert "Kilnfire" not in shown
    assert track.artist is not None
    assert "Salt on the Wire" in page(client, f"/songs?q={track.artist.name}")
    assert "No song or artist sounds like that" in page(client, "/songs?q=qqqzzz")


def test_pages_of_a_search_keep_its_words(client: Client) -> None:
    for _ in range(51):
        a_track(title="salt & wire", seconds=2)
    assert "?q=salt+%26+wire&amp;page=2" in page(client, "/songs?q=salt+%26+wire")


def test_liking_answers_the_button_and_unliking_too(client: Client) -> None:
    listener, track = a_listener(), a_track()
    client.force_login(listener)
    htmx = {"HX-Request": "true"}
    liked = client.post(f"/tracks/{track.pk}/like", headers=htmx).content.decode()
    assert 'aria-pressed="true"' in liked
    assert 'aria-pressed="true"' in page(client, track.get_absolute_url())
    assert client.get(f"/tracks/{track.pk}/liked").json() == {"liked": True}
    unliked = client.post(f"/tracks/{track.pk}/like", headers=htmx).content.decode()
    assert 'aria-pressed="false"' in unliked
    assert client.get(f"/tracks/{track.pk}/liked").json() == {"liked": False}
    assert not Like.objects.exists()
    plain = client.post(f"/tracks/{track.pk}/like")
    assert plain.headers["Location"] == track.get_absolute_url()


@pytest.mark.parametrize("wish", [True, False])
def test_a_wish_sent_twice_is_the_same_wish(client: Client, wish: bool) -> None:
    track = a_track()
    client.force_login(a_listener())
    for _ in range(2):
        sent = {"liked": str(wish).lower()}
        assert (
            client.post(f"/tracks/{track.pk}/like", sent, headers={"X-Quiet": "1"}).status_code
            == 204
        )
        assert Like.objects.exists() is wish


def test_typing_lists_songs_artists_and_albums_with_prices(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    track = a_track(an_artist(name="Saltlight"), title="Salt on the Wire")
    Track.objects.filter(pk=track.pk).update(album="North of <Salt>")
    with django_assert_max_num_queries(20):
        shown = client.get("/search?q=salt", headers={"HX-Request": "true"}).content.decode()
    assert "<mark>Salt</mark> on the Wire" in shown
    assert "<mark>Salt</mark>light" in shown
    assert f'class="cover round"><img src="{track.cover_url}"' in shown
    assert "&lt;<mark>Salt</mark>&gt;" in shown
    assert "0.60\u00a0¢" in shown
    assert "<html" not in shown


def test_instant_search_says_when_nothing_is_like_it(client: Client) -> None:
    shown = client.get("/search?q=<qqq>%00", headers={"HX-Request": "true"}).content.decode()
    assert "Nothing sounds like “<bdi>&lt;qqq&gt;</bdi>”" in shown
    assert client.get("/search?q=salt").headers["Location"] == "/songs?q=salt"
