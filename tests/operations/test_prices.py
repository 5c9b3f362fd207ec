"""The page of prices: what moved, what stands at a bound, what waits, whether steps are late."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from marketplace.operations import price_health
from marketplace.pricing import quotes, steps
from marketplace.pricing.models import EngineStep, Quote, TrackPrice
from tests.builders import NOON, a_listener, a_track, a_user

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def answered(at: object, accepted: int, declined: int) -> None:
    """A song that so many listeners answered in the hour before `at` steps in."""
    track = a_track(at=NOON)
    for number in range(accepted + declined):
        quote = quotes.offer(track, a_listener(0, at=NOON), "press", NOON)
        state = Quote.State.ACCEPTED if number < accepted else Quote.State.DECLINED
        quotes.end(quote.pk, state, NOON + timedelta(minutes=1))


def test_a_market_is_told_by_its_last_step() -> None:
    answered(NOON, accepted=9, declined=3)
    a_track(at=NOON)
    step = steps.step(NOON + HOUR)
    assert step is not None
    found = price_health.summary(NOON + HOUR)
    assert (found.week.asked, found.week.accepted) == (12, 9)
    assert found.songs == 2
    assert found.waiting == 1
    assert found.frozen == 0
    assert dict(found.why)["Wait for their first answer"] == 1
    assert sum(songs for _, songs in found.why) == 2
    assert step.seconds is not None
    assert step.seconds > 0
    assert found.sentence.replace("\u00a0", " ") == (
        f"{step.moved} of 2 prices moved at 13:00; 75 % of 12 answers this week played on."
    )


def test_songs_at_a_bound_are_counted_and_listed() -> None:
    low, high, _ = a_track(), a_track(), a_track()
    TrackPrice.objects.filter(track=low).update(micros=settings.PRICE_FLOOR_MICROS)
    TrackPrice.objects.filter(track=high).update(micros=settings.PRICE_CAP_MICROS)
    found = price_health.summary(NOON)
    assert (found.at_floor, found.at_cap) == (1, 1)
    assert {price.track for price in price_health.at_bounds()} == {low, high}


def test_what_moved_last_tells_from_where() -> None:
    track = a_track()
    a_track()
    TrackPrice.objects.filter(track=track).update(micros=6_300, since=NOON + HOUR)
    ((price, change),) = price_health.moved_last()
    assert (price.track, price.micros, change) == (track, 6_300, 300)


@pytest.mark.parametrize(("minutes", "late"), [(59, 0), (64, 0), (66, 6), (190, 130)])
def test_a_step_is_late_when_an_hour_has_begun_without_it(minutes: int, late: int) -> None:
    a_track(at=NOON)
    steps.step(NOON + timedelta(seconds=20))
    found = price_health.summary(NOON + timedelta(minutes=minutes))
    assert found.late == timedelta(minutes=late)


def test_acceptance_by_day_names_its_finding() -> None:
    assert price_health.days(NOON).title == "Nobody has answered a price yet"
    answered(NOON, accepted=3, declined=1)
    steps.step(NOON + HOUR)
    found = price_health.days(NOON + HOUR)
    assert found.points == [("2 Mar", 7_500)]
    assert found.so_far
    assert not price_health.days(NOON + 24 * HOUR).so_far
    assert found.title.replace("\u00a0", " ") == "75 % played on once they had seen the price"
    assert found.note == "Of 4 answers, by day (UTC)"


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ((100, 65), (1_000, 649), "64 % played on this week, down from 65 %"),
        ((1_000, 659), (1_000, 651), "65 % played on, as many as the week before"),
    ],
)
def test_a_week_is_compared_as_its_figures_are_written(
    before: tuple[int, int], after: tuple[int, int], told: str
) -> None:
    for ago, (asked, accepted) in ((9, before), (1, after)):
        at = NOON - timedelta(days=ago)
        EngineStep.objects.create(
            hour=int(at.timestamp()) // 3600,
            at=at,
            observations=asked,
            accepted=accepted,
            moved=0,
            state=b"",
        )
    for ago in range(2, 8):  # a day without answers is none on the chart: fill the week
        at = NOON - timedelta(days=ago)
        EngineStep.objects.create(
            hour=int(at.timestamp()) // 3600, at=at, observations=0, moved=0, state=b""
        )
    assert price_health.days(NOON).title == told


def test_the_page_links_to_histories_and_asks_few_queries(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client.force_login(a_user("operator"))
    tracks = [a_track() for _ in range(6)]
    assert "No price has moved yet" in client.get("/operations/prices").content.decode()
    now = timezone.now()
    TrackPrice.objects.update(micros=settings.PRICE_CAP_MICROS, since=now)
    steps.step(now)
    with django_assert_max_num_queries(14):
        text = client.get("/operations/prices").content.decode()
    for track in tracks:
        assert f'href="{track.get_absolute_url()}#price"' in text


def test_an_operator_stops_prices_with_a_reason_and_lets_them_go(client: Client) -> None:
    operator = a_user("operator")
    client.force_login(operator)
    a_track()
    now = timezone.now()
    steps.step(now - 30 * HOUR)
    page = "/operations/prices"
    assert "Stop prices?" in client.get(page).content.decode()
    refused = client.post(f"{page}/stop", {"reason": " "}, follow=True).content.decode()
    assert "say why they should stop" in refused
    stopped = client.post(f"{page}/stop", {"reason": "odd answers"}, follow=True).content.decode()
    assert "Prices are stopped" in stopped
    assert "odd answers" in stopped
    assert "Nothing waits for you" not in client.get("/operations/").content.decode()
    assert "late" not in price_health.summary(now).sentence
    assert price_health.summary(now + 5 * HOUR).late == timedelta()
    gone = client.post(f"{page}/go", follow=True).content.decode()
    assert "Prices move again" in gone
    assert price_health.summary(timezone.now()).late == timedelta(), "due from when it was let go"
    log = client.get("/operations/log").content.decode()
    assert "Let prices move again." in log
    assert ": odd answers" in log


def test_only_operators_stop_prices(client: Client) -> None:
    client.force_login(a_user("label"))
    for name in ("stop", "go"):
        assert client.post(f"/operations/prices/{name}", {"reason": "x"}).status_code == 403
