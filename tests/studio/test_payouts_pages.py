"""Payouts: stations, periods that open to songs, songs that open to postings, claiming, CSV."""

import csv
import io
from typing import TYPE_CHECKING

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from marketplace.studio import payouts
from marketplace.wallet import topups
from royalties import accrual, deals
from royalties.models import OutboxTransaction
from tests.builders import NOON, a_listener, a_track, a_user, an_artist, heard, later
from tests.pages import page

if TYPE_CHECKING:
    from tests.royalties.house import House

pytestmark = pytest.mark.django_db


def test_before_the_first_play_it_teaches_the_next_step(client: Client) -> None:
    client.force_login(a_user("artist"))
    text = page(client, "/payouts")
    assert "No period has paid you yet" in text
    assert text.count("disabled") == 2  # nothing to claim, nothing to spend


def test_a_period_opens_to_its_songs_and_a_song_to_postings_that_sum_to_nothing(
    client: Client,
) -> None:
    artist = a_user("artist", name="Mirela Anso")
    track = a_track(an_artist(artist, name="Mirela Anso"), title="Ghost Ferry")
    heard(a_listener(), track)
    accrual.accrue(later(60))
    client.force_login(artist)

    closed = page(client, "/payouts")
    assert 'id="period-1"' in closed
    assert "Ghost Ferry" not in closed
    assert 'hx-get="/payouts/1"' in closed

    opened = page(client, "/payouts/1")
    assert "<html" not in opened
    assert opened.strip().startswith('<tbody id="period-1">')
    assert "Ghost Ferry" in opened
    assert 'hx-get="/payouts/1?open=0"' in opened

    postings = page(client, f"/payouts/1/{track.terms_id}")
    assert "Listeners, from their balances" in postings
    assert '−0.60<i class="tail">00</i>' in postings
    assert "Mirela Anso, earned" in postings
    assert "w/1/1/0" in postings
    assert "units" in postings  # the listener earned some
    assert postings.count("Sum, always nothing") == 3
    assert "Ghost Ferry" in page(client, f"/payouts/1/{track.terms_id}?open=0")

    sent = page(client, f"/payouts?open=1&song={track.terms_id}")
    assert "w/1/1/0" in sent
    assert 'aria-expanded="true"' in sent


def test_unknown_periods_and_other_peoples_songs_are_not_found(client: Client) -> None:
    track = a_track(an_artist(a_user("artist")))
    heard(a_listener(), track)
    accrual.accrue(later(60))
    client.force_login(a_user("artist"))
    page(client, "/payouts/1", 404)
    page(client, "/payouts/9", 404)
    page(client, f"/payouts/1/{track.terms_id}", 404)
    assert "w/1/1/0" not in page(client, f"/payouts?open=1&song={track.terms_id}")
    page(client, "/payouts?open=nonsense&song=nonsense")


def test_settled_money_is_claimed_once_then_spent(client: Client, house: "House") -> None:
    artist = a_user("artist")
    heard(a_listener(), a_track(an_artist(artist)))
    house.pass_time(60)
    house.accrue()
    house.settle()
    client.force_login(artist)
    settled = payouts.totals(artist).settled
    assert settled == 4_500 + 1_200  # its part, and the fan pool while all units were its own
    text = page(client, "/payouts")
    assert 'Claim <span class="num" title="0.5700\u00a0¢">0.57\u00a0¢</span>' in text
    assert 'If you claim <span class="num">0.57<i class="tail">00</i>\u00a0¢</span>' in text
    assert text.count('title="0.5700\u00a0¢"') >= 3  # with its period's line and the sum
    assert 'href="/periods/1"' in text

    answer = client.post("/payouts/claim", follow=True)
    assert "The vault is paying you now" in answer.content.decode()
    assert "Being claimed" in answer.content.decode()
    moving = page(client, "/payouts?part=moving")
    assert 'hx-trigger="every 5s"' in moving
    assert "<html" not in moving
    planned = OutboxTransaction.objects.filter(kind="claim").count()
    answer = client.post("/payouts/claim", follow=True)
    assert "nothing settled to claim that is not on its way" in answer.content.decode()
    assert OutboxTransaction.objects.filter(kind="claim").count() == planned

    house.work()
    assert payouts.totals(artist).spendable == settled
    assert 'hx-trigger="every 15s"' in page(client, "/payouts?part=moving")
    assert 'Move <span class="num" title="0.5700\u00a0¢">' in page(client, "/payouts")
    answer = client.post("/payouts/spend", follow=True)
    assert "in your listening balance" in answer.content.decode()
    after = payouts.totals(artist)
    assert (after.spendable, after.withdrawn) == (0, settled)
    client.post("/payouts/spend")  # a second press moves nothing
    assert payouts.totals(artist) == after


