"""The shelves of the home page: true reasons, no song twice, none that is nearly empty."""

from collections import Counter
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from marketplace.catalog.models import Track
from marketplace.discovery import opinions, rising, training
from marketplace.discovery.shelves import Shelf, shelves
from marketplace.pricing.models import PricePoint
from royalties import accrual
from tests.builders import NOON, a_listener, a_track, heard

pytestmark = pytest.mark.django_db
OLD = NOON - timedelta(days=30)


def some_tracks(n: int, at: datetime) -> list[Track]:
    return [a_track(title=f"song {i}", seconds=2, at=at - timedelta(hours=i)) for i in range(n)]


def asked(track: Track, at: datetime, quotes: int, accepts: int) -> None:
    PricePoint.objects.create(track=track, at=at, micros=6_000, quotes=quotes, accepts=accepts)


def named(found: list[Shelf], title: str) -> dict[str, str]:
    return {row.title: note for one in found if one.title == title for row, note in one.entries}


def test_rising_songs_are_accepted_by_more_of_those_asked_than_a_week_ago() -> None:
    up, more, down, few = some_tracks(4, OLD)
    for track, before, now, quotes in (
        (up, 4, 8, 10),
        (more, 4, 6, 10),
        (down, 8, 4, 10),
        (few, 0, 4, 4),
    ):
        asked(track, NOON - timedelta(days=10), quotes, before)
        asked(track, NOON - timedelta(days=2), quotes, now)
    assert named(shelves(a_listener(), NOON, []), "Rising") == {}  # no page adds it up
    for _ in range(2):
        rising.add_up(NOON)
    risen = named(shelves(a_listener(), NOON, []), "Rising")
    assert risen == {
        up.title: "80\u00a0% play on, up from 40\u00a0%",
        more.title: "60\u00a0% play on, up from 40\u00a0%",
    }
    assert list(risen) == [up.title, more.title]


def test_new_songs_say_when_they_came_out_and_one_alone_makes_no_shelf() -> None:
    listener = a_listener()
    a_track(at=OLD)
    first = a_track(title="first", at=NOON - timedelta(days=3))
    assert shelves(listener, NOON, []) == []
    a_track(title="second", at=NOON - timedelta(hours=2))
    new = named(shelves(listener, NOON, []), "New this week")
    assert new == {"second": "out today", "first": "out 3 days ago"}
    assert shelves(listener, NOON, [first.pk]) == []


def test_a_disliked_song_stands_on_no_shelf() -> None:
    listener = a_listener()
    track, *_ = some_tracks(3, NOON)
    opinions.dislike(listener, track, NOON)
    assert track.title not in named(shelves(listener, NOON, []), "New this week")


def test_what_one_owns_most_of_leads_to_what_sounds_like_it(own_models: None) -> None:
    listener = a_listener(at=OLD)
    tracks = [a_track(title=f"song {i}", at=OLD) for i in range(6)]
    for i, track in enumerate(tracks):
        side = 1.0 if i < 3 else -1.0
        track.features, track.features_version = [side, side + i * 0.1, 0.5], 1
        track.save()
    heard(listener, tracks[0], OLD)
    accrual.accrue(NOON)
    training.train(NOON)
    (shelf,) = [one for one in shelves(listener, NOON, []) if "own part of" in one.title]
    assert "song 0" in shelf.title
    assert {row.title for row, _ in shelf.entries} == {"song 1", "song 2"}
    assert {note for _, note in shelf.entries} == {"close in sound"}


def test_no_song_stands_twice_on_the_page_which_asks_few_queries(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    some_tracks(30, timezone.now())
    client.force_login(a_listener())
    with django_assert_max_num_queries(28):
        shown = client.get("/").content.decode()
    main = shown[shown.index('id="main"') :]
    plays = [part.split('"')[0] for part in main.split('data-play-track="')[1:]]
    assert max(Counter(plays).values()) == 1
    assert "New this week" in main
