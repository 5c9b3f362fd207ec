"""Another name for an artist: what shows it, what stays, how often, and whose it may not be."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from marketplace.catalog import drawn, search
from marketplace.catalog.models import Artist, Correction, Track
from marketplace.catalog.naming_artists import MOST, WITHIN
from marketplace.catalog.publishing import unclaimed_artist
from marketplace.operations.models import Deed
from marketplace.users.models import User
from tests.builders import NOON, a_track, a_user, an_artist
from tests.catalog.test_presenting import said
from tests.pages import page

pytestmark = pytest.mark.django_db


@pytest.fixture
def artist(singer: User) -> Artist:
    return an_artist(singer, name="Mirela Anzo")


@pytest.fixture
def office() -> Client:
    client = Client()
    client.force_login(a_user("operator"))
    return client


def renamed(client: Client, artist: Artist, name: str) -> tuple[int, str]:
    """Status, and what the page says of it."""
    answer = client.post(f"{artist.get_absolute_url()}/page", said(artist, name=name))
    return answer.status_code, answer.content.decode()


def test_pages_and_search_show_the_new_name_and_terms_stay(
    artist: Artist, own: Client, office: Client
) -> None:
    song = a_track(artist, title="Low Water")
    cover, terms = drawn.cover(song), song.terms
    assert renamed(own, artist, " Mirela \u202e Anso")[0] == 302
    artist.refresh_from_db()
    assert artist.name == "Mirela Anso"
    for address in (artist.get_absolute_url(), song.get_absolute_url()):
        shown = page(Client(), address)
        assert "Mirela Anso" in shown
        assert "Mirela Anzo" not in shown
    assert [one.pk for one in search.artists("anso", 3)] == [artist.pk]
    again = Track.objects.select_related("artist", "terms").get(pk=song.pk)
    assert (drawn.cover(again), again.terms) == (cover, terms)  # drawn by its first name
    assert again.revision == song.revision + 1  # what is kept of it is made anew
    told = page(office, "/operations/corrections")
    assert "name from <q><bdi>Mirela Anzo</bdi></q> to <q><bdi>Mirela Anso</bdi></q>" in told


def test_it_may_be_changed_so_often_and_by_operators_whenever(
    artist: Artist, own: Client, office: Client
) -> None:
    for number in range(MOST):
        assert renamed(own, artist, f"Anso {number}")[0] == 302
    status, told = renamed(own, artist, "Anso 9")
    again = f"{timezone.now() + WITHIN:%-d %B %Y}"
    assert status == 409
    assert f"it can be changed again from {again} on" in told
    assert renamed(office, artist, "Anso 9")[0] == 302
    assert "name from “Anso 1” to “Anso 9”" in Deed.objects.get().text
    Correction.objects.update(at=timezone.now() - WITHIN - timedelta(hours=1))
    assert renamed(own, artist, "Anso")[0] == 302


def test_nobody_takes_another_artists_name_or_none(
    artist: Artist, own: Client, office: Client
) -> None:
    an_artist(a_user("artist"), name="Odd Harbour")
    status, told = renamed(own, artist, "odd harbour")
    assert status == 409
    assert "Another artist here is called so" in told
    assert 'value="odd harbour"' in told  # what was typed stays
    assert renamed(own, artist, " \u3164")[0] == 422
    assert renamed(own, artist, "MIRELA ANZO")[0] == 302  # its own, written otherwise
    assert renamed(office, artist, "Odd Harbour")[0] == 302  # two people of one name
    unclaimed_artist("Kettle Weather", NOON)
    other = unclaimed_artist("Ketle Weather", NOON)
    status, told = renamed(office, other, "Kettle Weather")
    assert status == 409
    assert "whom nobody has claimed is called so already" in told


def test_files_of_a_name_that_was_mended_go_to_the_same_artist(office: Client) -> None:
    found = unclaimed_artist("Ketle Weather", NOON)
    assert renamed(office, found, "Kettle Weather")[0] == 302
    assert unclaimed_artist("Ketle Weather", NOON) == found
    found.refresh_from_db()
    found.party.refresh_from_db()
    assert found.party.name == "Kettle Weather"  # no login of its own bears another name
    assert unclaimed_artist("Kettle Weather", NOON) == found
    assert Artist.objects.count() == 1


def test_an_artist_called_name_is_nobody_who_was_renamed(
    artist: Artist, own: Client, office: Client
) -> None:
    found = unclaimed_artist("Ketle Weather", NOON)
    assert renamed(office, found, "Kettle Weather")[0] == 302
    assert unclaimed_artist("name", NOON) != found
    for about in ("name", "", "name"):  # no change of one's name
        artist.refresh_from_db()
        own.post(f"{artist.get_absolute_url()}/page", said(artist, about=about))
    artist.refresh_from_db()
    assert renamed(own, artist, "Anso")[0] == 302


def test_who_is_paid_bears_the_name_of_the_account(artist: Artist, own: Client) -> None:
    assert renamed(own, artist, "Anso")[0] == 302
    artist.refresh_from_db()
    assert artist.party.name == "Mirela Anso"


@pytest.mark.parametrize(
    "name",
    [
        "Odd Harbour\u200b",  # with a space of no width
        "O\u00addd\u034f Harbour",
        "Odd Hаrbour",  # а of Cyrillic
        "ＯＤＤ　ＨＡＲＢＯＵＲ",
        "0dd Harbour",
    ],
)
def test_a_name_that_only_looks_like_anothers_is_theirs(
    artist: Artist, own: Client, name: str
) -> None:
    an_artist(a_user("artist"), name="Odd Harbour")
    assert renamed(own, artist, name)[0] == 409
    artist.refresh_from_db()
    assert artist.name == "Mirela Anzo"


@pytest.mark.parametrize("name", ["Ödd Harbour", "Odd Harbours", "Вера", "ΩMEGA"])
def test_one_that_can_be_told_apart_is_free(artist: Artist, own: Client, name: str) -> None:
    an_artist(a_user("artist"), name="Odd Harbour")
    assert renamed(own, artist, name)[0] == 302
    assert renamed(own, artist, name.upper())[0] == 302


def test_who_signs_up_by_anothers_name_publishes_with_a_number(client: Client) -> None:
    an_artist(a_user("artist"), name="Odd Harbour")
    for known_as in ("Odd Harbour (2)", "Odd Harbour (3)"):
        second = a_user("artist", name="Odd Harbour")
        client.force_login(second)
        assert client.get("/upload").status_code == 200
        assert [one.name for one in second.artists.all()] == [known_as]
