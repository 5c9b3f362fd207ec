"""A song's page: its price and why, who earns what, its last receipts; and its artist's page."""

from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import numpy as np
import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from marketplace.catalog.models import Track
from marketplace.discovery import serving, training
from marketplace.pricing.models import PricePoint, Quote, TrackPrice
from recommender.model import Alike
from recommender.sound import FEATURE_COUNT, SharedTrait
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


class Knowing:
    """A model that knows two songs alike: one by sound, both by taste."""

    feature_mean = np.zeros(FEATURE_COUNT, np.float32)  # a tempo of 1 bpm: all is fast and busy

    def __init__(self, *tracks: Track) -> None:
        self.items = [track.pk.hex for track in tracks]

    def knows(self, item_id: str) -> bool:
        return True

    def alike(self, item_id: str, kind: str, n: int) -> list[Alike]:
        traits = (SharedTrait("tempo", 92.0, 94.0, "bpm"), SharedTrait("density", 3.0, 3.0, ""))
        if kind == "sound":
            return [Alike(self.items[0], 0.91, traits)]
        return [Alike(item, 0.5, ()) for item in [*self.items, uuid4().hex]]


def test_songs_alike_are_playable_rows_with_their_reason(
    client: Client,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    artist = an_artist()
    track, other = a_track(artist), a_track(artist, title="Kilnfire")
    model = Knowing(other, a_track(title="Tidewater"))
    monkeypatch.setattr(serving, "current", lambda: model)
    with django_assert_max_num_queries(MOST_FOR_A_VISITOR):
        page(client, track.get_absolute_url())
    shown = page(client, track.get_absolute_url()).replace("\u00a0", " ")
    assert "Both alike in tempo and busy" in shown
    assert "Many of the same people play it, by the same artist" in shown
    assert shown.count(f'data-play-track="{other.pk}"') == 2


def test_a_song_newer_than_the_model_shows_what_it_sounds_like(
    client: Client, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.MODELS_ROOT = tmp_path
    monkeypatch.setattr(serving, "_loaded", serving._loaded)  # put back for the tests after
    vectors = np.random.default_rng(1).normal(size=(6, FEATURE_COUNT)).round(3)
    vectors[3] = vectors[2] + 0.5
    older = [a_track(title=f"Older {n}") for n in range(6)]
    for track, vector in zip(older, vectors.tolist(), strict=True):
        Track.objects.filter(pk=track.pk).update(features=vector, features_version=1)
    training.train(NOON)
    new = a_track(title="Newest")
    Track.objects.filter(pk=new.pk).update(features=vectors[2].tolist(), features_version=1)
    Track.objects.filter(pk=older[2].pk).update(state=Track.State.FAILED)
    shown = page(client, new.get_absolute_url())
    assert "Older 3" in shown
    assert "Older 2" not in shown  # the nearest, and withdrawn
    assert "Too few listeners so far" in shown
    assert "Liked alike" not in shown  # no empty half beside it


def test_a_song_alone_shows_no_empty_lists(client: Client) -> None:
    assert "Sounds alike" not in page(client, a_track().get_absolute_url())


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
    assert "the price was put to listeners 8 times; 75 % played on." in shown
    assert "to where the song earns most, about 0.80\u00a0¢, by 3 % a day at most." in shown
    assert "best 0.60 to 1.20\u00a0¢" in shown
    assert "Tomorrow: 0.68\u00a0¢ to 0.72\u00a0¢ at most" in shown


def test_a_song_without_units_for_listeners_promises_none(client: Client) -> None:
    track = a_track(pool_bps=0)
    shown = page(client, track.get_absolute_url())
    assert "95\u00a0%" in shown
    assert "the next 1,000 plays bring you" not in shown
