"""A portfolio's figures, filters, charts and opened lines; many holdings cost no more queries."""

import re
from datetime import timedelta

import pytest
from django.core.cache import caches
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from marketplace.catalog.models import Track
from marketplace.users.models import User
from marketplace.wallet.portfolio import portfolio
from marketplace.wallet.portfolio_charts import concentration, finding, mosaic, mosaic_title
from marketplace.wallet.portfolio_page import portfolio_page
from royalties import chargebacks, statements
from royalties.models import TopUp
from tests.builders import a_listener, a_track, heard
from tests.royalties.house import House

pytestmark = pytest.mark.django_db
MANY = 60
QUERIES = 25


def paid_by(house: House, track: Track, fan: User) -> None:
    """The fan hears it, and in the next window somebody else does."""
    for listener in (fan, a_listener()):
        heard(listener, track, house.at)
        house.pass_time(60)
        house.accrue()


def test_each_line_parts_settled_from_waiting_and_open(house: House) -> None:
    fan, track = a_listener(), a_track()
    paid_by(house, track, fan)
    house.settle()
    paid_by(house, track, a_listener())
    house.close()
    paid_by(house, track, a_listener())
    (line,) = portfolio(fan.party, house.at)
    assert min(line.settled_micros, line.waiting_micros, line.accrued_micros) > 0
    assert track.terms is not None
    assert line.back_micros == statements.came_back(fan.party, track.terms)
    assert line.today_micros == line.back_micros == line.days[-1]
    assert (line.plays, line.paid_micros) == (1, 6_000)
    assert line.earned is not None
    assert line.earned.first_at == line.earned.last_at


def test_what_the_bank_took_back_was_not_paid(house: House, settings: Settings) -> None:
    settings.TOP_UP_REVERSIBLE, settings.TOP_UP_HOLD_WINDOW = timedelta(days=60), timedelta()
    fan, track = a_listener(), a_track()
    paid_by(house, track, fan)
    house.settle()
    chargebacks.charge_back(TopUp.objects.get(party=fan.party), "stolen card", house.at)
    (line,) = portfolio(fan.party, house.at)
    assert line.settled_micros > 0
    assert (line.plays, line.paid_micros, line.back_percent) == (0, 0, "")


def test_money_of_past_days_is_not_todays(house: House) -> None:
    fan, track = a_listener(), a_track()
    paid_by(house, track, fan)
    house.close()
    (line,) = portfolio(fan.party, house.at + timedelta(days=2))
    assert line.today_micros == 0
    assert line.days[-3] == line.back_micros > 0
    (late,) = portfolio(fan.party, house.at + timedelta(days=20))
    assert not any(late.days)


def test_the_page_draws_days_and_opens_a_song_to_its_postings(house: House) -> None:
    fan, track, quiet = a_listener(), a_track(title="Salt on the Wire"), a_track(title="Kilnfire")
    heard(fan, quiet, house.at)
    paid_by(house, track, fan)
    period = house.settle()
    shown = portfolio_page(fan.party, {"open": str(track.terms_id)}, house.at)
    assert shown["by_day"].days[-1] == "2 Mar"
    assert [one.values[-2:] for one in shown["by_day"].series] == [[0, shown["paid"].back_micros]]
    assert [one.label for one in shown["by_day"].series] == ["Salt on the Wire"]
    ((line, seal),) = shown["opened"].periods
    assert (line.period, line.reference, seal.settled) == (period, "p/1/0", True)
    assert [move.reference for move in shown["opened"].moves] == ["u/1/1/0"]
    filters = {"paying": ["Salt on the Wire"], "quiet": ["Kilnfire"]}
    for show, titles in filters.items():
        page = portfolio_page(fan.party, {"show": show}, house.at)
        assert [one.track.title for one in page["page"]] == titles
        assert page["sums"].songs == 1


def test_a_song_earned_on_two_days_of_a_month_names_the_month_once(
    client: Client, house: House
) -> None:
    fan, track = a_listener(), a_track()
    for _ in range(2):
        heard(fan, track, house.at)
        house.pass_time(60)
        house.accrue()
        house.pass_time(86_400)
    client.force_login(fan)
    shown = client.get(f"/portfolio?open={track.terms_id}").content.decode()
    assert re.findall(r"\d+ to \d+ \w+", shown) == ["2 to 3 Mar"]


def test_nobody_opens_a_song_they_do_not_hold(house: House) -> None:
    fan, other = a_listener(), a_track()
    paid_by(house, a_track(), fan)
    for asked in (str(other.terms_id), "nonsense", ""):
        assert portfolio_page(fan.party, {"open": asked}, house.at)["opened"] is None


