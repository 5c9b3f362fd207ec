"""What an artist sees first, and how it moves by itself."""

import csv
import io
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from marketplace.pricing.models import FreePlays
from marketplace.studio.models import Visit
from marketplace.templatetags.amounts import NBSP
from royalties import accrual, deals
from tests.builders import NOON, a_listener, a_track, a_user, an_artist, heard, later
from tests.pages import page

pytestmark = pytest.mark.django_db


def test_an_artist_without_songs_is_told_the_next_step(client: Client) -> None:
    client.force_login(a_user("artist"))
    text = page(client, "/studio")
    assert "No song yet" in text
    assert 'href="/upload"' in text


def test_a_counted_play_stands_there_at_once_with_the_artists_part(client: Client) -> None:
    artist = a_user("artist")
    track = a_track(an_artist(artist), title="Salt on the Wire", pool_bps=2_000)
    heard(a_listener(), track)
    client.force_login(artist)
    text = page(client, "/studio")
    assert "Salt on the Wire" in text
    # 75 % of 6,000 micros, still counting: no window has been posted
    assert f'+0.45<i class="tail">00</i>{NBSP}¢' in text
    money = text[text.index('class="money-now"') : text.index("earned since the last close")]
    assert f"0.45{NBSP}¢" in money


def test_the_moving_part_answers_204_until_something_moves(client: Client) -> None:
    artist = a_user("artist")
    track = a_track(an_artist(artist))
    listener = a_listener()
    heard(listener, track)
    client.force_login(artist)
    asks = re.search(
        r'hx-get="(/studio\?part=moving&amp;seen=[0-9a-f]{8})"', page(client, "/studio")
    )
    assert asks
    url = asks[1].replace("&amp;", "&")
    assert client.get(url).status_code == 204
    heard(listener, track, later(100))
    moved = page(client, url)
    assert "<html" not in moved
    assert moved.count("/receipts/") == 2
    figures = moved[moved.index('id="since" hx-swap-oob="true"') :]
    assert re.search(r"<dt>Plays</dt><dd class=\"figure\"><a [^>]*>2</a>", figures)
    again = re.search(r"seen=([0-9a-f]{8})", moved)
    assert again
    assert client.get(f"/studio?part=moving&seen={again[1]}").status_code == 204
    accrual.accrue(later(200))
    assert client.get(f"/studio?part=moving&seen={again[1]}").status_code == 200


def test_an_offered_deal_waits_for_an_answer_on_top(client: Client) -> None:
    artist, label = a_user("artist"), a_user("label", name="Lantern Row")
    an_artist(artist)
    deal = deals.invite(label.party, artist.party, 2_000, 400_000_000, NOON.date(), NOON)
    client.force_login(artist)
    text = page(client, "/studio")
    assert "Lantern Row</bdi> offers you a deal" in text
    assert f'href="/deals/{deal.pk}"' in text
    deals.decline(deal, NOON)
    declined = page(client, f"/deals/{deal.pk}")
    assert "What it would have done" in declined
    assert "still open" not in declined
    assert "offers you a deal" not in page(client, "/studio")


