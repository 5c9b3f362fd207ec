"""Each month's price report: written by a worker, whole once, drawn and downloaded as it stands."""

import csv
import json
import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.conf import settings
from django.test import Client

from marketplace.catalog.models import Track
from marketplace.pricing import monthly, report
from marketplace.pricing.models import EngineStep, MonthReport, Quote
from marketplace.pricing.tasks import report_prices
from marketplace.users.models import User
from tests.builders import NOON, a_listener, a_track, an_artist

pytestmark = pytest.mark.django_db
LAUNCH = settings.PRICE_LAUNCH_MICROS
MARCH, APRIL = date(2026, 3, 1), date(2026, 4, 1)
IN_APRIL = datetime(2026, 4, 1, 1, 0, tzinfo=UTC)


@pytest.fixture
def track() -> Track:
    """Answered in March, after a step of the engine."""
    EngineStep.objects.create(hour=int(NOON.timestamp()) // 3600, at=NOON, observations=0, moved=0,
                              state=b"-")  # fmt: skip
    track = a_track(at=NOON)
    answered(track, [a_listener(0, at=NOON) for _ in range(4)], NOON, 3)
    return track


def answered(
    track: Track, listeners: list[User], at: datetime, accepted: int, micros: int = LAUNCH
) -> None:
    """Each is asked once, and so many of them accept."""
    Quote.objects.bulk_create(
        Quote(
            track=track, listener=listener, price_micros=micros, surface="press", teaches=True,
            state=Quote.State.ACCEPTED if i < accepted else Quote.State.DECLINED,
            issued_at=at, issued_on=at.date(), expires_at=at, ended_at=at,
        )
        for i, listener in enumerate(listeners)
    )  # fmt: skip


def test_the_running_month_is_written_anew_and_a_whole_one_once(track: Track) -> None:
    assert monthly.bring_up(NOON + timedelta(hours=1)) == [MARCH]
    row = MonthReport.objects.get()
    assert (row.whole, row.document["answers"], row.document["revenue_micros"]) == (
        False, 4, 3 * LAUNCH,
    )  # fmt: skip
    answered(track, [a_listener(0, at=NOON)], NOON + timedelta(days=1), 1)
    monthly.bring_up(NOON + timedelta(days=2))
    assert MonthReport.objects.get().document["answers"] == 5
    almost = IN_APRIL - timedelta(seconds=1)
    assert monthly.bring_up(almost) == [MARCH, APRIL]
    assert not MonthReport.objects.get(month=MARCH).whole  # its last quotes may be ending still
    monthly.bring_up(IN_APRIL)
    done = MonthReport.objects.get(month=MARCH)
    assert done.whole
    answered(track, [a_listener(0, at=NOON)], NOON + timedelta(days=3), 1)
    assert monthly.bring_up(IN_APRIL + timedelta(days=1)) == [APRIL]
    assert MonthReport.objects.get(month=MARCH).document == done.document


def test_months_missed_are_caught_up_and_the_same_answers_give_the_same(track: Track) -> None:
    later = datetime(2026, 6, 2, tzinfo=UTC)
    assert monthly.bring_up(later) == [date(2026, month, 1) for month in (3, 4, 5, 6)]
    first = dict(MonthReport.objects.values_list("month", "document"))
    MonthReport.objects.all().delete()
    monthly.bring_up(later)
    assert dict(MonthReport.objects.values_list("month", "document")) == first
    assert list(MonthReport.objects.filter(whole=False).values_list("month", flat=True)) == [
        date(2026, 6, 1)
    ]


def test_before_the_first_step_there_is_nothing_to_report() -> None:
    report_prices()
    assert not MonthReport.objects.exists()


def test_a_report_with_too_few_songs_says_so_and_shows_its_days(
    track: Track, client: Client
) -> None:
    monthly.bring_up(IN_APRIL)
    page = client.get("/prices/months/2026-03").content.decode()
    assert "4 answers of listeners to the prices of 1 song" in page
    assert "0 had a held price and 1 a learned one" in page
    assert "data-points" in page  # the days are drawn
    assert "so far" not in page
    later = client.get("/prices/months/2026-04").content.decode()
    assert "Nobody answered a price this month" in later
    assert "April 2026, so far" in later
    listed = client.get("/prices").content.decode()
    assert "/prices/months/2026-03" in listed


def test_comparisons_are_drawn_with_their_intervals(
    track: Track, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    artist = an_artist(at=NOON)
    made = [a_track(artist, seconds=1.0, at=NOON) for _ in range(24)]
    still = {one.pk.hex for one in made[:12]}
    monkeypatch.setattr(report, "is_held", lambda key: key in still)
    listeners = [a_listener(0, at=NOON) for _ in range(6)]
    for one in made:
        answered(one, listeners, NOON, 3, LAUNCH if one.pk.hex in still else 2 * LAUNCH)
    monthly.bring_up(IN_APRIL)
    page = client.get("/prices/months/2026-03").content.decode()
    assert re.search(r"Learned prices earned (9\d|10\d).% more", page)
    assert "All songs" in page
    assert "One of several is lowest by" in page
    told = json.loads(client.get("/prices/months/2026-03.json").content)
    assert told["against_held"]["ratio"] == pytest.approx(2, abs=0.1)
    assert told["genres"][0] == told["worst_genre"]


def test_its_files_hold_the_same_figures(track: Track, client: Client) -> None:
    monthly.bring_up(IN_APRIL)
    told = json.loads(client.get("/prices/months/2026-03.json").content)
    assert (told["month"], told["whole"], told["answers"]) == ("2026-03", True, 4)
    rows = list(csv.DictReader(client.get("/prices/months/2026-03.csv").content.decode().split()))
    assert rows == [
        {
            "day": "2026-03-02",
            "answers": "4",
            "asked_micros": str(4 * LAUNCH),
            "earned_micros": str(3 * LAUNCH),
            "at_bound": "0",
        }
    ]


@pytest.mark.parametrize("month", ["2026-13", "soon", "2026-3", "2026-02", "2026-03-02"])
def test_no_other_month_is_found(month: str, track: Track, client: Client) -> None:
    monthly.bring_up(IN_APRIL)
    for ending in ("", ".json", ".csv"):
        assert client.get(f"/prices/months/{month}{ending}").status_code == 404
