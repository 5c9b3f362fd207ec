"""Radio: alike, without repeats, without what is not for you, no artist twice in a row."""

from datetime import timedelta
from itertools import pairwise
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from marketplace.catalog.models import Track
from marketplace.discovery import opinions, similar
from marketplace.discovery.radio import AT_ONCE, _why, radio
from marketplace.pricing.models import Quote
from marketplace.users.models import User
from tests.builders import NOON, a_listener, a_track, an_artist
from tests.discovery.worlds import EACH

pytestmark = pytest.mark.django_db


def ids(tracks: list[dict[str, Any]]) -> list[str]:
    return [str(track["id"]) for track in tracks]


def test_a_session_hears_every_song_once_and_then_ends() -> None:
    listener = a_listener()
    seed, *others = (a_track(seconds=2) for _ in range(AT_ONCE + 4))
    heard: list[str] = []
    while found := radio(seed, listener, heard):  # type: ignore[arg-type]
        heard += [track["id"] for track in found]
    assert sorted(heard) == sorted(track.pk for track in others)


def test_a_disliked_song_is_left_out_for_that_listener_alone() -> None:
    listener, other, seed, track = a_listener(), a_listener(), a_track(), a_track()
    opinions.dislike(listener, track, NOON)
    assert radio(seed, listener, []) == []
    assert ids(radio(seed, other, [])) == [str(track.pk)]


def test_what_is_like_a_song_of_which_less_is_wanted_comes_later(
    worlds: list[Track], listener: User
) -> None:
    def of_the_first_world() -> int:
        world = ids([{"id": track.pk} for track in worlds[:EACH]])
        return len(set(world) & set(ids(radio(worlds[0], listener, []))))

    opinions.dislike(listener, worlds[EACH - 1], NOON)
    before = of_the_first_world()
    opinions.dislike(listener, worlds[EACH - 1], NOON, less=True)
    assert of_the_first_world() < before


def test_no_artist_follows_itself_while_there_is_another() -> None:
    seed = a_track()
    for artist in (an_artist(), an_artist()):
        for number in range(3):
            a_track(artist, seconds=2, at=NOON + timedelta(seconds=number))
    found = Track.objects.in_bulk([track["id"] for track in radio(seed, a_listener(), [])])
    artists = [found[track["id"]].artist_id for track in radio(seed, a_listener(), [])]
    assert sum(one == other for one, other in pairwise(artists)) == 0


def test_each_song_says_why_it_comes(worlds: list[Track], listener: User) -> None:
    said = {one["id"]: one["why"] for one in radio(worlds[0], listener, [])}
    near = {said[track.pk] for track in worlds[1:EACH] if track.pk in said}
    assert near <= {"Close in sound", *(f"{people} play it" for people in similar.PLAYED)}
    assert near


@pytest.mark.parametrize(
    ("sound", "taste", "why"),
    [
        (0.6, 0.5, "Close in sound"),
        (0.2, 0.6, "Many of the same people play it"),
        (0.0, 0.04, "Not much like it; nothing nearer is left"),
    ],
)
def test_what_is_like_in_nothing_is_not_called_alike(sound: float, taste: float, why: str) -> None:
    assert _why(sound, taste) == why


def test_a_song_the_model_has_not_seen_leads_to_its_genre_first() -> None:
    seed, same, _ = a_track(), a_track(), a_track(at=NOON + timedelta(seconds=9))
    Track.objects.filter(pk__in=[seed.pk, same.pk]).update(genre="ambient")
    seed.refresh_from_db()
    found = radio(seed, a_listener(), [])
    assert ids(found)[0] == str(same.pk)
    assert [one["why"] for one in found] == ["ambient, too", "Another new one"]


def test_the_api_answers_prices_in_few_queries_and_refuses_what_is_not_there(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    seed, track = a_track(), a_track(title="Kilnfire")
    client.force_login(a_listener())

    def ask(**body: Any) -> Any:
        return client.post("/api/v1/radio", body, content_type="application/json")

    with django_assert_max_num_queries(12):
        answer = ask(track=str(seed.pk))
    (found,) = answer.json()["tracks"]
    assert (found["title"], found["price_micros"]) == ("Kilnfire", 6_000)
    assert ask(track=str(seed.pk), heard=[str(track.pk)]).json() == {"tracks": []}
    assert ask(track=str(uuid4())).status_code == 404
    assert ask(track="x").status_code == ask(track=str(seed.pk), heard=["x"]).status_code == 400


def test_radio_teaches_the_price_nothing(client: Client) -> None:
    client.force_login(a_listener())
    body = {"track": str(a_track().pk), "surface": "radio"}
    client.post("/api/v1/quotes", body, content_type="application/json")
    assert not Quote.objects.get().teaches
