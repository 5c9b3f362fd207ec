"""A song's page: its price and why, who earns what, its last receipts; and its artist's page."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from marketplace.catalog.models import Track
from marketplace.discovery import serving
from marketplace.pricing.models import PricePoint, Quote, TrackPrice
from royalties import accrual
from tests.builders import NOON, a_listener, a_track, a_user, an_artist, heard
from tests.pages import page

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
MOST_QUERIES = 11
MOST_FOR_A_VISITOR = 10


def test_a_visitor_sees_price_reason_and_split_and_gets_no_quote(client: Client) -> None:
    track = a_track(an_artist(name="Mirela Anso"), title="Salt on the Wire")
    shown = page(client, track.get_absolute_url())
    assert "Play for 0.60\u00a0¢" in shown
    assert "This week nobody" in shown
    assert "75\u00a0%" in shown
    assert "Fans" in shown
    assert "of which you" not in shown
    assert "Nobody has paid for it yet" in shown
    assert "<td>now</td>" in shown  # the last price of its chart: no whole day
    assert not Quote.objects.exists()


def test_a_single_is_named_once(client: Client) -> None:
    track = a_track(title="Salt on the Wire")
    Track.objects.filter(pk=track.pk).update(album="Salt on the Wire")
    assert "Song · <a" not in page(client, track.get_absolute_url())
    Track.objects.filter(pk=track.pk).update(album="Harbour Songs")
    assert "<bdi>Harbour Songs</bdi></a> · " in page(client, track.get_absolute_url())


def test_a_declared_tempo_goes_before_the_measured_one(client: Client) -> None:
    track = a_track()
    assert "bpm" not in page(client, track.get_absolute_url())  # no style settles its octave
    Track.objects.filter(pk=track.pk).update(declared_bpm=92.5)
    assert "92.5 bpm" in page(client, track.get_absolute_url())
    assert client.get(f"/api/v1/tracks/{track.pk}").json()["tempo_bpm"] == 92.5


def test_opening_the_page_gives_a_listener_a_quote_that_holds(client: Client) -> None:
    track, listener = a_track(), a_listener()
    client.force_login(listener)
    shown = page(client, track.get_absolute_url())
    quote = Quote.objects.get(listener=listener)
    assert quote.surface == Quote.Surface.TRACK
    assert f"Your quote holds until {quote.expires_at:%H:%M} UTC" in shown


def test_the_page_shows_what_is_yours_and_the_last_receipts(
    client: Client, settings: Settings, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    settings.HOLD_WINDOW = timedelta(0)
    track, listener = a_track(), a_listener()
    for number in range(6):
        heard(listener, track, NOON + number * MINUTE)
    accrual.accrue(NOON + 10 * MINUTE)
    client.force_login(listener)
    with django_assert_max_num_queries(MOST_QUERIES):
        shown = page(client, track.get_absolute_url())
    assert "of which you" in shown
    assert "If 1,000 people play this today, you earn" in shown
    assert "You paid, in 6 plays" in shown
    assert "599,640 units left to earn" in shown
    assert shown.count("<b>you</b>") == 5
    assert "0.4500" in shown.replace('<i class="tail">', "")


def test_the_artist_earns_no_units_of_its_own_song(client: Client) -> None:
    user = a_user("artist", "Mirela Anso")
    track = a_track(an_artist(user))
    client.force_login(user)
    shown = page(client, track.get_absolute_url())
    assert "your own plays earn no units of it" in shown
    assert '<span class="tag-you">you</span>' in shown
    # of a thousand plays at 0.60 ¢ 75 %, and the fans' 20 % while it still holds all units
    assert "If 1,000 people play this today, you earn" in shown
    assert "$5.70" in shown


def test_the_chart_says_how_the_price_went(client: Client) -> None:
    now = timezone.now()
    track = a_track(at=now - timedelta(days=20))
    for day in range(1, 11):
        PricePoint.objects.create(
            track=track, at=now - timedelta(days=day), micros=7_000 - 100 * day
        )
    TrackPrice.objects.filter(track=track).update(micros=7_000)
    shown = page(client, track.get_absolute_url())
    assert "Up 0.10\u00a0¢ in 14 days" in shown
    assert "+0.01\u00a0¢" in shown


@pytest.mark.parametrize(
    ("low", "high", "way"), [(0.8, 0.9, "higher"), (0.5, 0.6, "lower"), (0.6, 0.8, "")]
)
def test_the_chart_says_where_answers_lead_a_price(
    client: Client, low: float, high: float, way: str
) -> None:
    now = timezone.now()
    track = a_track(at=now - timedelta(hours=5))
    why = {"low": low, "high": high}
    at = now - timedelta(hours=2)
    PricePoint.objects.create(track=track, at=at, micros=7_000, explanation=why)
    TrackPrice.objects.filter(track=track).update(micros=7_000)
    led = f"; the best one likely lies {way}" if way else ""
    assert f"Up 0.10\u00a0¢ in 5 hours{led}<" in page(client, track.get_absolute_url())


def test_an_old_price_that_never_moved_is_drawn_as_a_line(client: Client) -> None:
    track = a_track(at=timezone.now() - timedelta(days=30))
    assert "Unchanged for 14 days" in page(client, track.get_absolute_url())


def test_names_cannot_write_into_the_page(client: Client) -> None:
    track = a_track(an_artist(name='"><script>alert(1)</script>'), title="<b>ليل</b>" * 10)
    shown = page(client, track.get_absolute_url())
    assert "<script>alert" not in shown
    assert "<b>ليل" not in shown


def test_an_artist_page_lists_its_songs(client: Client) -> None:
    artist = an_artist(name="Mirela Anso")
    a_track(artist, title="Salt on the Wire")
    a_track(title="Kilnfire")
    shown = page(client, artist.get_absolute_url())
    assert "1 song, played 0 times" in shown
    assert "Kilnfire" not in shown
    assert "Nothing published yet" in page(client, an_artist().get_absolute_url())


def test_what_is_like_it_comes_when_one_reaches_it(
    client: Client,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    track = a_track()
    assert "data-awaited" not in page(client, track.get_absolute_url())  # nothing trained
    monkeypatch.setattr(serving, "version", lambda: "model-1")
    monkeypatch.setattr(serving, "current", lambda: pytest.fail("asked while the page is drawn"))
    with django_assert_max_num_queries(MOST_FOR_A_VISITOR):
        shown = page(client, track.get_absolute_url())
    assert f'hx-get="/tracks/{track.pk}/similar?part=1" hx-trigger="intersect once"' in shown
    assert f'<a href="/tracks/{track.pk}/similar">' in shown  # without scripts


def test_a_visitor_learns_what_one_play_would_bring(client: Client) -> None:
    shown = page(client, a_track().get_absolute_url())
    assert "A play at 0.60\u00a0¢ earns <b" in shown
    assert "60\u00a0units a play now, half as many after 6,931 more" in shown
    # 60 of a million units, of 20 % of a thousand plays at 0.60 ¢
    assert "the next 1,000 plays bring you" in shown
    assert "0.0072" in shown.replace('<i class="tail">', "").replace("</i>", "")


def test_the_chart_says_where_the_best_price_lies_and_where_it_may_go(client: Client) -> None:
    now = timezone.now()
    track = a_track(at=now - timedelta(days=20))
    why = {"reason": "limited", "target": 0.8, "low": 0.6, "high": 9.9}
    PricePoint.objects.create(
        track=track, at=now - timedelta(days=2), micros=7_000, quotes=8, accepts=6, explanation=why
    )
    TrackPrice.objects.filter(track=track).update(micros=7_000)
    shown = page(client, track.get_absolute_url())
    assert "the price was put to listeners 8 times; 75\u00a0% played on." in shown
    assert "to where the song earns most, about 0.80\u00a0¢, by 3 % a day at most." in shown
    assert "best 0.60 to 1.20\u00a0¢" in shown
    assert "Tomorrow: 0.68\u00a0¢ to 0.72\u00a0¢ at most" in shown


def test_a_song_without_units_for_listeners_promises_none(client: Client) -> None:
    track = a_track(pool_bps=0)
    shown = page(client, track.get_absolute_url())
    assert "95\u00a0%" in shown
    assert "the next 1,000 plays bring you" not in shown
