"""Where listeners are: five of a country are named, fewer are not, anywhere."""

import csv
import io
import zipfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.conf import LazySettings
from django.test import Client
from django.utils import timezone

from marketplace.catalog.models import Track
from marketplace.listening.models import Stream
from marketplace.users import countries
from tests.builders import a_listener, a_track, a_user, an_artist, heard
from tests.pages import page

if TYPE_CHECKING:
    from tests.royalties.house import House

pytestmark = pytest.mark.django_db


def heard_from(country: str, listeners: int, track: Track, at: datetime) -> None:
    for number in range(listeners):
        listener = a_listener()
        countries.say(listener, country)
        heard(listener, track, at + timedelta(minutes=number))


def rows_of(client: Client, query: str) -> list[dict[str, str]]:
    answer = client.get(f"/studio/plays.csv?{query}")
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    return list(csv.DictReader(io.StringIO(text)))


def test_a_country_of_five_listeners_is_named_and_one_of_four_is_not(client: Client) -> None:
    artist, at = a_user("artist"), timezone.now() - timedelta(hours=3)
    track = a_track(an_artist(artist))
    heard_from("DE", 5, track, at)
    heard_from("PT", 4, track, at)
    heard_from("", 1, track, at)
    client.force_login(artist)
    text = page(client, "/studio")
    assert "Germany brought 50\xa0% of what listeners paid" in text
    assert "Elsewhere or not said" in text
    assert "Portugal" not in text
    assert "fewer than five" in text
    assert len(rows_of(client, "country=DE")) == 5
    assert "5 plays" in page(client, "/studio/plays?country=DE")
    assert len(rows_of(client, "country=elsewhere")) == 5
    # whatever is asked for, four of a country are nowhere to be told apart
    assert rows_of(client, "country=PT") == []
    assert "Fewer than five of your listeners" in page(client, "/studio/plays?country=PT")


def test_listeners_are_counted_and_not_their_plays(client: Client) -> None:
    artist, at = a_user("artist"), timezone.now() - timedelta(hours=3)
    track, listener = a_track(an_artist(artist)), a_listener()
    countries.say(listener, "DE")
    for number in range(6):
        heard(listener, track, at + timedelta(minutes=2 * number))
    client.force_login(artist)
    assert "Too few listeners said where they are" in page(client, "/studio")
    assert rows_of(client, "country=DE") == []


def test_fewer_days_with_fewer_listeners_name_nobody(client: Client) -> None:
    artist, now = a_user("artist"), timezone.now()
    track = a_track(an_artist(artist))
    heard_from("DE", 4, track, now - timedelta(days=3))
    heard_from("DE", 1, track, now - timedelta(hours=1))
    client.force_login(artist)
    assert len(rows_of(client, "country=DE")) == 5
    day = (now - timedelta(hours=2)).isoformat().replace("+", "%2B")
    assert rows_of(client, f"country=DE&after={day}") == []


def test_a_play_keeps_the_country_it_was_opened_in(client: Client) -> None:
    listener, track = a_listener(), a_track()
    countries.say(listener, "DE")
    heard(listener, track)
    countries.say(listener, "")
    assert Stream.objects.get().country == "DE"
    with pytest.raises(ValueError, match="no country"):
        countries.say(listener, "XX")


def test_a_label_sees_where_its_rosters_listeners_are(client: Client) -> None:
    from tests.studio.test_label_pages import signed

    label, at = a_user("label"), timezone.now() - timedelta(hours=3)
    heard_from("GB", 5, a_track(signed(label, "Mirela Anso").artists.get()), at)
    client.force_login(label)
    assert "United Kingdom brought 100" in page(client, "/label")
    assert "5 plays" in page(client, "/studio/plays?country=GB")


def test_the_published_bundle_knows_no_country(settings: LazySettings, house: "House") -> None:
    heard_from("DE", 5, a_track(an_artist(a_user("artist"))), house.at)
    house.pass_time(600)
    house.accrue()
    house.close()
    bundle = next(Path(settings.BUNDLES_ROOT).glob("*.zip"))
    with zipfile.ZipFile(bundle) as files:
        told = b"".join(files.read(name) for name in files.namelist())
    assert b"country" not in told.lower()
    assert b'"DE"' not in told


def test_countries_are_those_of_iso_3166_and_kosovo() -> None:
    assert len(countries.names()) == 249 + 1
    assert countries.names()["GB"] == "United Kingdom"
    assert not {"EU", "UN", "ZZ", "XA"} & countries.names().keys()
