"""Places by chance: their share, their log with propensities, what came of them, what they earn."""

from datetime import timedelta
from uuid import UUID

import numpy as np
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from marketplace.catalog.models import Track
from marketplace.discovery import impressions, newcomers, opinions
from marketplace.discovery.exploring import Draw
from marketplace.discovery.feed import BY_CHANCE, feed
from marketplace.discovery.models import Like, Newcomer, Shown
from marketplace.discovery.ranking import ranking
from marketplace.discovery.worth import policy_now, worth
from marketplace.users.models import User
from recommender.exploration import Placed
from tests.builders import NOON, a_listener, a_track, heard, later
from tests.discovery.worlds import played
from tests.pages import page

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def newcomers_known(worlds: list[Track]) -> list[Track]:
    """The last two songs of each world: nobody has played them much."""
    found = [track for track in worlds if int(track.title.split()[-1]) % 8 >= 6]
    Newcomer.objects.bulk_create(Newcomer(track=track) for track in found)
    return found


def a_draw(*tracks: Track, chosen: tuple[int, ...] = (), policy: str = "") -> Draw:
    """A list of these, drawn by chance where it says so, each with an even chance then."""
    places = [
        Placed(track.pk.hex, 0.5 if how else 0.9, bool(how), how != Shown.Chosen.DRAWN)
        for track, how in zip(tracks, chosen or [0] * len(tracks), strict=True)
    ]
    return Draw(places, {}, policy or policy_now(), 1)


def test_a_tenth_of_the_places_goes_to_newcomers_the_first_never(
    listener: User, newcomers_known: list[Track]
) -> None:
    ids = {track.pk.hex for track in newcomers_known}
    listed = [ranking(listener, "all", 9, NOON + n * HOUR).draw for n in range(80)]
    explored = np.array([[one.explored for one in draw.places] for draw in listed])
    assert not explored[:, 0].any()
    assert explored.mean() == pytest.approx(0.1, abs=0.05)
    for draw in listed:
        assert {one.item_id for one in draw.places if one.explored} <= ids
        assert len({one.item_id for one in draw.places}) == 9
        certain = [one.propensity == 1 for one in draw.places[1:]]
        assert certain == sorted(certain)  # only once all newcomers are drawn
        assert not certain[0]
    assert len({one.item_id for draw in listed for one in draw.places if one.explored}) > 1


def test_what_is_drawn_stays_for_the_hour_and_is_told(
    listener: User, newcomers_known: list[Track]
) -> None:
    at = next(
        at
        for at in (NOON + n * HOUR for n in range(200))
        if any(one.explored for one in ranking(listener, "all", 9, at).draw.places)
    )
    first, again = (feed(listener, at + timedelta(minutes=m), length=9) for m in (1, 58))
    assert [row.id for row in first.ranked] == [row.id for row in again.ranked]
    drawn = {UUID(one.item_id) for one in first.draw.places if one.explored}
    assert {row.id for row in first.ranked if row.reason == BY_CHANCE} == drawn


def test_nothing_unwanted_known_or_listed_is_drawn(
    listener: User, newcomers_known: list[Track], settings: Settings
) -> None:
    settings.EXPLORE_SHARE = 0.5
    first, second, *rest = newcomers_known
    opinions.dislike(listener, first, later(1))
    played(listener.party, [second], later(1))
    for n in range(20):
        draw = ranking(listener, "all", 9, NOON + n * HOUR).draw
        ids = [one.item_id for one in draw.places]
        assert first.pk.hex not in ids
        assert second.pk.hex not in ids
        assert len(ids) == len(set(ids))


@pytest.mark.parametrize("why", ["no newcomers", "no share", "a kind of reasons", "a visitor"])
def test_without_exploring_every_place_is_certain(
    listener: User, newcomers_known: list[Track], settings: Settings, why: str
) -> None:
    if why == "no newcomers":
        Newcomer.objects.all().delete()
    if why == "no share":
        settings.EXPLORE_SHARE = 0.0
    kind = "taste" if why == "a kind of reasons" else "all"
    draw = ranking(None if why == "a visitor" else listener, kind, 9, NOON).draw
    assert draw.policy == "none"
    assert {one.propensity for one in draw.places} == {1.0}


