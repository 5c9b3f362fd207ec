"""The list of all songs: orders and filters, kept in the address bar."""

import re
from datetime import timedelta

import pytest
from django.core.cache import caches
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from marketplace.catalog.models import Track
from marketplace.discovery import tasks
from marketplace.discovery.choosing import Asked, asked_of
from marketplace.discovery.listing import MOST_PLAYED, Listed
from marketplace.pricing.models import FreePlays, PricePoint, TrackPrice
from royalties import reversals
from royalties.models import Holding, PaidPlay, Reversal
from tests.builders import NOON, a_listener, a_track, heard, later
from tests.pages import page

pytestmark = pytest.mark.django_db
TITLE = re.compile(r'class="title" href="[^"]*" title="([^"]*)"')


def listed(client: Client, address: str = "") -> list[str]:
    return TITLE.findall(page(client, f"/songs{address}"))


def a_song(title: str, micros: int = 6_000, **fields: object) -> Track:
    track = a_track(title=title, seconds=2, at=later(Track.objects.count()))
    Track.objects.filter(pk=track.pk).update(**fields)
    TrackPrice.objects.filter(track=track).update(micros=micros)
    return track


def test_what_an_address_does_not_name_asks_for_nothing() -> None:
    wild = {"by": "'; DROP", "genre": "a\0 b", "length": "7", "price": "1e9", "mine": "1"}
    assert asked_of(wild, signed_in=False) == Asked(genre="a b")
    assert asked_of({"by": "closest"}, signed_in=True) == Asked()  # to nothing
    assert asked_of({"q": "salt", "mine": "1"}, True) == Asked("salt", "closest", mine=True)
    address = {"q": "salt", "by": "played", "genre": "Dub", "price": "free", "mine": "1"}
    assert asked_of(address, True).address == "q=salt&by=played&genre=Dub&price=free&mine=1"
    assert Asked().address == Asked("", "newest").address == ""


def test_songs_come_newest_cheapest_and_most_played_first(client: Client) -> None:
    listener, other = a_listener(), a_listener()
    old, dear = a_song("Old", 8_000), a_song("Dear", 9_000)
    a_song("New", 7_000)
    for who, track in ((listener, dear), (other, dear), (other, old)):
        heard(who, track, later(100))
    assert listed(client) == ["New", "Dear", "Old"]
    assert listed(client, "?by=cheapest") == ["New", "Old", "Dear"]
    assert listed(client, "?by=played") == ["Dear", "Old", "New"]
    assert listed(client, "?by=played&price=1") == ["Dear", "Old", "New"]
    shown = page(client, "/songs?by=played")
    assert "Played 2 times" in shown
    assert "Played 1 time<" in shown
    assert "Not played yet" in shown
    plays = list(PaidPlay.objects.filter(terms=dear.terms_id))
    reversals.reverse(plays, Reversal.Kind.CHARGEBACK, "their card was stolen", later(200))
    assert listed(client, "?by=played") == ["Old", "New", "Dear"]  # what is taken back is no play


