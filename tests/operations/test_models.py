"""Versions of the recommender: which answers, and the way back to an older one."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from django.db import connection
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from marketplace.discovery import serving, training, versions
from marketplace.discovery.models import ModelVersion
from marketplace.operations.models import Deed
from tests.builders import NOON, a_listener, a_track, a_user, later
from tests.royalties.builders import a_play

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_folder(settings: Settings, tmp_path: Path) -> None:
    settings.MODELS_ROOT = tmp_path


@pytest.fixture
def office(client: Client) -> Client:
    client.force_login(a_user("operator"))
    return client


@pytest.fixture
def two() -> tuple[ModelVersion, ModelVersion]:
    """An older version that knows one song, and a newer one that knows two."""
    a_track()
    old = training.train(NOON)
    a_track()
    return old, training.train(later(60))


@pytest.fixture
def a_training_elsewhere() -> Iterator[None]:
    """Another process is at it: it holds the lock."""
    params = connection.get_connection_params()
    keep = {key: params[key] for key in ("dbname", "user", "host", "port") if key in params}
    with psycopg.connect(**keep) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [training.LOCK_KEY])
        yield


def shown(client: Client) -> str:
    answer = client.get("/operations/models")
    assert answer.status_code == 200
    return answer.content.decode()


def test_versions_are_listed_with_what_they_know(
    office: Client, two: tuple[ModelVersion, ModelVersion]
) -> None:
    old, new = versions.versions()[::-1]
    assert (old.serves, new.serves) == (False, True)
    text = shown(office)
    assert "The next training takes its place by itself" in text
    assert "Serve this one" in text
    assert "no training runs" in text
    assert "No version yet" not in text


def test_an_older_version_answers_at_once_and_stays_until_released(
    office: Client, two: tuple[ModelVersion, ModelVersion]
) -> None:
    old, new = two
    assert len(serving.current().item_ids) == 2
    office.post(f"/operations/models/{old.pk}/serve")
    assert len(serving.current().item_ids) == 1
    a_track()
    assert training.train_if_due(later(120)) is None
    text = shown(office)
    assert "is pinned: it answers until you release it, and nothing is trained" in text
    office.post("/operations/models/release")
    assert len(serving.current().item_ids) == 1
    trained = training.train_if_due(later(180))
    assert trained is not None
    assert len(serving.current().item_ids) == 3
    assert [deed.text for deed in Deed.objects.order_by("pk")] == [
        "Let the model of 2 March, 12:00 answer, and pinned it.",
        "Released the model of 2 March, 12:00; trainings go on.",
    ]


def test_nothing_is_pinned_while_a_training_could_replace_it(
    office: Client, two: tuple[ModelVersion, ModelVersion], a_training_elsewhere: None
) -> None:
    answer = office.post(f"/operations/models/{two[0].pk}/serve", follow=True)
    assert "A training is under way" in answer.content.decode()
    assert versions.serving() == two[1]
    assert not ModelVersion.objects.filter(pinned=True).exists()
    assert not Deed.objects.exists()


def test_a_version_that_is_no_longer_kept_can_not_answer(
    office: Client, two: tuple[ModelVersion, ModelVersion]
) -> None:
    gone = ModelVersion.objects.create(
        name="model-gone", trained_at=NOON, tracks=1, listeners=1, plays=1, seconds=1.0
    )
    assert "not kept" in shown(office)
    answer = office.post(f"/operations/models/{gone.pk}/serve", follow=True)
    assert "no longer kept" in answer.content.decode()
    assert versions.serving() == two[1]
    assert not Deed.objects.exists()


def test_releasing_nothing_says_so(office: Client) -> None:
    assert "No version yet" in shown(office)
    answer = office.post("/operations/models/release", follow=True)
    assert "No version is pinned" in answer.content.decode()


def test_only_one_version_is_pinned(office: Client, two: tuple[ModelVersion, ModelVersion]) -> None:
    for version in two:
        office.post(f"/operations/models/{version.pk}/serve")
    assert list(ModelVersion.objects.filter(pinned=True)) == [two[1]]


def test_the_offline_figure_is_kept_where_there_are_listeners_enough(office: Client) -> None:
    at = NOON - timedelta(days=1)
    tracks = [a_track(at=at) for _ in range(8)]
    for number in range(32):
        listener = a_listener(at=at)
        for step in range(6):
            terms = tracks[(number + step) % 8].terms
            assert terms is not None
            a_play(terms, listener.party, at + timedelta(minutes=step))
    trained = training.train(NOON)
    said = [one.ndcg_bps for one in versions.versions() if one.row.pk == trained.pk][0]
    assert said is not None
    assert 0 < said <= 10_000
    text = shown(office)
    assert f">{said / 100:g}\u00a0%</td>" in text
    assert "Hits" not in text  # one measure, said in one way


def test_the_page_asks_few_queries(
    office: Client,
    two: tuple[ModelVersion, ModelVersion],
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_max_num_queries(10):
        shown(office)