def test_a_list_is_logged_once_by_one_statement_however_often_it_is_seen(
    signed_in: Client, listener: User, newcomers_known: list[Track]
) -> None:
    with CaptureQueriesContext(
        connection,
    ) as asked:
        page(signed_in)
    said = [one["sql"] for one in asked if "discovery_shown" in one["sql"]]
    assert len(said) == 1
    assert said[0].startswith("INSERT")
    assert len([one for one in asked if "discovery_newcomer" in one["sql"]]) == 1
    page(signed_in)
    shown = Shown.objects.get()
    assert (shown.user, shown.kind, shown.policy) == (listener, "all", policy_now())
    assert len(shown.tracks) == len(shown.chosen) == len(shown.propensities) == 9
    assert shown.model
    page(signed_in, "/?by=sound")
    opinions.lean(listener, 3, later(1))
    page(signed_in)
    assert Shown.objects.count() == 3


def test_lists_are_forgotten_after_a_while_and_with_the_account(
    listener: User, worlds: list[Track], settings: Settings
) -> None:
    settings.SHOWN_KEPT = timedelta(days=35)
    for days in (0, 10, 36):
        impressions.note(listener, "all", a_draw(worlds[0]), NOON - days * DAY)
    assert impressions.sweep(NOON) == 1
    assert Shown.objects.count() == 2
    impressions.forget(listener)
    assert not Shown.objects.exists()


def test_plays_and_likes_within_a_day_count_for_the_last_list_that_showed_the_song(
    worlds: list[Track],
) -> None:
    listener, other = a_listener(), a_listener()
    a, b, c = worlds[:3]
    start = NOON + 10 * DAY
    for hours in (0, 2):
        impressions.note(listener, "all", a_draw(a, b, c), start + hours * HOUR)
    heard(listener, a, start + 3 * HOUR)  # after the second list
    played(listener.party, [b], start + HOUR)  # after the first, not heard as a stream
    played(listener.party, [c], start + 27 * HOUR)  # a day after the second: too late
    played(other.party, [c], start + HOUR)
    Like.objects.create(user=listener, track=a, at=start + 25 * HOUR)
    found = impressions.outcomes(policy_now(), start + 10 * DAY)
    came = {name: found.came[name].reshape(2, 3).tolist() for name in found.came}
    assert came == {  # the newest list first
        "counted": [[1, 0, 0], [0, 1, 0]],
        "beyond": [[1, 0, 0], [0, 0, 0]],
        "liked": [[1, 0, 0], [0, 0, 0]],
    }
    assert found.places.reshape(2, 3).tolist() == [[0, 1, 2]] * 2
    assert set(found.lengths.tolist()) == {3}
    assert impressions.outcomes(policy_now(), start + HOUR).users.size == 0  # not a day old
    assert impressions.outcomes("pl-1/0.3", start + 10 * DAY).users.size == 0


def test_newcomers_are_new_or_hardly_heard_and_were_not_shown_enough(
    worlds: list[Track], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(newcomers, "FEW_PLAYS", 3)
    monkeypatch.setattr(newcomers, "ENOUGH_SHOWN", 4)
    at = NOON + 60 * DAY
    new, old, loud, seen = a_track(at=at - DAY), *(a_track(at=NOON) for _ in range(3))
    listener = a_listener()
    Track.objects.filter(pk__in=[track.pk for track in worlds]).update(state="failed")
    for n in range(5):
        played(listener.party, [loud, new], at - n * DAY)
        impressions.note(listener, "all", a_draw(seen), at - n * DAY)
    for _ in range(2):
        newcomers.look(at)
    assert set(newcomers.newcomer_ids()) == {new.pk.hex, old.pk.hex}


def test_what_exploring_is_worth_is_told_with_its_interval(worlds: list[Track]) -> None:
    """Twelve listeners were shown two songs each; of the drawn ones nobody played any."""
    start = NOON + 5 * DAY
    for n in range(12):
        listener = a_listener(micros=0)
        how = (0, (0, Shown.Chosen.DRAWN_BEST, Shown.Chosen.DRAWN)[n % 3])
        impressions.note(listener, "all", a_draw(*worlds[:2], chosen=how), start)
        if n % 3 == 0:
            played(listener.party, worlds[:2], start + HOUR)
    told = worth(start + 3 * DAY)
    assert (told["policy"], told["impressions"], told["drawn"]) == (policy_now(), 24, 8)
    assert told["listeners"] == 12
    counted = next(one for one in told["outcomes"] if one["outcome"] == "counted")
    assert counted["shown"]["value"] == pytest.approx(8 / 24)
    assert counted["without"]["value"] == pytest.approx(8 / 16)
    assert counted["gain"]["value"] == pytest.approx(8 / 24 - 8 / 16)
    assert counted["gain"]["low"] < counted["gain"]["value"] < counted["gain"]["high"]
    assert counted["greedy"]["value"] < counted["without"]["value"]
    assert worth(NOON)["outcomes"] == []
