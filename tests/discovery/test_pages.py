"""What visitors and listeners see on the first page and in the list of songs."""

import pytest
from django.test import Client

from tests.builders import a_listener, a_track, heard

pytestmark = pytest.mark.django_db


def test_landing_home_songs_track_artist_answer(client: Client) -> None:
    track = a_track(title="Salt on the Wire")
    listener = a_listener()
    heard(listener, track)
    for url in ["/", "/songs", "/songs?q=salt", track.get_absolute_url(), track.artist.get_absolute_url(), "/login", "/sign-up"]:
        assert client.get(url).status_code == 200
    client.force_login(listener)
    from royalties.models import PaidPlay
    play = PaidPlay.objects.get()
    for url in ["/", "/songs", track.get_absolute_url(), "/wallet", "/portfolio", f"/receipts/{play.pk}"]:
        assert client.get(url).status_code == 200, url
    assert client.post(f"/tracks/{track.pk}/like", headers={"HX-Request": "true"}).status_code == 200
