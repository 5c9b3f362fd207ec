"""What pages keep for some seconds: made once, never shown to somebody else, gone with its key."""

import contextvars
import os
import time
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import caches
from django.template import Context, Template
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings
from redis import Redis

from marketplace.catalog.models import Track
from marketplace.discovery import opinions
from marketplace.kept import Part, kept, kept_of_each, sheet, together, touch, touched
from marketplace.pricing.models import PricePoint, TrackPrice
from marketplace.settings import written_at
from marketplace.templatetags import keeping
from royalties import accrual
from tests.builders import NOON, a_listener, a_track, a_user, heard

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _keeping(settings: Settings, broker_url: str) -> None:
    settings.PAGE_KEPT_SECONDS = 30
    caches["pages"].clear()


def test_it_is_made_once() -> None:
    numbers = count(1)
    assert [kept("once", lambda: next(numbers)) for _ in range(3)] == [1, 1, 1]


def test_what_was_touched_is_told_for_as_long_as_anything_is_kept(broker_url: str) -> None:
    """Else what lasts would be shown as it was before, once the touch is forgotten."""
    kept("lasts", lambda: 1, lasting=True)
    touch("this")
    store, name = Redis.from_url(broker_url), caches["pages"].make_key
    lasts = max(store.pttl(key) for key in store.scan_iter() if key.decode().endswith(":lasts"))
    assert store.pttl(name("this")) >= lasts - 100


def test_halfway_one_makes_it_anew_and_the_others_see_the_old_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    numbers = count(1)
    assert kept("halfway", lambda: next(numbers)) == 1
    later = time.time() + 16
    monkeypatch.setattr(time, "time", lambda: later)

    def make() -> int:
        assert kept("halfway", lambda: next(numbers)) == 1  # asked for while it is made
        return next(numbers)

    assert kept("halfway", make) == 2
    assert kept("halfway", lambda: next(numbers)) == 2


def test_a_process_holds_what_it_has_seen_in_the_store(
    monkeypatch: pytest.MonkeyPatch, broker_url: str
) -> None:
    numbers = count(1)

    def shown() -> tuple[int, int]:
        one = kept("near", lambda: next(numbers))
        return one, kept_of_each("near", [7], lambda ids: {7: next(numbers)})[7]

    now = time.time()
    assert [shown(), shown()] == [(1, 2), (1, 2)]
    Redis.from_url(broker_url).flushdb()
    assert shown() == (1, 2)
    monkeypatch.setattr(time, "time", lambda: now + 16)
    assert shown() == (3, 2)
    monkeypatch.setattr(time, "time", lambda: now + 32)
    assert shown() == (4, 5)