def test_the_most_played_are_counted_by_a_worker_before_a_request_has_to(
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    settings.PAGE_KEPT_SECONDS = 15
    caches["pages"].clear()
    old, dear = a_song("Old"), a_song("Dear")
    heard(a_listener(), old, later(100))
    tasks.count_most_played()
    with django_assert_num_queries(0):
        assert Listed(MOST_PLAYED, None, later(200))[0:2] == [(old.pk, 1), (dear.pk, 0)]
    for _ in range(2):
        heard(a_listener(), dear, later(100))
    assert Listed(MOST_PLAYED, None, later(200))[0:1] == [(old.pk, 1)]
    tasks.count_most_played()
    monkeypatch.setattr("marketplace.kept._near", {})  # as in another process
    with django_assert_num_queries(0):
        assert Listed(MOST_PLAYED, None, later(200))[0:1] == [(dear.pk, 2)]


def test_a_fallen_price_stands_by_how_far_it_fell(client: Client) -> None:
    now = timezone.now()
    yesterday, hour = now - timedelta(hours=30), now - timedelta(hours=1)
    songs = {"Little": 6_000, "Much": 4_000, "Risen": 9_000, "Long ago": 4_000, "New": 5_000}
    for title, micros in songs.items():
        track = a_song(title, micros)
        PricePoint.objects.filter(track=track).delete()
        first = hour if title == "New" else yesterday
        PricePoint.objects.create(track=track, at=first, micros=6_600)
        since = yesterday if title == "Long ago" else hour + timedelta(minutes=1)
        TrackPrice.objects.filter(track=track).update(since=since)
    assert listed(client, "?by=fallen") == ["Much", "New", "Little"]
    assert listed(client, "?by=fallen&price=0.5") == ["Much", "New"]
    TrackPrice.objects.update(since=yesterday)
    assert "No price fell since yesterday" in page(client, "/songs?by=fallen")


def test_filters_narrow_the_list_and_the_search(client: Client) -> None:
    a_song("Salt", 5_000, genre="Dub", duration_seconds=119.9)
    a_song("Salt again", 7_600, genre="dub", duration_seconds=120)
    a_song("Kiln", 7_500, genre="Folk", duration_seconds=240)
    assert listed(client, "?genre=DUB") == ["Salt again", "Salt"]
    assert listed(client, "?length=short") == ["Salt"]
    assert listed(client, "?length=middle") == ["Salt again"]
    assert listed(client, "?length=long") == ["Kiln"]
    assert listed(client, "?price=0.75") == ["Kiln", "Salt"]
    assert listed(client, "?q=salt&by=cheapest&price=1") == ["Salt", "Salt again"]
    assert listed(client, "?q=salt") == ["Salt", "Salt again"]
    shown = page(client, "/songs?q=salt&genre=Dub&length=long")
    assert "No song is like that" in shown
    assert 'href="/songs?q=salt">No filter' in shown
    assert '<option value="long" selected>' in shown
    assert '<option value="Dub" selected>' in shown


def test_songs_of_ones_own_and_free_ones_are_shown_to_who_has_them(client: Client) -> None:
    listener, other = a_listener(), a_listener()
    owned, free = a_song("Owned"), a_song("Free")
    a_song("Neither")
    assert owned.terms is not None
    Holding.objects.create(terms=owned.terms, party=listener.party, units=60, since=NOON)
    FreePlays.objects.create(track=free, plays=10)
    assert len(listed(client, "?mine=1")) == 3  # a visitor owns nothing, and is not asked
    assert "I own a part" not in page(client, "/songs")
    assert listed(client, "?price=free") == ["Free"]
    for who, mine in ((listener, ["Owned"]), (other, [])):
        client.force_login(who)
        assert listed(client, "?mine=1") == mine
    assert "I own a part" in page(client, "/songs")


def test_a_form_leads_to_the_address_without_what_was_left_empty(client: Client) -> None:
    a_song("Salt", genre="Dub")
    sent = "/songs?genre=Dub&length=&price=&page="
    assert client.get(sent).headers["Location"] == "/songs?genre=Dub"
    assert client.get("/songs?q=&genre=").headers["Location"] == "/songs"


def test_pages_chips_and_form_keep_what_is_asked(client: Client) -> None:
    for number in range(51):
        a_song(f"number {number}", genre="Dub")
    shown = page(client, "/songs?by=cheapest&genre=Dub")
    assert "?by=cheapest&amp;genre=Dub&amp;page=2" in shown
    assert 'href="?by=played&amp;genre=Dub"' in shown
    assert '<input type="hidden" name="by" value="cheapest">' in shown
    assert len(listed(client, "?by=cheapest&genre=Dub&page=2")) == 1


@pytest.mark.parametrize("by", ["newest", "played", "cheapest", "fallen"])
def test_an_order_takes_as_many_queries_as_another(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries, by: str
) -> None:
    client.force_login(a_listener())
    for number in range(3):
        a_song(f"number {number}", genre="Dub")
    with django_assert_max_num_queries(11):
        page(client, f"/songs?by={by}&genre=Dub&mine=1")


def test_a_personal_list_is_kept_for_nobody(client: Client, settings: Settings) -> None:
    """Two who ask the same see each their own (`test_songs_of_ones_own...`), also while kept."""
    settings.PAGE_KEPT_SECONDS = 15
    listener, owned = a_listener(), a_song("Owned")
    assert owned.terms is not None
    Holding.objects.create(terms=owned.terms, party=listener.party, units=60, since=NOON)
    client.force_login(listener)
    assert listed(client, "?mine=1") == ["Owned"]
    client.force_login(a_listener())
    assert listed(client, "?mine=1") == []
