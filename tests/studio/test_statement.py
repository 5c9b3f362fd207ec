"""Statements: days in the address bar, sums at the foot, files that say the same to the micro."""

import csv
import io
import re
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.http import QueryDict
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from marketplace.studio import payouts
from marketplace.studio.days import Days, days_of, usual
from marketplace.studio.statement import statement
from marketplace.templatetags.amounts import NBSP
from marketplace.users.models import User
from royalties import deals, statements
from tests.builders import NOON, a_listener, a_track, a_user, an_artist, heard
from tests.pages import page

if TYPE_CHECKING:
    from tests.royalties.house import House

AT = datetime(2026, 5, 31, 23, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("", date(2026, 5, 1), date(2026, 5, 31)),
        ("from=2026-02-31&to=x", date(2026, 5, 1), date(2026, 5, 31)),
        ("from=0001-01-01&to=9999-12-31", date(2026, 5, 1), date(2026, 5, 31)),
        ("from=2026-04-03", date(2026, 4, 3), date(2026, 5, 31)),
        ("to=2026-04-03", date(2026, 4, 1), date(2026, 4, 3)),
        ("from=2026-04-03&to=2026-03-01", date(2026, 3, 1), date(2026, 4, 3)),
    ],
)
def test_the_address_bar_says_which_days(asked: str, first: date, last: date) -> None:
    assert days_of(QueryDict(asked), AT) == Days(first, last)


def test_days_that_are_often_asked_for_and_their_words() -> None:
    found = {name: (one.words, one.query) for name, one in usual(AT).items()}
    assert found == {
        "This month": ("1 to 31 May 2026", "from=2026-05-01&to=2026-05-31"),
        "Last month": ("1 to 30 April 2026", "from=2026-04-01&to=2026-04-30"),
        "This quarter": ("1 April to 31 May 2026", "from=2026-04-01&to=2026-05-31"),
        "This year": ("1 January to 31 May 2026", "from=2026-01-01&to=2026-05-31"),
    }
    assert Days(date(2025, 12, 1), date(2026, 1, 1)).words == "1 December 2025 to 1 January 2026"
    assert usual(AT.replace(month=1))["Last month"].words == "1 to 31 December 2025"


@pytest.fixture
def artist(db: None) -> User:
    return a_user("artist", name="Mirela Anso")


@pytest.fixture
def label(artist: User) -> User:
    office = a_user("label", name="Lantern Row")
    an_artist(artist, name="Mirela Anso")
    deal = deals.invite(office.party, artist.party, 2_000, 1_000, NOON.date(), NOON)
    deals.accept(deal, NOON)
    return office


@pytest.fixture
def settled(house: "House", artist: User, label: User) -> Days:
    """Two songs, one play of each, claimed under a deal; the days in which that was."""
    since, owner = house.at.date(), artist.artists.get()
    for title in ("=cmd()", "Tidewater"):
        heard(a_listener(), a_track(owner, title=title), house.at)
        house.pass_time(100)
    house.accrue()
    house.settle()
    payouts.claim(artist, house.at)
    house.work()
    return Days(since, house.at.date())


def rows(client: Client, address: str) -> list[dict[str, str]]:
    answer = client.get(address)
    assert answer.headers["Content-Type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(answer.content.decode())))


def test_an_artists_statement_adds_up_to_what_the_payouts_say(
    client: Client, artist: User, settled: Days
) -> None:
    client.force_login(artist)
    text = page(client, f"/payouts/statement?{settled.query}")
    assert "2 songs</td>" in text
    told = statement([artist.party], settled)
    whole = told["song_sums"].to_you_micros
    assert whole == told["row_sums"].to_you_micros == 2 * (4_500 + 1_200)
    assert told["flow"].opening_micros == 0
    assert told["flow"].closing_micros == payouts.totals(artist).spendable
    assert told["flow"].closing_micros == whole - told["to_labels_micros"]
    assert told["by_deals_micros"] == 0

    songs = rows(client, f"/payouts/statement.csv?{settled.query}")
    assert {row["song"] for row in songs} == {"'=cmd()", "Tidewater"}
    assert sum(int(row["you_micros"]) for row in songs) == whole
    assert {row["you_usd"] for row in songs} == {"0.005700"}
    by_period = rows(client, f"/payouts.csv?{settled.query}")
    assert sum(int(row["to_you_micros"]) for row in by_period) == whole


def test_a_labels_statement_tells_each_deal_and_what_it_brought(
    client: Client, label: User, settled: Days
) -> None:
    client.force_login(label)
    text = page(client, f"/payouts/statement?{settled.query}")
    assert "By song" not in text
    assert "Mirela Anso</bdi></a>" in text
    told = statement([label.party], settled)
    # of 9,000 as payee 1,800 by the deal, and 1,000 for its advance
    assert told["by_deals_micros"] == 2_800 == payouts.totals(label).spendable
    (deal,) = rows(client, f"/payouts/statement.csv?by=deal&{settled.query}")
    assert (deal["artist_name"], deal["label_bps"]) == ("Mirela Anso", "2000")
    assert (deal["label_micros"], deal["recouped_usd"]) == ("1800", "0.001000")
    opened = re.findall(r'href="/payouts/statement\?([^"]*)#deals"', page(client, "/payouts"))
    assert len(opened) == 1  # the period, by artist
    assert "Mirela Anso</bdi></a>" in page(client, f"/payouts/statement?{opened[0]}")
    roster = page(client, "/roster?sort=brought")
    brought = f'title="0.2800{NBSP}¢">0.28{NBSP}¢</span>'
    assert roster.count(brought) == 2  # of the deal, and the sum


def test_other_days_hold_nothing_but_what_was_there_before(
    client: Client, artist: User, settled: Days
) -> None:
    client.force_login(artist)
    after = settled.last + timedelta(days=1)
    days = Days(after, after)
    text = page(client, f"/payouts/statement?{days.query}")
    assert "No song paid you in these days" in text
    told = statement([artist.party], days)
    assert told["flow"].opening_micros == payouts.totals(artist).spendable
    assert rows(client, f"/payouts.csv?{days.query}") == []
    early = Days(settled.first - timedelta(days=9), settled.first - timedelta(days=8))
    assert statement([artist.party], early)["flow"].closing_micros == 0


def test_strangers_have_statements_of_their_own_alone(client: Client, settled: Days) -> None:
    client.force_login(a_user("artist"))
    text = page(client, f"/payouts/statement?{settled.query}")
    assert "Tidewater" not in text
    assert "Mirela" not in text
    client.force_login(a_listener())
    page(client, "/payouts/statement", 403)


def test_a_midnights_close_counts_to_the_day_before_and_older_periods_open(
    client: Client,
    house: "House",
    artist: User,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    track, listener = a_track(an_artist(artist)), a_listener()
    first = house.at.date()
    for _ in range(3):
        heard(listener, track, house.at)
        midnight = datetime.combine(house.at.date() + timedelta(days=1), datetime.min.time(), UTC)
        house.pass_time((midnight - house.at).total_seconds())
        house.accrue()
        house.close()
    client.force_login(artist)
    days = Days(first, first + timedelta(days=2))
    with django_assert_max_num_queries(20):
        text = page(client, f"/payouts/statement?{days.query}")
    each = [row.label for row in statement([artist.party], days)["rows"]]
    assert len(each) == 3
    assert f"{first:%-d %b %Y}" == each[0]
    assert 'href="/payouts?open=1#open-1"' in text
    assert len(statements.by_period([artist.party], limit=1)) == 1
    older = statements.by_period([artist.party], limit=1, also=[1, 99])
    assert [line.period for line in older] == [3, 1]