def test_a_page_writes_what_it_made_at_its_end_and_reads_it_at_its_beginning(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    numbers = count(1)

    def shown() -> list[int]:
        with sheet("page") as one:
            drawn = one.part("drawn", lambda: next(numbers))
        alone = kept("alone", lambda: next(numbers))
        return [drawn, alone, *kept_of_each("row", [7], lambda _: {7: next(numbers)}).values()]

    with together("page", "alone"):
        assert shown() == [1, 2, 3]
        assert shown()[:2] == [1, 2]
        assert caches["pages"].get("alone") is None
    monkeypatch.setattr("marketplace.kept._near", {})  # as in another process
    with together("page", "alone"):
        caches["pages"].delete_many(["page", "alone"])
        assert shown()[:2] == [1, 2]


def test_a_page_that_fails_keeps_nothing() -> None:
    def failing() -> None:
        with together("half"):
            kept("half", lambda: 1)
            kept("other", lambda: 1 // 0)

    with pytest.raises(ZeroDivisionError):
        failing()
    assert kept("half", lambda: 2) == 2


def test_requests_share_the_connections_of_their_process(broker_url: str) -> None:
    server = Redis.from_url(broker_url)
    counts = set()
    for _ in range(5):
        contextvars.Context().run(lambda: caches["pages"].get("nothing"))
        counts.add(server.info("stats")["total_connections_received"])
    assert len(counts) == 1


def test_of_many_only_the_missing_are_made() -> None:
    asked: list[list[int]] = []

    def make(ids: list[int]) -> dict[int, int]:
        asked.append(ids)
        return {one: one * one for one in ids}

    assert kept_of_each("square", [1, 2], make) == {1: 1, 2: 4}
    assert kept_of_each("square", [2, 3, 3], make) == {2: 4, 3: 9}
    assert asked == [[1, 2], [3]]


def test_without_the_store_pages_are_made_anew(settings: Settings) -> None:
    settings.CACHES = settings.CACHES | {
        "pages": settings.CACHES["pages"] | {"LOCATION": "redis://127.0.0.1:9/0"}
    }
    numbers = count(1)
    for made in (1, 2):
        assert kept("lost", lambda: next(numbers)) == made
        assert kept_of_each("lost", [made], lambda ids: dict.fromkeys(ids, "page"))
        touch("lost")
        assert touched("lost") == 0


def test_a_kept_part_asks_for_its_context_once() -> None:
    made: list[int] = []

    def words() -> dict[str, str]:
        made.append(1)
        return {"word": "<b>"}

    template = Template("{% kept page %}{{ word }}{% endkept %} {{ word }}")
    for _ in range(2):
        assert template.render(Context({"page": Part("words", words)})) == "&lt;b&gt; "
    assert made == [1]


def test_a_fixed_component_is_drawn_once_for_the_same_values() -> None:
    template = Template('{% fixed "components/balance.html" available_micros=n held_micros=0 %}')
    before = keeping.fixed.cache_info().misses
    drawn = [template.render(Context({"n": n})) for n in (3_210_000, 3_210_000, 3_220_000)]
    assert ["$3.21" in one for one in drawn] == [True, True, False]
    assert keeping.fixed.cache_info().misses == before + 2


def test_what_lasts_is_shown_for_much_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = count(1)
    now = time.time()
    for seconds, shown in [(0, (1, 2)), (31, (3, 2)), (299, (3, 2)), (601, (3, 4))]:
        monkeypatch.setattr(time, "time", lambda: now + seconds)  # noqa: B023
        short = kept("short", lambda: next(numbers))
        assert (short, kept("long", lambda: next(numbers), lasting=True)) == shown


def test_parts_of_a_sheet_are_kept_together(
    monkeypatch: pytest.MonkeyPatch, broker_url: str
) -> None:
    numbers = count(1)
    server, now = Redis.from_url(broker_url), time.time()

    def shown(*names: str) -> list[int]:
        with sheet("song") as parts:
            return [parts.part(name, lambda: next(numbers)) for name in names]

    assert shown("price", "units") == [1, 2]
    assert len(server.keys("*song")) == 1
    assert shown("units", "price", "you") == [2, 1, 3]
    assert shown("you", "price") == [3, 1]
    server.flushdb()
    assert shown("units") == [2]  # this process holds them
    monkeypatch.setattr(time, "time", lambda: now + 16)
    assert shown("price", "units") == [4, 5]


def test_a_sheet_is_not_kept_when_its_page_fails() -> None:
    def draw() -> None:
        with sheet("broken") as parts:
            parts.part("whole", lambda: 1)
            parts.part("half", lambda: 1 // 0)

    with pytest.raises(ZeroDivisionError):
        draw()
    with sheet("broken") as parts:
        assert parts.part("whole", lambda: 2) == 2


def test_an_old_sheet_does_not_replace_the_one_being_made(monkeypatch: pytest.MonkeyPatch) -> None:
    with sheet("song") as parts:
        parts.part("price", lambda: 1)
    later = time.time() + 16
    monkeypatch.setattr(time, "time", lambda: later)
    with sheet("song") as fresh:
        fresh.part("price", lambda: 2)
        with sheet("song") as old:  # asked for while it is made
            assert old.part("price", lambda: 3) == 1
            old.part("units", lambda: 4)
    with sheet("song") as parts:
        assert parts.part("price", lambda: 5) == 2
        assert parts.part("units", lambda: 6) == 6


def test_home_is_kept_for_one_listener_until_an_opinion(client: Client) -> None:
    track, first, second = a_track(title="Slow Harbour"), a_user(), a_user()
    client.force_login(first)
    assert "Slow Harbour" in client.get("/").content.decode()
    track.title = "Fast Harbour"
    track.save()
    assert "Slow Harbour" in client.get("/").content.decode()  # kept
    client.post(f"/tracks/{track.pk}/like")
    assert "Fast Harbour" in client.get("/").content.decode()
    client.force_login(second)
    assert "Fast Harbour" in client.get("/").content.decode()


def test_a_play_of_ones_own_is_on_the_songs_page_at_once(
    client: Client, settings: Settings
) -> None:
    settings.HOLD_WINDOW = timedelta(0)
    track, listener = a_track(), a_listener()
    client.force_login(listener)
    page = track.get_absolute_url()
    assert "Nobody has paid for it yet" in client.get(page).content.decode()
    heard(listener, track, timezone.now())
    shown = client.get(page).content.decode()
    assert "You paid, in 1 play" in shown
    assert shown.count("<b>you</b>") == 1
    client.force_login(a_user())
    assert "<b>you</b>" not in client.get(page).content.decode()


def test_what_hangs_on_the_price_lasts_until_a_step_looked_at_it(
    client: Client,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    track, now = a_track(at=timezone.now() - timedelta(hours=5)), time.time()
    page = track.get_absolute_url()
    assert "Unchanged for 5 hours" in client.get(page).content.decode()
    monkeypatch.setattr(time, "time", lambda: now + 31)
    with django_assert_num_queries(4):  # how it stands now, the week's answers, plays, receipts
        unchanged = client.get(page).content.decode()
    assert "Unchanged for 5 hours" in unchanged
    assert "0.59" not in unchanged
    PricePoint.objects.create(track=track, at=timezone.now() - timedelta(hours=2), micros=5_900)
    assert "0.59" in client.get(page).content.decode()


def test_a_songs_page_shows_nobody_what_is_anothers(client: Client, settings: Settings) -> None:
    settings.HOLD_WINDOW = timedelta(0)
    track, fan, other = a_track(), a_listener(), a_listener()
    last_week = timezone.now() - timedelta(days=7)
    for number in range(2):
        heard(fan, track, last_week + timedelta(minutes=number))
    heard(other, track, last_week + timedelta(minutes=2))
    accrual.accrue(last_week + timedelta(minutes=5))
    opinions.like(fan, track, last_week)
    mine = {fan: "120", other: "60"}
    for looking in (fan, other, fan, a_listener()):
        client.force_login(looking)
        shown = client.get(track.get_absolute_url()).content.decode()
        units = mine.get(looking)
        assert ("of which you" in shown) == (units is not None)
        assert (f"You own {units}\u00a0units" in shown) == (units is not None)
        assert shown.count("<b>you</b>") == {fan: 2, other: 1}.get(looking, 0)
        assert ('aria-pressed="true"' in shown) == (looking == fan)
    client.logout()
    shown = client.get(track.get_absolute_url()).content.decode()
    assert "<b>you</b>" not in shown
    assert "A play at" in shown


@pytest.mark.parametrize("address", ["/songs", "/songs?q=harbour+of+slow"])
def test_a_list_is_kept_but_for_prices_shares_and_likes(client: Client, address: str) -> None:
    track, fan = a_track(title="Harbour of Slow"), a_user()
    visitors = client.get(address).content.decode()
    assert "Harbour of Slow" in visitors
    opinions.like(fan, track, NOON)
    Track.objects.filter(pk=track.pk).update(title="Harbour")
    client.force_login(fan)
    shown = client.get(address).content.decode()
    assert "Harbour of Slow" in shown
    assert 'data-liked="true"' in shown
    client.force_login(a_user())
    assert 'data-liked="true"' not in client.get(address).content.decode()
    TrackPrice.objects.filter(track=track).update(micros=7_700)
    assert "Play Harbour for 0.77" in client.get(address).content.decode()


def test_a_new_release_shows_nothing_that_an_older_one_has_drawn(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    template = tmp_path / "templates" / "song.html"
    (tmp_path / "views.py").touch()
    template.touch()
    before = written_at(tmp_path)
    os.utime(template, ns=(before + 1, before + 1))
    assert written_at(tmp_path) == before + 1
    os.utime(tmp_path, ns=(before + 2, before + 2))
    assert written_at(tmp_path) == before + 1
    prefix = settings.CACHES["pages"]["KEY_PREFIX"]
    assert prefix == f"pages:{written_at(settings.BASE_DIR / 'marketplace')}"
