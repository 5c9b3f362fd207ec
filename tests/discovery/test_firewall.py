"""Neither price nor who owns what nor what the house keeps can change a ranking.

By construction: nothing of pricing, wallet or the royalties' money is imported by what ranks, and
no statement that it sends names a column of money. And by trial: with all of that drawn at random
every list stays the same to the byte.
"""

import random
import re
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from pytest_django import Settings

from marketplace.catalog.models import Track
from marketplace.discovery import newcomers, opinions, serving, training
from marketplace.discovery.models import ModelVersion
from marketplace.discovery.radio import radio
from marketplace.discovery.ranking import ranking
from marketplace.pricing.models import PricePoint, TrackPrice
from marketplace.users.models import User
from recommender import artifacts
from royalties.models import Holding
from tests.builders import NOON, later
from tests.discovery.worlds import played
from tests.test_imports import BELOW, files, imported, is_in, module_name

pytestmark = pytest.mark.django_db
RANKS = tuple(
    f"marketplace.discovery.{name}" for name in ("ranking", "training", "weekly", "new_artists")
)
# What ranking may reach: of the royalties the tables, whose plays it counts, and how they are read.
TABLES = ("royalties.models", "royalties.prepared", "royalties.rows")
MONEY = ("marketplace.pricing", "marketplace.wallet", "marketplace.studio", "royalties")
MONEY_WORDS = re.compile(
    r"price|micros|bps|\bunits?\b|holding|posting|entitle|payee|fee|balance|amount|earn", re.I
)


def reached(start: str) -> set[str]:
    """Our modules that one imports, at any remove."""
    ours = {module_name(path): path for package in BELOW for path in files(package)}
    found, ahead = {start}, [start]
    while ahead:
        for name, _ in imported(ours[ahead.pop()]):
            module = name if name in ours else name.rpartition(".")[0]
            if module in ours and module not in found:
                found.add(module)
                ahead.append(module)
    return found


@pytest.mark.parametrize("start", RANKS)
def test_nothing_of_money_is_imported_by_what_ranks(start: str) -> None:
    modules = reached(start)
    assert "recommender.model" in modules
    wrong = {
        name
        for name in modules
        if any(is_in(name, money) for money in MONEY)
        and not any(is_in(name, table) for table in TABLES)
    }
    assert wrong <= {"royalties"}  # the package's own empty module


def test_no_statement_that_ranks_names_money(listener: User, worlds: list[Track]) -> None:
    opinions.dislike(listener, worlds[9], later(1), less=True)
    said: list[str] = []

    def heard(execute: Any, sql: str, *rest: Any) -> Any:
        said.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(heard):
        newcomers.look(NOON)
        for steps in (-3, 3):
            opinions.lean(listener, steps, later(steps))
            for kind in ("all", "sound", "taste"):
                ranking(listener, kind, 9, NOON)
        training.train(later(500))
    assert any("royalties_paidplay" in one for one in said)
    wrong = [word[0] for one in said for word in MONEY_WORDS.finditer(one)]
    assert wrong == [], said


def told(listener: User, tracks: list[Track], before: str) -> bytes:
    """All lists of a listener, with scores, reasons, places by chance and the name of a model that
    is trained where `before` served.
    """
    artifacts.activate(settings.MODELS_ROOT, before)
    lists = [
        (found.ranked, found.draw.places, found.effect)
        for kind in ("all", "sound", "taste")
        for hour in range(3)
        for found in [ranking(listener, kind, 9, NOON + timedelta(hours=hour))]
    ]
    songs = [item["id"].hex for item in radio(tracks[0], listener, [])]
    alike = serving.current().similar(tracks[3].pk.hex)
    # trained again from where it was: the same model would have the same name, and its map follows
    # the one before
    ModelVersion.objects.all().delete()
    return repr([lists, songs, alike, training.train(later(700)).name]).encode()


def redraw(rng: random.Random, listener: User, tracks: list[Track], own: Settings) -> None:
    """All that is money, anew: prices, what was paid, who owns what, what the house keeps."""
    for track in tracks:
        micros = rng.randrange(5_000, 12_000)
        TrackPrice.objects.filter(track=track).update(micros=micros)
        PricePoint.objects.create(
            track=track,
            at=later(rng.randrange(1, 10_000)),
            micros=micros,
            quotes=rng.randrange(100),
            accepts=0,
        )
        Holding.objects.update_or_create(
            terms=track.terms,
            party=listener.party,
            defaults={"units": rng.randrange(1, 100_000), "since": NOON},
        )
    own.PLATFORM_BPS = rng.randrange(500, 3_000)
    own.UNITS_PRICE_MICROS = rng.randrange(1, 1_000)
    with connection.cursor() as cursor:  # plays and terms never change; here they may
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE royalties_terms SET platform_bps = %s", [own.PLATFORM_BPS])
        cursor.execute("SELECT setseed(%s)", [rng.random()])
        cursor.execute("UPDATE royalties_paidplay SET price_micros = 1 + floor(1e6 * random())")
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")


def test_lists_are_the_same_to_the_byte_whatever_money_is(
    listener: User, worlds: list[Track], settings: Settings
) -> None:
    newcomers.look(NOON)
    opinions.dislike(listener, worlds[9], later(1), less=True)
    for tracks in (worlds[2:5], worlds[8:9], worlds[3:4]):
        played(listener.party, tracks, later(1))
    served = serving.version()
    before = told(listener, worlds, served)
    for seed in range(3):
        redraw(random.Random(seed), listener, worlds, settings)
        assert told(listener, worlds, served) == before
    played(listener.party, worlds[16:18], later(2))  # a play does change them
    assert told(listener, worlds, served) != before