def test_the_number_of_queries_does_not_grow_with_songs_and_plays(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    artist = a_user("artist")
    owner, listener = an_artist(artist), a_listener()
    at = timezone.now() - timedelta(hours=1)
    for number in range(6):
        heard(listener, a_track(owner), at + timedelta(minutes=number))
    client.force_login(artist)
    page(client, "/studio")  # the first visit is noted
    with django_assert_max_num_queries(30):
        page(client, "/studio")
    Visit.objects.update(last_at=timezone.now() - timedelta(hours=2))
    with django_assert_max_num_queries(31):  # and this one
        page(client, "/studio")
    with django_assert_max_num_queries(17):  # with what happened; 204 asks less
        page(client, "/studio?part=moving")
    with django_assert_max_num_queries(14):
        page(client, "/studio/plays")


@pytest.mark.parametrize("url", ["/studio", "/payouts", "/payouts.csv", "/label", "/roster"])
def test_listeners_are_told_whose_page_it_is_and_visitors_to_sign_in(
    client: Client, url: str
) -> None:
    assert client.get(url).headers["Location"].startswith("/login")
    client.force_login(a_listener())
    assert "accounts." in page(client, url, 403)


def test_what_happened_since_the_last_visit_stands_on_top_and_opens(client: Client) -> None:
    artist = a_user("artist")
    track, listener = a_track(an_artist(artist)), a_listener()
    now = timezone.now()
    heard(listener, track, now - timedelta(hours=5))
    Visit.objects.create(
        user=artist, since=now - timedelta(days=9), last_at=now - timedelta(hours=3)
    )
    heard(a_listener(), track, now - timedelta(hours=2))
    heard(listener, track, now - timedelta(hours=1))
    client.force_login(artist)
    text = page(client, "/studio")
    assert "Since you were last here" in text
    figures = re.findall(r'<dd class="figure"><a href="([^"]*)"[^>]*>(\d+)</a>', text)
    plays, listeners = figures[0], figures[1]
    assert (plays[1], listeners[1]) == ("2", "1")
    assert "2 plays" in page(client, plays[0].replace("&amp;", "&"))
    assert "1 play<" in page(client, listeners[0].replace("&amp;", "&"))
    assert Visit.objects.get().since == now - timedelta(hours=3)
    page(client, "/studio")  # still the same visit
    assert Visit.objects.get().since == now - timedelta(hours=3)


def test_songs_are_compared_with_the_time_before_and_sorted_by_it(client: Client) -> None:
    artist = a_user("artist")
    owner, listener, now = an_artist(artist), a_listener(), timezone.now()
    rising, falling = a_track(owner, title="Rising"), a_track(owner, title="Falling")
    for hours in (30, 3, 2):
        heard(listener, rising, now - timedelta(hours=hours))
    for hours in (29, 28, 27, 1):
        heard(listener, falling, now - timedelta(hours=hours))
    client.force_login(artist)
    text = page(client, "/studio?moved=day&sort=rising")
    songs = text[text.index('id="songs"') : text.index("Who discovered it")]
    assert f"+100{NBSP}%" in songs
    assert f"−66{NBSP}%" in songs
    assert re.search("Most risen: <a [^>]*><bdi>Rising</bdi></a>, 1 play more", songs)
    assert re.search("Most fallen: <a [^>]*><bdi>Falling</bdi></a>, 2 fewer", songs)
    table = songs[songs.index("<tbody>") :]
    assert table.index("Rising") < table.index("Falling")
    assert "1 more play by a play button" in table
    spans = re.findall(r'<a href="(/studio/plays\?song=[^"]*after=[^"]*)">(\d+)</a>', table)
    assert [plays for _, plays in spans] == ["2", "1", "1", "3"]  # now and before, of each
    for url, plays in spans:
        told = f"{plays} play{'' if plays == '1' else 's'}<"
        assert told in page(client, url.replace("&amp;", "&"))
    falling_first = page(client, "/studio?moved=day&sort=falling")
    table = falling_first[falling_first.index('id="songs"') :]
    table = table[table.index("<tbody>") :]
    assert table.index("Falling") < table.index("Rising")
    assert "was silent" in page(client, "/studio?moved=week")


def test_songs_tell_answers_and_owners_and_sort_in_the_address_bar(client: Client) -> None:
    artist = a_user("artist")
    owner, now = an_artist(artist), timezone.now()
    track = a_track(owner, title="Zebra")
    heard(a_listener(), track, now - timedelta(hours=3))
    heard(a_listener(), track, now - timedelta(hours=2), seconds=5.0)  # stopped: declined
    accrual.accrue(now + timedelta(days=2))
    a_track(owner, title="Anchor")
    client.force_login(artist)
    text = page(client, "/studio")
    songs = text[text.index('id="songs"') :]
    assert "1 of 2" in songs
    assert songs.count(f'href="{track.get_absolute_url()}#price"') == 2  # price, and who played on
    assert "top one 100&nbsp;%" in songs
    assert songs.index("Zebra") < songs.index("Anchor")
    by_title = page(client, "/studio?sort=title")
    by_title = by_title[by_title.index("songs-table") :]
    assert by_title.index("Anchor") < by_title.index("Zebra")
    page(client, "/studio?sort=nonsense&days=-1&moved=x&page=999")


def test_plays_that_were_given_away_are_told_beside_those_that_pay(client: Client) -> None:
    artist, now = a_user("artist"), timezone.now()
    track = a_track(an_artist(artist))
    FreePlays.objects.create(track=track, plays=1)
    for hours in (3, 2):  # the first is free
        heard(a_listener(), track, now - timedelta(hours=hours))
    client.force_login(artist)
    assert "and 1 free" in page(client, "/studio")


def test_five_hundred_songs_come_by_the_page(client: Client) -> None:
    artist = a_user("artist")
    owner = an_artist(artist)
    for number in range(21):
        a_track(owner, title=f"song no {number:02}")
    client.force_login(artist)
    first = page(client, "/studio?sort=title")
    songs = first[first.index('id="songs"') :]
    assert "song no 19" in songs
    assert "song no 20" not in songs
    assert "sort=title&amp;page=2" in songs
    assert "song no 20" in page(client, "/studio?sort=title&page=2")


def test_plays_are_those_asked_for_and_only_ones_own(client: Client) -> None:
    artist, now = a_user("artist"), timezone.now()
    mine, others = a_track(an_artist(artist), title="Mine"), a_track(title="Of another")
    listener = a_listener()
    heard(listener, mine, now - timedelta(days=2))
    heard(listener, mine, now - timedelta(hours=2))
    heard(listener, others, now - timedelta(hours=1))
    client.force_login(artist)
    every = page(client, "/studio/plays")
    assert "2 plays" in every
    assert "Of another" not in every
    assert "2 plays" in page(client, f"/studio/plays?song={others.terms_id}")  # not one's own
    day = (now - timedelta(days=2)).date()
    of_day = page(client, f"/studio/plays?from={day}&to={day}")
    assert "1 play<" in of_day
    assert of_day.count(f'value="{day}"') == 2  # both stand in the form, to be changed
    assert 'name="song"' not in of_day  # there is one song to choose
    assert "1 play<" in page(client, "/studio/plays?first=song")
    for ends in (
        "from=9999-12-31&to=9999-12-31",
        "after=0001-01-01T00:00Z&before=0001-01-01T00:00Z",
    ):
        assert "2 plays" in page(client, f"/studio/plays?{ends}")
    assert "No play here" in page(client, "/studio/plays?by=radio")
    page(client, "/studio/plays?song=x&from=2026-02-31&after=never&by=moon&first=love&page=-3")
    answer = client.get("/studio/plays.csv?first=song")
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["song"], row["met_by"], row["paid_micros"]) for row in rows] == [
        ("Mine", "press", "6000")
    ]
    songs = list(csv.DictReader(io.StringIO(client.get("/studio.csv").content.decode())))
    assert sum(int(row["plays"]) for row in songs) == 2