def test_many_holdings_come_in_pages_with_all_their_sums(
    client: Client, house: House, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    fan = a_listener()
    tracks = [a_track() for _ in range(MANY)]
    for track in tracks:
        heard(fan, track, house.at)
        house.pass_time(40)
    house.accrue()
    client.force_login(fan)
    with django_assert_max_num_queries(QUERIES):
        short = client.get("/portfolio?by=units").content.decode()
    assert short.count('id="song-') == 8
    assert '<a href="?show=all&amp;by=units&amp;page=1#songs"' in short
    assert f"{MANY - 8} more songs</a>" in short
    assert f"<td>{MANY} songs</td>" in short
    first = client.get("/portfolio?by=units&page=1").content.decode()
    assert "more songs</a>" not in first
    second = client.get("/portfolio?by=units&page=2").content.decode()
    assert first.count('id="song-') == 50
    assert second.count('id="song-') == 10
    assert f"<td>{MANY} songs</td>" in first
    assert f"<td>{MANY} songs</td>" in second
    assert 'href="?show=all&amp;by=units&amp;page=2"' in first
    terms = tracks[0].terms_id
    with django_assert_max_num_queries(QUERIES + 3):
        opened = client.get(f"/portfolio?page=2&open={terms}").content.decode()
    opened += client.get(f"/portfolio?open={terms}").content.decode()
    assert "How its units became yours" in opened


def test_a_kept_portfolio_shows_ones_own_plays_and_postings_at_once(
    client: Client,
    house: House,
    settings: Settings,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    settings.PAGE_KEPT_SECONDS = 30
    caches["pages"].clear()
    fan, track = a_listener(), a_track()

    def shown(of: User = fan) -> str:
        client.force_login(of)
        return client.get("/portfolio").content.decode()

    assert "You own no part of a song yet" in shown()
    newcomer = a_listener()
    heard(newcomer, a_track(), house.at)
    assert "Your first part is on its way" in shown(newcomer)
    paid_by(house, track, fan)
    assert "1 song you heard" in shown()
    heard(fan, track, house.at)
    assert "Paid for 2 plays" in shown()
    assert "You own no part of a song yet" in shown(a_listener())
    opened = client.get(f"/portfolio?open={track.terms_id}").content.decode()
    assert "How its units became yours" not in opened
    house.close()
    client.force_login(fan)
    opened = client.get(f"/portfolio?open={track.terms_id}").content.decode()
    assert "being settled" in opened
    client.get("/portfolio")
    with django_assert_num_queries(3):
        client.get("/portfolio")


def test_the_file_keeps_the_filter_and_adds_up_to_the_page(client: Client, house: House) -> None:
    fan, track = a_listener(), a_track()
    paid_by(house, track, fan)
    house.close()
    client.force_login(fan)
    head, row = client.get("/portfolio.csv").content.decode().splitlines()
    cells = dict(zip(head.split(","), row.split(","), strict=True))
    (line,) = portfolio(fan.party, house.at)
    assert int(cells["back_micros"]) == line.back_micros
    assert cells["paid_usd"] == "0.006000"
    assert cells["first_earned_at"].startswith("2026-03-02T")
    assert len(client.get("/portfolio.csv?show=paying").content.decode().splitlines()) == 1


def test_a_finding_compares_whole_days() -> None:
    assert finding([9_000]).startswith("Your songs brought 0.90\u00a0¢ so far today")
    assert finding([10_000, 30_000, 5]) == (
        "Your songs brought 3.00\u00a0¢ yesterday, 2.00\u00a0¢ more than the day before"
    )
    assert finding([10_000, 10_099, 5]).endswith("yesterday, much as the day before")
    assert finding([10_000, 5]) == "Your songs brought 1.00\u00a0¢ yesterday"


def test_concentration_counts_the_fewest_songs_that_make_half(house: House) -> None:
    fan = a_listener()
    for number, track in enumerate([a_track() for _ in range(4)]):
        for _ in range(9 if number == 0 else 1):
            heard(fan, track, house.at)
            house.pass_time(40)
    house.accrue()
    assert concentration(portfolio(fan.party, house.at)).startswith("1 of 4 songs")


def test_the_mosaic_has_each_song_that_paid_the_most_first(house: House) -> None:
    fan, tracks = a_listener(), [a_track() for _ in range(4)]
    for track, times in zip(tracks, (1, 3, 1, 0), strict=True):
        heard(fan, track, house.at)
        house.pass_time(60)
        house.accrue()
        for _ in range(times):
            heard(a_listener(), track, house.at)
        house.pass_time(60)
        house.accrue()
    lines = portfolio(fan.party, house.at)
    parts = mosaic(lines)
    assert parts[0].url == tracks[1].get_absolute_url()
    assert [part.micros for part in parts] == sorted((p.micros for p in parts), reverse=True)
    assert len(parts) == 3  # nobody played the fourth
    assert mosaic_title(parts).startswith(f"{tracks[1].title} brought ")
    assert mosaic([line for line in lines if line.track != tracks[1]]) == []  # two are no picture
