"""Whom Home shows and who is played, week by week; and the card of the model behind it."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from marketplace.catalog.models import Track
from marketplace.discovery import exposure, impressions, training
from marketplace.discovery.exploring import Draw
from marketplace.discovery.models import ExposureWeek, ModelVersion, Shown
from marketplace.discovery.worth import policy_now
from recommender.exploration import Placed
from tests.builders import NOON, a_listener, a_track, a_user, an_artist
from tests.discovery.worlds import played
from tests.pages import page

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
MONDAY = exposure.week_of(NOON)


def shown(tracks: list[Track], days: int, drawn: bool = False) -> None:
    """To somebody, so many days after the week began."""
    places = [Placed(track.pk.hex, 0.5, drawn) for track in tracks]
    impressions.note(a_listener(0), "all", Draw(places, {}, policy_now(), 1), MONDAY + days * DAY)


@pytest.fixture
def songs() -> dict[str, Track]:
    """One each of three artists of long ago, by how much they were played, and of a new one."""
    old = MONDAY - 60 * DAY
    made = {name: a_track(an_artist(name=name), at=old) for name in ("small", "middle", "large")}
    made["new"] = a_track(an_artist(name="new"), at=MONDAY + DAY)
    for name, plays in (("middle", 2), ("large", 5)):
        for _ in range(plays):
            played(a_listener(0).party, [made[name]], MONDAY - DAY)
    return made


def test_a_week_is_told_by_size_of_artist_with_gini_and_coverage(
    songs: dict[str, Track], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    shown([songs["large"], songs["new"]], days=1)
    shown([songs["large"]], days=2)
    shown([songs["new"]], days=3, drawn=True)
    shown([songs["small"]], days=8)  # the week after
    played(a_listener(0).party, [songs["middle"], songs["new"]], MONDAY + 2 * DAY)
    with django_assert_num_queries(4):
        told = exposure.week(MONDAY)
    assert {size: told["sizes"][size]["impressions"] for size in told["sizes"]} == {
        "new": 2,
        "small": 0,
        "middle": 0,
        "large": 2,
    }
    assert {size: of["plays"] for size, of in told["sizes"].items()} == {
        "new": 1,
        "small": 0,
        "middle": 1,
        "large": 0,
    }
    assert {of["artists"] for of in told["sizes"].values()} == {1}
    assert (told["impressions"], told["drawn"], told["plays"]) == (4, 1, 2)
    assert told["gini_shown"] == pytest.approx(0.5)
    assert told["coverage"] == 0.5


def test_sums_stay_when_the_lists_they_were_made_of_are_gone(
    songs: dict[str, Track], settings: Settings
) -> None:
    settings.SHOWN_KEPT = 21 * DAY
    shown([songs["large"]], days=1)
    shown([songs["small"]], days=8)
    exposure.add_up(MONDAY + 9 * DAY)
    first = ExposureWeek.objects.get(week=MONDAY.date()).figures
    impressions.sweep(MONDAY + 60 * DAY)
    assert not Shown.objects.exists()
    exposure.add_up(MONDAY + 60 * DAY)
    assert ExposureWeek.objects.get(week=MONDAY.date()).figures == first
    assert [one["impressions"] for one in exposure.weeks()] == [1, 1, 0]


def test_operators_see_it_as_a_page_and_as_json(
    client: Client, songs: dict[str, Track], django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client.force_login(a_user("operator"))
    assert "Nothing shown yet" in page(client, "/operations/exposure")
    for days in (1, 2, 8, 9):
        shown([songs["large"], songs["new"]], days, drawn=days == 2)
    exposure.add_up(MONDAY + 11 * DAY)
    with django_assert_max_num_queries(8):
        told = page(client, "/operations/exposure")
    assert "New and small artists get 50" in told
    assert "Shown: new and small artists" in told
    assert "1 of 8" not in told  # the last lists are not a day old when they are asked about
    assert "What exploring earns" in told
    document = client.get("/operations/exposure.json").json()
    assert [one["impressions"] for one in document["weeks"]] == [4, 4]
    assert document["exploration"]["policy"] == policy_now()
    client.force_login(a_listener())
    assert client.get("/operations/exposure").status_code == 403
    assert client.get("/operations/exposure.json").status_code == 403


def test_each_training_writes_a_card_that_anybody_can_read(
    client: Client, worlds: list[Track]
) -> None:
    row = ModelVersion.objects.get()
    assert row.card is not None
    told = page(client, "/model")
    assert row.name in told
    assert "What it is not told" in told
    assert "too few listeners have five songs" in told
    text = client.get("/model.md")
    assert text.headers["Content-Type"].startswith("text/markdown")
    assert f"# {row.name}" in text.content.decode()
    assert client.get("/model.json").json() == row.card
    assert row.card["data"]["tracks"] == len(worlds)
    assert page(client, f"/model?of={row.name}").count(row.name) == told.count(row.name)
    assert client.get("/model?of=model-gone").status_code == 404
    assert client.get("/model.json?of=%00").status_code == 404
    ModelVersion.objects.update(card=None)
    assert client.get("/model.json").status_code == 404
    assert "before cards were written" in page(client, "/model")


def test_before_the_first_training_the_page_says_so(
    client: Client, settings: Settings, tmp_path: Path
) -> None:
    settings.MODELS_ROOT = tmp_path
    assert "No model is trained yet" in page(client, "/model")


def test_where_there_are_listeners_enough_card_and_operators_see_held_out_figures(
    client: Client, worlds: list[Track]
) -> None:
    for n in range(32):
        played(a_listener(0).party, worlds[n % 3 * 8 : n % 3 * 8 + 6], NOON)
    row = training.train(NOON + DAY)
    assert row.card is not None
    held = row.card["held_out"]
    assert held["rows"][0]["name"] == "this model"
    assert held["listeners"] >= 32
    told = page(client, "/model")
    assert f"{held['rows'][0]['ndcg_10']:.4f}" in told
    assert "Most played alone" in told
    client.force_login(a_user("operator"))
    assert "How well hidden plays are found" not in page(client, "/operations/models")
    training.train(NOON + 2 * DAY)
    told = page(client, "/operations/models")
    assert "How well hidden plays are found" in told
    assert f"/model?of={row.name}" in told