def test_both_sums_of_a_claim_under_a_deal_stand_beside_its_button_and_come_true(
    client: Client, house: "House"
) -> None:
    artist, label = a_user("artist"), a_user("label", name="Lantern Row")
    heard(a_listener(), a_track(an_artist(artist)))
    deals.accept(deals.invite(label.party, artist.party, 2_000, 1_000, NOON.date(), NOON), NOON)
    house.pass_time(60)
    house.accrue()
    house.settle()
    client.force_login(artist)
    text = page(client, "/payouts")
    # of 4,500 as a payee 900 by the deal, 1,000 for its advance; none of the fan pool's 1,200
    _, rest = text.split("claim-shares")
    beside = rest.split('id="claim"')[0]
    assert '<dt>To you</dt><dd><b><span class="num">0.38<i class="tail">00</i>' in beside
    assert "Lantern Row</bdi>" in beside
    assert '<dd><span class="num">0.19<i class="tail">00</i>' in beside
    assert 'class="pairs claim-shares"' in page(client, "/wallet")
    client.force_login(label)
    assert 'not claimed yet, <span class="num">0.19<i' in page(client, "/payouts")

    payouts.claim(artist, house.at)
    house.work()
    assert payouts.totals(artist).spendable == 3_800
    assert payouts.totals(label).spendable == 1_900
    assert "not claimed yet" not in page(client, "/payouts")


def test_the_csv_is_exact_in_micros_and_no_title_is_a_formula(
    client: Client, house: "House"
) -> None:
    artist = a_user("artist")
    owner, listener = an_artist(artist), a_listener()
    heard(listener, a_track(owner, title="=cmd()"))
    heard(listener, a_track(owner, title="Tidewater"), later(100))
    house.pass_time(200)
    house.accrue()
    house.close()
    client.force_login(artist)
    answer = client.get("/payouts.csv")
    assert answer.headers["Content-Type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert {row["title"] for row in rows} == {"'=cmd()", "Tidewater"}
    assert sum(int(row["to_you_micros"]) for row in rows) == payouts.totals(artist).published
    assert {int(row["paid_micros"]) for row in rows} == {6_000}


def test_money_for_units_of_other_peoples_songs_stands_there_too(
    client: Client, settings: Settings
) -> None:
    settings.UNITS_PRICE_MICROS = 1  # units enough for a whole micro
    fan = a_user("artist")
    topups.top_up(fan, 5_000_000, "first", NOON, 9_000_000)
    track = a_track(title="Tidewater")
    heard(fan, track)
    accrual.accrue(later(60))
    heard(a_listener(), track, later(100))
    accrual.accrue(later(200))
    client.force_login(fan)
    row = payouts.period_rows([fan.party], later(300))[0]
    assert row.to_you_micros == row.line.elsewhere_micros == 7  # 6,000 units of 1,200 micros
    songs = page(client, "/payouts/1")
    assert "Tidewater" in songs
    assert 'title="0.0007\u00a0¢"' in songs


def test_the_number_of_queries_does_not_grow_with_periods(
    client: Client, house: "House", django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    artist = a_user("artist")
    track, listener = a_track(an_artist(artist)), a_listener()
    for number in range(3):
        heard(listener, track, house.at)
        house.pass_time(100 + number)
        house.accrue()
        house.close()
    client.force_login(artist)
    with django_assert_max_num_queries(45):
        text = page(client, "/payouts?open=2")
    assert "3 periods" in text
