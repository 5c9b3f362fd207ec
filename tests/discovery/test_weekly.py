"""A listener's week: chosen once, mostly new, with reasons; and artists new to them, by sound."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from marketplace.catalog.models import Track
from marketplace.discovery import mix_page, new_artists, opinions, weekly
from marketplace.discovery.models import WeeklyMix
from marketplace.discovery.shelves import shelves
from marketplace.discovery.tasted import tasted
from marketplace.library import playlists
from marketplace.library.models import Playlist
from marketplace.pricing.models import TrackPrice
from marketplace.users.models import User
from royalties.models import Holding
from tests.builders import NOON, a_listener, a_track, later
from tests.discovery.worlds import EACH, played
from tests.pages import page

pytestmark = pytest.mark.django_db
AT = later(120)


@pytest.fixture
def listener(worlds: list[Track], listener: User) -> User:
    """Who has also played two of the first world."""
    played(listener.party, worlds[:2], NOON)
    return listener


def test_a_week_has_new_songs_and_some_known_ones_each_with_its_reason(
    worlds: list[Track], listener: User
) -> None:
    chosen = weekly.mix_of(listener, AT)
    known = [one.track for one in chosen if not one.is_new]
    assert len({one.track for one in chosen}) == len(chosen) > 15
    assert set(known) <= {track.pk for track in worlds[:2]}
    assert known
    assert len(known) <= len(chosen) / 5
    rows = mix_page.mix_rows(listener, AT)
    assert [row.id for row in rows] == [one.track for one in chosen]
    assert all(row.reason for row in rows)


def test_a_week_stays_as_it_is_and_the_next_one_is_another(
    worlds: list[Track], listener: User
) -> None:
    first = weekly.mix_of(listener, AT)
    opinions.like(listener, worlds[EACH], AT)
    played(listener.party, worlds[EACH : EACH + 3], AT)
    assert weekly.mix_of(listener, AT + timedelta(days=5)) == first
    next_week = weekly.mix_of(listener, AT + timedelta(days=7))
    assert [one.track for one in next_week] != [one.track for one in first]
    assert WeeklyMix.objects.filter(user=listener).count() == 2


def test_the_same_listener_and_week_make_the_same_mix_whatever_songs_cost_and_who_owns_them(
    worlds: list[Track], listener: User
) -> None:
    first = weekly.mix_of(listener, AT), new_artists.near_songs(tasted(listener), AT)
    WeeklyMix.objects.all().delete()
    for n, price in enumerate(TrackPrice.objects.order_by("pk")):
        TrackPrice.objects.filter(pk=price.pk).update(micros=1_000 + 900 * n)
    assert worlds[3].terms is not None
    Holding.objects.create(party=listener.party, terms=worlds[3].terms, units=900, since=NOON)
    assert (weekly.mix_of(listener, AT), new_artists.near_songs(tasted(listener), AT)) == first


def test_who_heard_and_liked_nothing_has_no_week(worlds: list[Track], client: Client) -> None:
    newcomer = a_listener()
    assert weekly.mix_of(newcomer, AT) == []
    assert not WeeklyMix.objects.exists()
    client.force_login(newcomer)
    assert "Nothing to go by yet" in page(client, "/mix")


def test_disliked_and_withdrawn_songs_are_not_in_it(worlds: list[Track], listener: User) -> None:
    opinions.dislike(listener, worlds[4], AT)
    Track.objects.filter(pk=worlds[5].pk).update(state=Track.State.FAILED)
    tracks = {one.track for one in weekly.mix_of(listener, AT)}
    assert not tracks & {worlds[4].pk, worlds[5].pk}
    Track.objects.filter(pk__in=list(tracks)[:1]).update(state=Track.State.FAILED)
    assert len(mix_page.mix_rows(listener, AT)) == len(tracks) - 1


def test_the_page_shows_it_and_saves_it_as_one_playlist(
    client: Client,
    listener: User,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    client.force_login(listener)
    page(client, "/mix")
    with django_assert_max_num_queries(11):
        shown = page(client, "/mix")
    assert "Your week" in shown
    assert shown.count('class="reason"') == shown.count('class="track-row"')
    for _ in range(2):
        answer = client.post("/library/keep-week")
        assert answer.status_code == 302
    saved = Playlist.objects.get(user=listener)
    assert saved.name == weekly.name_of(weekly.week_of(timezone.now()))
    tracks = saved.entries.order_by("position").values_list("track", flat=True)
    assert list(tracks) == [one.track for one in weekly.mix_of(listener, timezone.now())]


def test_home_counts_what_is_on_sale_of_the_week(listener: User) -> None:
    chosen = weekly.mix_of(listener, AT)
    gone = [one.track for one in chosen[:3]]
    Track.objects.filter(pk__in=gone).update(state=Track.State.WITHDRAWN)
    band = mix_page.band(listener, tasted(listener), AT)
    assert band is not None
    assert band.songs == len(chosen) - len(gone)
    assert len(band.covers) == mix_page.COVERS
    Track.objects.update(state=Track.State.WITHDRAWN)
    assert mix_page.band(listener, tasted(listener), AT) is None


@pytest.mark.django_db(transaction=True)
def test_a_week_saved_twice_at_once_is_one_playlist() -> None:
    listener, song = a_listener(), a_track()

    def press(_: int) -> UUID:
        try:
            return playlists.keep(listener, "Week 48, 2026", [song.pk], NOON).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        assert len(set(pool.map(press, range(6)))) == 1


def test_new_artists_near_ones_taste_stand_on_home_with_the_song_they_sound_like(
    client: Client, worlds: list[Track], listener: User
) -> None:
    now = timezone.now()
    Track.objects.update(published_at=now - timedelta(days=3))
    fresh = a_track(title="Fresh", at=now)
    Track.objects.filter(pk=fresh.pk).update(features=worlds[0].features, features_version=1)
    same = a_track(worlds[0].artist, title="Same artist", at=now)
    Track.objects.filter(pk=same.pk).update(features=worlds[0].features, features_version=1)
    found = new_artists.near_songs(tasted(listener), now)
    assert str(found[0].item_id) == fresh.pk.hex
    assert same.pk.hex not in {one.item_id for one in found}
    told = new_artists.notes(found[:1])
    assert told[fresh.pk].startswith("like w0 song 0")
    other = next(one for one in found[1:] if one.item_id != fresh.pk.hex)
    shown = {track.pk for track in worlds} - {UUID(other.item_id)}
    named = {one.title: one for one in shelves(listener, now, shown)}
    entries = named["New artists that sound like you"].entries
    assert [row.id.hex for row, _ in entries] == [fresh.pk.hex, other.item_id]


def test_home_leads_to_the_week(client: Client, listener: User) -> None:
    client.force_login(listener)
    home = page(client, "/")
    assert "Your week" in home
    assert 'href="/mix"' in home
