"""What an artist sees first, and how it moves by itself."""

import re

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from marketplace.templatetags.amounts import NBSP
from royalties import accrual, deals
from tests.builders import NOON, a_listener, a_track, a_user, an_artist, heard, later

pytestmark = pytest.mark.django_db


def page(client: Client, url: str, status: int = 200) -> str:
    answer = client.get(url)
    assert answer.status_code == status, url
    return answer.content.decode()


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
    assert f"0.45{NBSP}¢" in text[text.index("Counting") : text.index("Accrued")]


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
    assert "offers you a deal" not in page(client, "/studio")


def test_the_number_of_queries_does_not_grow_with_songs_and_plays(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    artist = a_user("artist")
    owner, listener = an_artist(artist), a_listener()
    for number in range(6):
        heard(listener, a_track(owner), later(100 * number))
    client.force_login(artist)
    with django_assert_max_num_queries(30):
        page(client, "/studio")


@pytest.mark.parametrize("url", ["/studio", "/payouts", "/payouts.csv", "/label", "/roster"])
def test_listeners_are_told_whose_page_it_is_and_visitors_to_sign_in(
    client: Client, url: str
) -> None:
    assert client.get(url).headers["Location"].startswith("/login")
    client.force_login(a_listener())
    assert "accounts." in page(client, url, 403)
