"""The library's pages: liked songs, playlists, history, what is not for you; and whose they are."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from marketplace.discovery import opinions
from marketplace.library import playlists
from marketplace.library.models import Playlist
from marketplace.users.models import User
from royalties.models import Holding, PaidPlay
from tests.builders import NOON, a_listener, a_track, heard, later
from tests.pages import page

pytestmark = pytest.mark.django_db


@pytest.fixture
def listener(client: Client) -> User:
    user = a_listener()
    client.force_login(user)
    return user


def a_playlist(user: User, *titles: str) -> Playlist:
    playlist = playlists.create(user, "Night bus", NOON)
    for title in titles:
        playlists.add(playlist, a_track(title=title), NOON)
    return playlist


def order(playlist: Playlist) -> list[str]:
    return [track.title for track in playlists.songs(playlist)]


def test_a_visitor_is_asked_to_sign_in(client: Client) -> None:
    for url in ("/library", "/library/history", "/library/playlists", "/library/not-for-you"):
        assert client.get(url).headers["Location"] == f"/login?next={url}"


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("/library", "Nothing liked yet"),
        ("/library/playlists", "No playlists yet"),
        ("/library/history", "Nothing heard yet"),
        ("/library/not-for-you", "Nothing is left out"),
    ],
)
def test_empty_pages_teach(client: Client, listener: User, url: str, words: str) -> None:
    assert words in page(client, url)


def test_the_library_is_a_place_of_the_listener(client: Client, listener: User) -> None:
    shown = page(client, "/library/history")
    assert re.search(r'<a href="/library"[^>]* aria-current="page">', shown)


def test_liked_songs_stand_last_liked_first_in_few_queries(
    client: Client, listener: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(12):
        opinions.like(listener, a_track(title=f"number {number}"), later(number))
    a_playlist(listener, "one", "two")
    with django_assert_max_num_queries(20):
        shown = page(client, "/library")
    assert shown.index("number 11") < shown.index("number 3")
    assert "Night bus" in shown


def test_a_playlist_is_made_filled_and_shown(client: Client, listener: User) -> None:
    track = a_track(title="Kilnfire")
    made = client.post("/library/playlists", {"name": " Night   bus ", "track": str(track.pk)})
    playlist = Playlist.objects.get()
    assert playlist.name == "Night bus"
    assert made.headers["Location"] == playlist.get_absolute_url()
    shown = page(client, playlist.get_absolute_url())
    assert "Kilnfire" in shown
    assert "costs 0.60\u00a0¢ at today’s prices" in shown
    assert "Night bus" in page(client, f"/library/pick/{track.pk}")


def test_fifty_songs_of_a_playlist_take_few_queries(
    client: Client, listener: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    playlist = a_playlist(listener, *(f"number {n}" for n in range(50)))
    with django_assert_max_num_queries(20):
        shown = page(client, playlist.get_absolute_url())
    assert shown.count("data-handle") == 50


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "Give the playlist a name."),
        ("\u200b \u3164", "Give the playlist a name."),
        ("x" * 81, "at most 80 letters; this one has 81"),
        ("Night bus", "You have a playlist called “Night bus” already."),
    ],
)
def test_a_bad_name_is_one_sentence(client: Client, listener: User, name: str, words: str) -> None:
    a_playlist(listener)
    answer = client.post("/library/playlists", {"name": name})
    assert answer.status_code in {400, 409}
    assert words in answer.content.decode()
    assert Playlist.objects.count() == 1


def test_songs_are_moved_and_removed(client: Client, listener: User) -> None:
    playlist = a_playlist(listener, "a", "b", "c", "d")
    first, _, third, last = playlists.songs(playlist)
    address = playlist.get_absolute_url()
    assert client.post(f"{address}/move/{last.pk}", {"to": "0"}).status_code == 204
    assert order(playlist) == ["d", "a", "b", "c"]
    client.post(f"{address}/move/{first.pk}", {"to": "99"})
    assert order(playlist) == ["d", "b", "c", "a"]
    client.post(f"{address}/remove/{third.pk}")
    assert order(playlist) == ["d", "b", "a"]
    assert [one.position for one in playlist.entries.order_by("position")] == [0, 1, 2]
    for bad in ("", "-1", "one", "99999", "²"):
        assert client.post(f"{address}/move/{last.pk}", {"to": bad}).status_code == 400
    assert client.post(f"{address}/move/{uuid4()}", {"to": "0"}).status_code == 404


def test_a_song_stands_in_a_playlist_once(client: Client, listener: User) -> None:
    playlist = a_playlist(listener, "a")
    (track,) = playlists.songs(playlist)
    again = client.post(f"{playlist.get_absolute_url()}/add/{track.pk}")
    assert again.content.decode() == "It is in “Night bus” already."
    assert order(playlist) == ["a"]
    assert client.post(f"{playlist.get_absolute_url()}/add/{uuid4()}").status_code == 404


def test_deleting_says_what_goes_and_what_stays(client: Client, listener: User) -> None:
    playlist = a_playlist(listener, "a", "b")
    assert "Its 2 songs stay in Refrain." in page(client, playlist.get_absolute_url())
    client.post(f"{playlist.get_absolute_url()}/delete")
    assert not Playlist.objects.exists()


@pytest.mark.parametrize("verb", ["", "/rename", "/delete", "/add/{0}", "/remove/{0}", "/move/{0}"])
def test_somebody_elses_playlist_does_not_exist(client: Client, listener: User, verb: str) -> None:
    playlist = a_playlist(a_listener(), "a")
    (track,) = playlists.songs(playlist)
    address = playlist.get_absolute_url() + verb.format(track.pk)
    answer = client.post(address, {"name": "x", "to": "0"}) if verb else client.get(address)
    assert answer.status_code == 404
    assert order(playlist) == ["a"]


def test_history_tells_paid_plays_from_free_listens(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    at = timezone.now() - timedelta(minutes=10)
    listener = a_listener(at=at)
    client.force_login(listener)
    heard(listener, a_track(title="Paid for", at=at), at)
    heard(listener, a_track(title="Stopped", at=at), at + timedelta(minutes=2), seconds=10)
    heard(a_listener(at=at), a_track(title="Another's", at=at), at)
    with django_assert_max_num_queries(16):
        shown = page(client, "/library/history")
    play = PaidPlay.objects.get(listener=listener.party)
    assert f'<a href="/receipts/{play.pk}">' in shown
    assert "Stopped before paying began" in shown
    assert shown.index("Stopped") < shown.index("Paid for")
    assert "Another" not in shown


def test_not_for_me_leaves_a_song_out_until_it_is_taken_back(
    client: Client, listener: User
) -> None:
    track = a_track(title="Kilnfire")
    opinions.like(listener, track, NOON)
    assert "Kilnfire" in page(client, "/")
    assert client.post(f"/tracks/{track.pk}/dislike", headers={"X-Quiet": "1"}).status_code == 204
    assert not opinions.likes(listener, track)
    assert "Kilnfire" not in page(client, "/")
    assert "Kilnfire" in page(client, "/library/not-for-you")
    assert "Kilnfire" in page(client, "/songs?q=kilnfire")
    client.post(f"/tracks/{track.pk}/dislike", {"undo": "1"})
    assert "Kilnfire" in page(client, "/")
    assert client.post(f"/tracks/{uuid4()}/dislike").status_code == 404


def test_a_shared_playlist_is_seen_heard_and_kept_by_others(client: Client, listener: User) -> None:
    playlist = a_playlist(listener, "Kilnfire", "Salt on the Wire")
    address, other = playlist.get_absolute_url(), Client()
    assert other.get(address).headers["Location"] == f"/login?next={address}"
    client.post(f"{address}/share", {"shared": "1"})
    assert "This playlist is shared" in page(client, address)
    shown = page(other, address)
    assert listener.name in shown
    assert shown.index("Kilnfire") < shown.index("Salt on the Wire")
    assert "Rename" not in shown
    fan = a_listener()
    other.force_login(fan)
    kept = [other.post(f"{address}/keep").headers["Location"] for _ in range(2)]
    assert kept == [fan.playlists.get().get_absolute_url()] * 2
    assert order(fan.playlists.get()) == order(playlist)
    for action in ("rename", "delete", "share"):
        assert other.post(f"{address}/{action}", {"name": "Mine"}).status_code == 404
    client.post(f"{address}/share", {"shared": "0"})
    assert other.get(address).status_code == other.post(f"{address}/keep").status_code == 404
    assert order(fan.playlists.get()) == order(playlist)


def test_a_copy_is_of_one_list_whatever_others_are_called(client: Client, listener: User) -> None:
    theirs = [a_playlist(a_listener(), title) for title in ("Kilnfire", "Salt on the Wire")]
    User.objects.filter(playlists__in=theirs).update(name="N" * 120)
    for playlist in theirs * 2:
        playlists.share(playlist, shared=True)
        client.post(f"{playlist.get_absolute_url()}/keep")
    kept = listener.playlists.order_by("created_at")
    assert [order(one) for one in kept] == [["Kilnfire"], ["Salt on the Wire"]]


def test_a_closed_account_shares_nothing(client: Client, listener: User) -> None:
    playlist = a_playlist(listener, "Kilnfire")
    playlists.share(playlist, shared=True)
    other = Client()
    assert f"A playlist by {listener.name}, 1 song." in page(other, playlist.get_absolute_url())
    User.objects.filter(pk=listener.pk).update(is_active=False)
    other.force_login(a_listener())
    assert other.get(playlist.get_absolute_url()).status_code == 404


def test_empty_pages_give_songs_to_begin_with(client: Client) -> None:
    listener = a_listener()
    client.force_login(listener)
    track = a_track(title="Salt on the Wire")
    heard(a_listener(), track)
    empty = ("/library", "/library/history", "/mix", "/portfolio")
    for address in empty:
        shown = page(client, address)
        assert "Begin with one of these" in shown, address
        assert "Salt on the Wire" in shown, address
    heard(listener, track, later(600))
    assert track.terms is not None
    Holding.objects.create(terms=track.terms, party=listener.party, units=60, since=NOON)
    opinions.like(listener, track, later(900))
    for address in {*empty} - {"/mix"}:  # which comes with the next training
        assert "Begin with one of these" not in page(client, address), address
