"""What other sites show of a link to a song or an artist."""

import re
from html import unescape

import pytest
from django.test import Client
from pytest_django import Settings

from tests.builders import a_track, an_artist
from tests.pages import page

pytestmark = pytest.mark.django_db
SITE = "https://refrain.example"


def told(shown: str) -> dict[str, str]:
    """The Open Graph properties of a page."""
    tags = re.findall(r'<meta property="og:([\w:]+)" content="([^"]*)">', shown)
    assert len(tags) == len(dict(tags))
    return {name: unescape(value) for name, value in tags}


def test_a_song_and_its_artist_say_who_they_are(client: Client, settings: Settings) -> None:
    settings.SITE_URL = SITE
    artist = an_artist(name='Mirela "M" Anso')
    track = a_track(artist, title="Salt & <Wire>")
    song = told(page(client, track.get_absolute_url()))
    assert (song["type"], song["title"]) == ("music.song", "Salt & <Wire>")
    assert song["url"] == SITE + track.get_absolute_url()
    assert client.get(song["image"].removeprefix(SITE)).status_code == 200
    assert 'A song by Mirela "M" Anso.' in song["description"]
    theirs = told(page(client, artist.get_absolute_url()))
    assert (theirs["type"], theirs["title"]) == ("profile", artist.name)
    assert theirs["description"] == "1 song on Refrain."
    assert theirs["image"] == song["image"]


def test_no_name_turns_around_what_stands_beside_it(client: Client) -> None:
    track = a_track(an_artist(name="\u202eMirela\u2066"), title="Salt\n\u202eWire")
    song = told(page(client, track.get_absolute_url()))
    assert song["title"] == "Salt Wire"
    assert song["description"].startswith("A song by Mirela. Every play")


def test_an_artist_without_songs_has_no_picture(client: Client) -> None:
    assert "image" not in told(page(client, an_artist().get_absolute_url()))
