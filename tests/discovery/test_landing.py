"""The first page of a visitor: a song to hear at once, and true figures of this Refrain."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.cache import caches
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from marketplace.discovery import landing as landings
from marketplace.discovery import serving, training
from marketplace.discovery.landing import _today, landing, now
from marketplace.pricing.models import Quote
from royalties.models import Entitlement, PaidPlay, Party, Period, Terms, Window
from tests.builders import NOON, a_listener, a_track, heard, later
from tests.pages import page
from tests.royalties.builders import hold

pytestmark = pytest.mark.django_db
QUERIES = 19  # where every song has been played; one less where five have not


def test_a_visitor_sees_one_song_its_price_why_and_who_earns(client: Client) -> None:
    track = a_track(title="Salt on the Wire")
    assert track.artist is not None
    shown = page(client)
    assert "The part that <em>comes back</em> to you" in shown
    for told in (
        "Salt on the Wire",
        "0.60\u00a0¢",
        "Why 0.60\u00a0¢?",
        "It starts where every song does",
        "Hear it now, 30 seconds free",
        "You pay from here",
        "60\u00a0units</span> of the song are yours",
        f"{track.artist.name} artist 75\u00a0%",
        "Fans of this song 20\u00a0%",
    ):
        assert told in shown, told
    assert f'data-play-track="{track.pk}"' in shown
    assert f'data-stage="{track.pk}"' in shown


def test_a_song_whose_price_is_held_to_measure_by_is_not_the_first_one_shown(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    tracks = [a_track() for _ in range(3)]
    moving = tracks[1].pk
    monkeypatch.setattr(landings, "is_held", lambda key: key != moving.hex)
    assert f'data-stage="{moving}"' in page(client)
    monkeypatch.setattr(landings, "is_held", lambda key: True)
    assert "data-stage=" in page(client)


def test_looking_writes_and_teaches_nothing(client: Client) -> None:
    a_track()
    page(client)
    assert not Quote.objects.exists()


def test_the_landing_page_stands_before_the_first_song(client: Client) -> None:
    shown = page(client)
    assert "No song is published yet" in shown
    assert "/sign-up?as=artist" in shown


def test_listeners_have_a_home_instead(client: Client) -> None:
    client.force_login(a_listener())
    assert "comes back</em>" not in page(client)


def test_today_is_what_was_counted_since_midnight() -> None:
    track, listener = a_track(), a_listener()
    heard(listener, track, NOON - timedelta(days=1))
    heard(listener, track, NOON)
    heard(listener, track, later(60))
    today = now(later(120))["today"]
    assert (today.plays, today.paid_micros) == (2, 12_000)
    assert today.makers_micros == 12_000 * 75 // 100
    hold([PaidPlay.objects.latest("pk")], "bot", later(150))
    caches["pages"].clear()
    shown = now(later(180))
    assert (shown["today"].plays, shown["today"].makers_micros) == (1, 6_000 * 75 // 100)


def test_only_the_running_hour_is_added_up_anew(
    settings: Settings, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    settings.PAGE_KEPT_SECONDS = 15
    track, listener = a_track(), a_listener()
    heard(listener, track, NOON - timedelta(hours=5))
    heard(listener, track, NOON - timedelta(minutes=59))
    caches["pages"].clear()
    assert _today(NOON + timedelta(minutes=4)).plays == 2
    heard(listener, track, NOON + timedelta(minutes=2))
    with django_assert_num_queries(2):  # the hour's plays, and what came back
        assert _today(NOON + timedelta(minutes=4)).plays == 3
    assert _today(NOON + timedelta(minutes=5)).paid_micros == 18_000


def entitled(period: Period, track: object, party: Party, micros: int) -> None:
    terms = Terms.objects.get(subject_id=track.pk)  # type: ignore[attr-defined]
    Entitlement.objects.create(
        period=period,
        terms=terms,
        party=party,
        role=Entitlement.Role.HOLDER,
        amount_micros=micros,
    )


def test_what_came_back_to_listeners_leaves_out_the_artists_own_units() -> None:
    track, listener = a_track(), a_listener()
    assert track.artist is not None
    before = Period.objects.create(
        number=1, state="active", opens_at=NOON - timedelta(days=2), cutoff_at=NOON - timedelta(1)
    )
    period = Period.objects.create(number=2, state="active", opens_at=NOON, cutoff_at=later(60))
    entitled(before, track, listener.party, 900)
    entitled(period, track, listener.party, 70)
    entitled(period, track, track.artist.party, 500)
    assert now(later(120))["today"].fans_micros == 70


def test_the_last_settled_period_bears_the_seal_and_leads_to_its_proof(client: Client) -> None:
    track = a_track()
    settled = Period.objects.create(number=1, state="active", opens_at=NOON, cutoff_at=later(300))
    Period.objects.create(number=2, state="published", opens_at=later(300), cutoff_at=later(600))
    window = Window.objects.create(period=settled, number=1, starts_at=NOON, ends_at=later(60))
    assert track.terms is not None
    track.terms.windows.create(
        window=window, plays=3, revenue_micros=18_000, cumulative_micros=18_000
    )
    shown = page(client)
    assert 'class="live-seal" id="now-seal" href="/periods/1"' in shown
    assert "Period 1, settled" in shown
    assert "3 plays" in shown
    assert "1.80\u00a0¢" in shown
    assert "python -m royalties.verify period-1.zip" in shown


def test_a_period_of_earlier_plays_alone_says_so(client: Client) -> None:
    track = a_track()
    period = Period.objects.create(
        number=1,
        state="active",
        opens_at=NOON,
        cutoff_at=later(300),
        total_micros=226_800,
        leaves=1,
    )
    window = Window.objects.create(period=period, number=1, starts_at=NOON, ends_at=later(60))
    assert track.terms is not None
    track.terms.windows.create(
        window=window, plays=0, revenue_micros=226_800, cumulative_micros=226_800
    )
    shown = page(client)
    assert "no new play, " in shown
    assert " of earlier ones, closed" in shown
    assert "0 plays" not in shown
    shown = page(client, "/periods/1")
    assert "<dt>Of earlier plays</dt>" in shown
    assert "They paid" not in shown


def test_before_the_first_period_the_seal_says_when_it_closes(client: Client) -> None:
    a_track()
    assert "opens with the first play" in page(client)
    heard(a_listener(), a_track(), timezone.now() - timedelta(seconds=40))
    shown = page(client)
    assert 'class="live-seal pending"' in shown
    assert "closes in" in shown


def test_the_last_plays_arrive_with_their_makers_part(client: Client) -> None:
    listener = a_listener()
    for second in range(0, 420, 60):
        heard(listener, a_track(title=f"song at {second}"), later(second))
    context = landing(later(600))
    titles = [one.track.title for one in context["arrivals"]]
    assert titles == [f"song at {second}" for second in (360, 300, 240, 180, 120)]
    assert context["arrivals_paid_micros"] == 5 * 6_000
    assert context["arrivals_makers_micros"] == 5 * 4_500
    shown = page(client)
    assert f'/receipts/{context["arrivals"][0].play.pk}"' in shown
    assert listener.name not in shown


def test_live_figures_are_asked_for_alone(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(6):
        shown = page(client, "/now")
    assert "Today on Refrain" in shown
    assert "<html" not in shown
    assert 'hx-get="/now" hx-trigger="every 15s"' in shown


def test_a_model_of_another_folder_does_not_answer(settings: Settings, tmp_path: Path) -> None:
    """A test that trained one elsewhere in this process cost the next pages a query."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(serving, "_loaded", serving._loaded)
        settings.MODELS_ROOT = tmp_path / "one"
        track = a_track()
        training.train(NOON)
        assert serving.current().knows(track.pk.hex)
        settings.MODELS_ROOT = tmp_path / "other"
        assert not serving.current().item_ids


def test_queries_do_not_grow_with_songs_and_plays(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    listener = a_listener(50_000_000)
    at = timezone.now() - timedelta(hours=2)
    heard(listener, a_track(at=at), at)
    page(client)  # what a process keeps is there from here on
    with django_assert_num_queries(QUERIES):
        page(client)
    for number in range(12):
        heard(listener, a_track(seconds=20, at=at), at + timedelta(minutes=number + 1), seconds=11)
    with django_assert_num_queries(QUERIES):
        page(client)
