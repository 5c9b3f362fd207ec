"""An artist's page: what all songs brought together, orders, and many songs in pages."""

from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from marketplace.pricing.models import TrackPrice
from royalties import accrual
from tests.builders import NOON, a_listener, a_track, an_artist, heard
from tests.pages import page

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
MANY = 60


def test_it_says_what_listeners_paid_and_own(client: Client, settings: Settings) -> None:
    settings.HOLD_WINDOW = timedelta(0)
    artist, fan = an_artist(name="Mirela Anso"), a_listener()
    first, second = a_track(artist, title="Salt on the Wire"), a_track(artist, title="Kilnfire")
    TrackPrice.objects.filter(track=second).update(micros=9_000)
    for number, (listener, track) in enumerate([(fan, first), (fan, first), (a_listener(), first)]):
        heard(listener, track, NOON + number * MINUTE)
    accrual.accrue(NOON + 10 * MINUTE)
    client.force_login(fan)
    shown = page(client, artist.get_absolute_url())
    assert "2 songs, played 3 times" in shown
    assert "data-play-all" in shown
    assert '<dd class="figure">2</dd>' in shown  # fans, each counted once
    assert "0.60 \u2013 " in shown
    assert "1.80\u00a0¢" in shown
    assert "120\u00a0units" in shown
    assert "Fans of a song share 20\u00a0% of every play" in shown
    for by, title in {"played": "Salt on the Wire", "cheapest": "Salt on the Wire"}.items():
        listed = page(client, f"{artist.get_absolute_url()}?by={by}")
        assert listed.index(title) < listed.index("Kilnfire")
    assert page(client, f"{artist.get_absolute_url()}?by=nonsense")


def test_many_songs_come_in_pages(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    artist = an_artist()
    for _ in range(MANY):
        a_track(artist)
    client.force_login(a_listener())
    with django_assert_max_num_queries(20):
        shown = page(client, artist.get_absolute_url())
    assert f"{MANY} songs, played 0 times" in shown
    assert shown.count('class="track-row"') == 50
    assert page(client, f"{artist.get_absolute_url()}?page=2").count('class="track-row"') == 10
