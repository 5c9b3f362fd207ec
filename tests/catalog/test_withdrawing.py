"""Off sale: nobody is offered or plays it, no list has it, and what it earned stays."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import caches
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from marketplace.catalog import withdrawing
from marketplace.catalog.models import Track, Withdrawal
from marketplace.discovery.models import Like
from marketplace.library import playlists
from marketplace.listening import streams
from marketplace.operations.models import Deed
from marketplace.pricing import quotes
from marketplace.pricing.models import Quote
from marketplace.problems import Conflict, Gone
from marketplace.users.models import User
from royalties import accrual, purses
from royalties.models import PaidPlay
from tests.builders import a_listener, a_stream, a_track, a_user, an_artist, served
from tests.pages import page

pytestmark = pytest.mark.django_db
REASON = "The singer never agreed to it."


@pytest.fixture
def singer() -> User:
    return a_user("artist", name="Mirela Anso", at=timezone.now())


@pytest.fixture
def song(singer: User) -> Track:
    return a_track(an_artist(singer, name="Mirela Anso"), title="Low Water", at=timezone.now())


@pytest.fixture
def office() -> Client:
    client = Client()
    client.force_login(a_user("operator", at=timezone.now()))
    return client


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def played(listener: User, song: Track) -> PaidPlay:
    """A paid play of now."""
    at = timezone.now() - timedelta(minutes=2)
    stream = a_stream(listener, song, at)
    streams.heartbeat(stream.pk, listener, 0, at)
    served(stream, 40)
    streams.heartbeat(stream.pk, listener, 31, at + timedelta(seconds=31))
    streams.stop(stream.pk, listener, at + timedelta(seconds=32))
    return PaidPlay.objects.get(listener=listener.party_id)


def test_an_operator_takes_it_off_with_a_reason_and_brings_it_back(
    office: Client, song: Track
) -> None:
    where = f"/tracks/{song.pk}/sale"
    assert "What taking it off sale does" in page(office, where)
    nothing = office.post(where, {"withdraw": "yes"})
    assert (nothing.status_code, "Say why" in nothing.content.decode()) == (422, True)
    office.post(where, {"withdraw": "yes", "reason": REASON})
    song.refresh_from_db()
    assert song.state == Track.State.WITHDRAWN
    assert REASON in page(Client(), f"/tracks/{song.pk}", 410)
    assert REASON in page(office, where)
    office.post(where, {"back": "yes"})
    song.refresh_from_db()
    assert song.state == Track.State.PUBLISHED
    page(Client(), f"/tracks/{song.pk}")
    assert [deed.text for deed in Deed.objects.order_by("pk")] == [
        f"Took Low Water off sale: {REASON}",
        "Put Low Water on sale again.",
    ]


def test_artists_decide_on_their_own_but_not_on_what_an_operator_decided(
    singer: User, song: Track, office: Client
) -> None:
    where, own = f"/tracks/{song.pk}/sale", signed_in(singer)
    for other in (a_user("artist"), a_user("listener"), a_user("label")):
        page(signed_in(other), where, 403)
    assert "Take it off sale" in page(own, f"/tracks/{song.pk}")
    own.post(where, {"withdraw": "yes", "reason": "A new version comes."})
    assert "Put it on sale again" in page(own, where)
    own.post(where, {"back": "yes"})
    office.post(where, {"withdraw": "yes", "reason": REASON})
    assert "only an operator can put it back" in page(own, where)
    own.post(where, {"back": "yes"})
    song.refresh_from_db()
    assert song.state == Track.State.WITHDRAWN
    office.post(where, {"withdraw": "yes", "reason": REASON})  # twice is once
    assert Withdrawal.objects.count() == 2


def test_it_is_offered_to_nobody_and_an_open_play_pays_nothing(singer: User, song: Track) -> None:
    at = timezone.now()
    listener, other = a_listener(at=at), a_listener(at=at)
    offered = quotes.offer(song, other, "press", at)
    stream = a_stream(listener, song, at)
    streams.heartbeat(stream.pk, listener, 0, at)
    before = purses.available(listener.party)
    withdrawing.withdraw(song, singer, REASON, at)
    with pytest.raises(Conflict, match="not on sale"):
        quotes.offer(song, other, "press", at)  # the row in hand says published
    with pytest.raises(Conflict, match="not on sale"):
        streams.start(offered.pk, other, at)
    with pytest.raises(Gone, match="taken off sale; nothing was paid"):
        streams.heartbeat(stream.pk, listener, 5, at)
    stream.refresh_from_db()
    assert (stream.ending, stream.uncounted) == ("removed", "removed")
    assert purses.available(listener.party) > before  # the hold is released
    assert set(Quote.objects.values_list("state", "teaches")) == {("void", False)}
    assert not PaidPlay.objects.exists()


def test_a_paid_play_is_heard_to_its_end(singer: User, song: Track) -> None:
    at = timezone.now()
    listener = a_listener(at=at)
    stream = a_stream(listener, song, at)
    streams.heartbeat(stream.pk, listener, 0, at)
    served(stream, 40)
    streams.heartbeat(stream.pk, listener, 31, at + timedelta(seconds=31))
    withdrawing.withdraw(song, singer, REASON, at)
    told = streams.heartbeat(stream.pk, listener, 5, at + timedelta(seconds=36))
    assert told.state == "counted"


def test_no_list_has_it_though_pages_are_kept(
    singer: User,
    song: Track,
    settings: Settings,
    django_capture_on_commit_callbacks: Any,
) -> None:
    settings.PAGE_KEPT_SECONDS = 60
    caches["pages"].clear()
    other = a_track(song.artist, title="High Water", at=timezone.now())
    listener = signed_in(a_listener(at=timezone.now()))
    places = [
        "/songs",
        "/songs?q=water",
        "/",
        "/now",
        song.artist.get_absolute_url() if song.artist else "",
        f"/tracks/{other.pk}/similar?part=1",
        "/api/v1/tracks",
        "/search?q=low",
    ]

    def having() -> list[str]:
        said = []
        for place in places:
            answer: Any = listener.get(place)
            if f"{song.pk}" in answer.content.decode():
                said.append(place)
        return said

    assert {"/songs", "/songs?q=water", "/", "/api/v1/tracks"} <= set(having())
    with django_capture_on_commit_callbacks(execute=True):
        withdrawing.withdraw(song, singer, REASON, timezone.now())
    assert having() == []
    assert listener.get(f"/api/v1/tracks/{song.pk}").status_code == 404
    assert listener.get(f"/api/v1/tracks/{song.pk}/head").status_code == 404
    radio = listener.post("/api/v1/radio", {"track": str(song.pk)}, "application/json")
    assert radio.status_code == 404
    caches["pages"].clear()


def test_what_it_earned_stays_and_is_shown_as_off_sale(singer: User, song: Track) -> None:
    at = timezone.now()
    fan = a_listener(at=at)
    play = played(fan, song)
    Like.objects.create(user=fan, track=song, at=at)
    mine = playlists.create(fan, "Evenings", at)
    playlists.add(mine, song, at)
    accrual.accrue(at + timedelta(days=2))
    withdrawing.withdraw(song, singer, REASON, at)
    client = signed_in(fan)
    for place in ("/library", mine.get_absolute_url(), "/portfolio"):
        text = page(client, place)
        assert "Low Water" in text, place
        assert "taken off sale" in text.lower(), place
        assert f'data-play-track="{song.pk}"' not in text, place
    assert "Low Water" in page(client, f"/receipts/{play.pk}")
    assert "Your receipts of it" in page(client, f"/tracks/{song.pk}", 410)
    assert "off sale" in page(signed_in(singer), "/studio")


def test_a_playlist_of_songs_off_sale_alone_says_so_and_lets_them_go(
    singer: User, song: Track
) -> None:
    at, fan = timezone.now(), a_listener(at=timezone.now())
    mine = playlists.create(fan, "Evenings", at)
    playlists.add(mine, song, at)
    withdrawing.withdraw(song, singer, REASON, at)
    client, here = signed_in(fan), mine.get_absolute_url()
    text = page(client, here)
    assert "All its songs were taken off sale" in text
    assert "Nothing in it yet" not in text
    assert "It has no songs" not in text
    where = f"{here}/remove/{song.pk}"
    assert f'action="{where}"' in text
    client.post(where)
    assert not mine.entries.exists()


def test_nobody_learns_a_title_before_it_is_published(song: Track) -> None:
    Track.objects.filter(pk=song.pk).update(state=Track.State.WAITING)
    client = signed_in(a_listener(at=timezone.now()))
    assert client.post(f"/tracks/{song.pk}/dislike").status_code == 404
    assert "Low Water" not in page(client, "/library/not-for-you")
