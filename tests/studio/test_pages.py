"""Artists' and labels' pages."""

import pytest
from django.test import Client

from tests.builders import a_listener, a_track, a_user, an_artist, heard

pytestmark = pytest.mark.django_db


def test_pages_answer(client: Client) -> None:
    user = a_user("artist")
    artist = an_artist(user)
    track = a_track(artist)
    for url in ("/studio", "/payouts", "/upload"):
        client.force_login(user)
        assert client.get(url).status_code == 200
    heard(a_listener(), track)
    for url in ("/studio", "/payouts", "/payouts?open=1", "/upload", "/studio?part=moving", "/payouts.csv"):
        assert client.get(url).status_code == 200
    label = a_user("label")
    client.force_login(label)
    for url in ("/label", "/roster", "/label?by=song", "/label?by=day&days=7", "/label.csv", "/upload"):
        assert client.get(url).status_code == 200
    client.force_login(a_user("operator"))
    for url in ("/operations/", "/operations/catalogue", "/periods", "/operations/?part=moving"):
        assert client.get(url).status_code == 200
