"""Forms offer the genres that songs on sale are in, without a script."""

import pytest
from django.test import Client

from marketplace.catalog import genres
from marketplace.catalog.models import Track
from tests.builders import a_track, a_user, an_artist
from tests.pages import page

pytestmark = pytest.mark.django_db


def a_song_of(genre: str) -> Track:
    track = a_track()
    Track.objects.filter(pk=track.pk).update(genre=genre)
    return track


def test_each_is_offered_once_as_most_of_its_songs_spell_it() -> None:
    for genre in ("Drone", "drone ", "drone ", "Ambient", "", "<i>&"):
        a_song_of(genre)
    off_sale = a_song_of("polka")
    Track.objects.filter(pk=off_sale.pk).update(state=Track.State.WITHDRAWN)
    assert genres.known() == ["<i>&", "Ambient", "drone"]


def test_only_so_many_are_offered_those_of_most_songs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(genres, "MOST", 1)
    for genre in ("zydeco", "zydeco", "ambient"):
        a_song_of(genre)
    assert genres.known() == ["zydeco"]


def test_upload_and_correction_offer_them_beside_the_line(client: Client) -> None:
    singer = a_user("artist")
    song = a_track(an_artist(singer))
    Track.objects.filter(pk=song.pk).update(genre="<i>&")
    client.force_login(singer)
    for address in ("/upload", f"/tracks/{song.pk}/details"):
        shown = page(client, address)
        assert 'list="genre-known"' in shown
        assert '<datalist id="genre-known"><option value="&lt;i&gt;&amp;"></option></datalist>' in (
            shown
        )
