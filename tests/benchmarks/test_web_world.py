"""The world that pages are measured in is one they can be read in."""

import pytest
from django.test import Client
from django.utils import timezone

from royalties.models import Holding, PaidPlay
from tests.benchmarks.web_world import Size, build, track_id

TINY = Size(tracks=6, artists=2, listeners=9, plays=120, logins=2)


@pytest.mark.django_db(transaction=True)
def test_each_measured_page_opens_in_a_tiny_world(client: Client) -> None:
    login = build(TINY, timezone.now(), seed=1)[0]
    assert PaidPlay.objects.count() == TINY.plays
    assert Holding.objects.filter(party=login.party).exists()
    client.force_login(login)
    for path in ("/", f"/tracks/{track_id(1)}", "/songs", "/songs?q=glas", "/portfolio"):
        assert client.get(path).status_code == 200, path
