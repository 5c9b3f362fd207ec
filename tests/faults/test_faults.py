"""Kill -9 at every point, five at once, stalled workers, a restarted database, skewed clocks."""

import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import timedelta
from typing import Any

import pytest
from django.core import checks
from django.db import connection
from pytest_django import Settings

from contracts import node
from contracts.client import Chain
from royalties.failpoints import Point
from royalties.models import OutboxTransaction, Period, Window
from tests.embedded import Embedded
from tests.faults.trial import Trial
from tests.faults.workers import Workers
from tests.royalties import house as houses
from tests.royalties.builders import NOON

HOME = "faults"


@pytest.fixture(scope="module")
def node_url() -> Iterator[str]:
    with node.running_anvil(timestamp=int(NOON.timestamp()) - 1_000) as url:
        yield url


@pytest.fixture(scope="module")
def workers(
    node_url: str, embedded_parts: Embedded, django_db_setup: None, django_db_blocker: Any
) -> Iterator[Workers]:
    with django_db_blocker.unblock():
        database = embedded_parts.database.url(str(connection.settings_dict["NAME"]))
    told = {
        "DATABASE_URL": database,
        "CHAIN_RPC_URL": node_url,
        "REFRAIN_HOME": str(embedded_parts.folder / HOME),
        "HOLD_WINDOW": "0",
    }
    with Workers({**os.environ, **told}) as workers:
        yield workers


@pytest.fixture
def trial(
    transactional_db: None,
    embedded_parts: Embedded,
    node_url: str,
    workers: Workers,
    settings: Settings,
) -> Trial:
    settings.BUNDLES_ROOT = embedded_parts.folder / HOME / "bundles"
    shutil.rmtree(settings.BUNDLES_ROOT, ignore_errors=True)
    settings.HOLD_WINDOW, settings.CHAIN_RPC_URL = timedelta(0), node_url
    return Trial(houses.on_a_node(Chain(node_url), lambda **_: nullcontext()), workers)


def test_killed_at_every_point_it_pays_once_and_is_back_within_half_a_minute(trial: Trial) -> None:
    for number, point in enumerate(Point, start=1):
        assert trial.killed_at(point) <= 30
        assert trial.broken() == [], point
        assert Period.objects.filter(state=Period.State.ACTIVE).count() == number


def test_five_at_once_have_one_effect(trial: Trial) -> None:
    trial.five_at_once()
    assert Window.objects.count() == OutboxTransaction.objects.filter(kind="publish").count() == 1
    claims = OutboxTransaction.objects.filter(kind="claim").values_list("account", flat=True)
    assert len(claims) == len(set(claims)) == 2  # the artist's, and custody's for its units
    assert trial.broken() == []


def test_a_worker_that_stalls_and_wakes_after_its_lease_does_nothing_twice(trial: Trial) -> None:
    trial.stalled_at(Point.SEND_SENT)
    assert trial.broken() == []


def test_a_worker_whose_clock_is_wrong_does_no_harm(trial: Trial) -> None:
    for late in (timedelta(minutes=-10), timedelta(minutes=10)):
        trial.skewed(late)
        assert trial.broken() == []


def test_the_database_restarted_in_the_middle_of_a_transaction(
    trial: Trial, embedded_parts: Embedded
) -> None:
    def restart() -> None:
        embedded_parts.kill("database", signal.SIGINT)
        embedded_parts.start_database()

    for point in (Point.WINDOW_POSTED, Point.CLOSE_PLANNED, Point.EVENT_STORED):
        assert trial.cut_off_at(point, restart) <= 30
        assert trial.broken() == [], point


def test_a_failpoint_is_refused_unless_it_is_allowed(settings: Settings) -> None:
    settings.FAILPOINT = Point.SEND_SENT
    (error,) = checks.run_checks(tags=["royalties"])
    assert error.id == "royalties.E001"
    settings.FAILPOINTS_ALLOWED = True
    assert checks.run_checks(tags=["royalties"]) == []
