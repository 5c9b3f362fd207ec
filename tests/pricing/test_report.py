"""The month's report: learned prices beside held ones, from answers alone."""

import json
import random
from datetime import date, timedelta
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from marketplace.catalog.models import Track
from marketplace.pricing import report
from marketplace.pricing.models import Quote
from marketplace.users.models import User
from tests.builders import NOON, a_listener, a_track, an_artist

LAUNCH = settings.PRICE_LAUNCH_MICROS


@pytest.fixture
def listeners(db: None) -> list[User]:
    return [a_listener(0, at=NOON) for _ in range(10)]


def answered(track: Track, listeners: list[User], micros: int, accepted: int) -> None:
    """Each is asked `micros` once, and so many of them accept."""
    ended = NOON + timedelta(minutes=1)
    Quote.objects.bulk_create(
        Quote(
            track=track, listener=listener, price_micros=micros, surface="press", teaches=True,
            state=Quote.State.ACCEPTED if i < accepted else Quote.State.DECLINED,
            issued_at=NOON, issued_on=NOON.date(), expires_at=ended, ended_at=ended,
        )
        for i, listener in enumerate(listeners)
    )  # fmt: skip


def songs(count: int) -> list[Track]:
    artist = an_artist(at=NOON)
    return [a_track(artist, seconds=1.0, at=NOON) for _ in range(count)]


def test_learned_prices_are_compared_with_the_held_ones(
    listeners: list[User], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = songs(24)
    still = {track.pk.hex for track in made[:12]}
    monkeypatch.setattr(report, "is_held", lambda key: key in still)
    for track in made:
        micros = LAUNCH if track.pk.hex in still else 2 * LAUNCH
        answered(track, listeners, micros, accepted=5)
    told = report.report(NOON.date())
    assert (told.songs, told.held_songs, told.answers) == (24, 12, 240)
    assert told.revenue_micros == 12 * 5 * LAUNCH + 12 * 5 * 2 * LAUNCH
    assert told.price_index == pytest.approx(150)
    assert told.at_bound == pytest.approx(0.5)  # twice the first price is the ceiling
    assert told.against_held is not None
    assert told.against_held.ratio == pytest.approx(2)
    assert told.against_held.low == pytest.approx(told.against_held.high)


def test_the_interval_is_as_wide_as_songs_differ(
    listeners: list[User], monkeypatch: pytest.MonkeyPatch
) -> None:
    made, draw = songs(24), random.Random(1)
    still = {track.pk.hex for track in made[:12]}
    monkeypatch.setattr(report, "is_held", lambda key: key in still)
    for track in made:
        answered(track, listeners, LAUNCH, accepted=draw.randint(2, 8))
    found = report.report(NOON.date()).against_held
    assert found is not None
    assert found.low < 1 < found.high
    assert 0.1 < found.high - found.low < 1.0


def test_too_few_songs_are_not_compared_and_another_month_is_empty(listeners: list[User]) -> None:
    answered(a_track(at=NOON), listeners, LAUNCH, accepted=5)
    told = report.report(NOON.date())
    assert told.songs == 1
    assert told.against_held is told.worst_genre is told.small_artists is None
    later = report.report(report.next_month(NOON.date().replace(day=1)))
    assert (later.answers, later.price_index, later.at_bound) == (0, None, None)


def test_december_is_followed_by_january() -> None:
    assert report.next_month(date(2026, 12, 1)) == date(2027, 1, 1)
    assert report.next_month(date(2026, 1, 1)) == date(2026, 2, 1)


def test_the_command_prints_json_and_refuses_what_is_no_month(db: None) -> None:
    out = StringIO()
    call_command("price_report", month="2026-01", stdout=out)
    assert json.loads(out.getvalue())["month"] == "2026-01"
    with pytest.raises(CommandError, match="2026-11"):
        call_command("price_report", month="soon")
