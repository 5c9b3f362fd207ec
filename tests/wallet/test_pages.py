"""The wallet, receipts and the portfolio, as listeners see them."""

from contextlib import closing
from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from marketplace.users.models import User
from marketplace.wallet import limits
from royalties import purses, statements
from royalties.models import PaidPlay
from tests.builders import NOON, a_listener, a_track, heard
from tests.pages import page
from tests.royalties.house import House

pytestmark = pytest.mark.django_db
MANY = 12


def test_the_first_top_up_asks_for_the_monthly_limit(client: Client) -> None:
    listener = a_listener(micros=0)
    client.force_login(listener)
    shown = page(client, "/wallet")
    assert "The most you want to spend in a month" in shown
    assert "No receipts yet" in shown
    without = client.post("/wallet/top-up", {"amount": "5", "monthly_limit": "", "key": "a"})
    assert without.status_code == 422
    assert "Choose how much you want to spend" in without.content.decode()
    client.post("/wallet/top-up", {"amount": "5", "monthly_limit": "10", "key": "a"})
    assert purses.available(listener.party) == 5_000_000
    assert limits.cap_of(listener) == 10_000_000
    assert "The most you want to spend in a month" not in page(client, "/wallet")


def test_sending_the_same_top_up_twice_pays_once(client: Client) -> None:
    listener = a_listener(micros=0)
    client.force_login(listener)
    for _ in range(2):
        client.post("/wallet/top-up", {"amount": "5", "monthly_limit": "10", "key": "same"})
    assert purses.available(listener.party) == 5_000_000


def test_a_wrong_amount_is_answered_beside_the_field(client: Client) -> None:
    client.force_login(a_listener())
    answer = client.post("/wallet/top-up", {"amount": "-3", "key": "a"})
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="-3"' in shown
    assert 'id="id_amount_error"' in shown
    assert "Write an amount from $0.01 to $500" in shown


def test_the_limit_can_be_changed(client: Client) -> None:
    listener = a_listener()
    client.force_login(listener)
    client.post("/wallet/limit", {"monthly_limit": "7.50"})
    assert limits.cap_of(listener) == 7_500_000
    assert 'value="7.50"' in page(client, "/wallet")


def test_receipts_are_listed_with_song_price_and_seal(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    listener = a_listener()
    client.force_login(listener)
    for number in range(MANY):
        heard(listener, a_track(title=f"number {number}"), NOON + timedelta(minutes=number))
    with django_assert_max_num_queries(40):
        shown = page(client, "/wallet")
    assert shown.count("counted</span>") == MANY
    assert "number 0" in shown
    assert "12 paid plays" in shown


def test_receipts_of_a_song_or_a_day_are_found_by_address(client: Client) -> None:
    listener, song, other = a_listener(), a_track(title="Salt on the Wire"), a_track()
    client.force_login(listener)
    for track, days in ((song, 0), (song, 1), (other, 0)):
        heard(listener, track, NOON + timedelta(days=days))
    of_song = page(client, f"/wallet?song={song.pk}")
    assert "2 paid plays of <bdi>Salt on the Wire</bdi>" in of_song
    assert "1.20\u00a0¢</span> in all" in of_song
    assert f'href="/receipts.csv?song={song.pk}&amp;"' in of_song
    both = page(client, f"/wallet?song={song.pk}&day=2026-03-03")
    assert "1 paid play of <bdi>Salt on the Wire</bdi> on 3 March 2026" in both
    assert "No receipt is like that" in page(client, "/wallet?day=2026-03-09")
    sent = client.get("/wallet?song=&day=2026-03-09")  # what the form sends
    assert sent.headers["Location"] == "/wallet?day=2026-03-09"
    assert client.get("/wallet?song=&day=").headers["Location"] == "/wallet"
    assert "3 paid plays," in page(client, "/wallet?song=nonsense&day=never")
    assert "3 paid plays," in page(client, "/wallet?day=9999-12-31")  # no day comes after it


def test_receipts_as_a_file_are_the_listeners_own_and_exact(client: Client) -> None:
    listener, track = a_listener(), a_track(title="=cmd()")
    heard(listener, track)
    heard(a_listener(), track)
    client.force_login(listener)
    head, row = client.get("/receipts.csv").content.decode().splitlines()
    cells = dict(zip(head.split(","), row.split(","), strict=True))
    assert (cells["track"], cells["price_micros"], cells["price_usd"]) == (
        "'=cmd()",
        "6000",
        "0.006000",
    )
    assert (cells["state"], cells["units"]) == ("counted", "")
    empty = client.get("/receipts.csv?day=2026-03-03").content.decode()
    assert len(empty.splitlines()) == 1


def test_anyone_may_read_a_receipt_and_nobody_learns_whose_it_is(client: Client) -> None:
    listener = a_listener()
    heard(listener, a_track(title="Salt on the Wire"))
    url = f"/receipts/{PaidPlay.objects.get().pk}"
    shown = page(client, url)
    assert "Salt on the Wire" in shown
    assert "One play, on its way" in shown
    assert listener.name not in shown
    assert "You, 2 March 2026" not in shown
    client.force_login(listener)
    assert "You, 2 March 2026" in page(client, url)
    assert client.get(f"{url}.json").status_code == 404
    assert client.get("/receipts/999").status_code == 404


def settled_play(house: House) -> tuple[User, PaidPlay]:
    """A fan heard a song first; somebody else's later play paid the fan; the period is settled."""
    fan, track = a_listener(), a_track(title="Salt on the Wire")
    heard(fan, track, house.at)
    house.pass_time(60)
    house.accrue()
    heard(a_listener(), track, house.at)
    house.pass_time(60)
    house.accrue()
    house.settle()
    return fan, PaidPlay.objects.get(listener=fan.party)


def test_a_settled_receipt_shows_the_proof_and_how_to_check_it(
    client: Client, house: House
) -> None:
    _, play = settled_play(house)
    shown = page(client, f"/receipts/{play.pk}")
    assert "One play, settled" in shown
    assert 'class="merkle"' in shown
    assert f"period-1.zip --rpc $CHAIN_RPC_URL --play receipt-{play.pk}.json" in shown
    assert 'href="/periods/1/bundle.zip"' in shown
    assert "Not everybody has claimed yet" in shown
    document = client.get(f"/receipts/{play.pk}.json").json()
    assert document["root"] in shown
    with closing(client.get("/periods/1/bundle.zip")) as bundle:
        assert bundle.status_code == 200


def test_a_receipt_leads_to_every_posting_of_its_play(client: Client, house: House) -> None:
    fan, play = settled_play(house)
    house.claim(play.terms.payees.get().party)
    receipt = f"/receipts/{play.pk}"
    assert f'href="{receipt}/postings"' in page(client, receipt)
    shown = page(client, f"{receipt}/postings")
    steps = ["w/1/1/0", "u/1/1/0", "p/1/0", "a/1/0"]
    assert [shown.index(step) for step in steps] == sorted(shown.index(step) for step in steps)
    assert "Claimed from the vault" in shown
    assert "In the vault, to be claimed" in shown
    assert "0 fans" not in shown
    assert fan.name not in shown
    assert client.get("/receipts/999/postings").status_code == 404


def test_a_play_not_posted_yet_says_when_it_will_be(client: Client) -> None:
    heard(a_listener(), a_track())
    assert "not posted yet" in page(client, f"/receipts/{PaidPlay.objects.get().pk}/postings")


def test_what_came_back_is_claimed_and_moved_to_the_balance(client: Client, house: House) -> None:
    fan, _ = settled_play(house)
    earned = statements.payouts(fan.party).settled
    assert earned > 0
    client.force_login(fan)
    assert "Claim <span" in page(client, "/wallet")
    client.post("/wallet/claim")
    moving = page(client, "/wallet?part=moving")
    assert "Being claimed" in moving
    assert 'hx-trigger="every 5s"' in moving
    assert "<html" not in moving
    house.work()
    moving = page(client, "/wallet?part=moving")
    assert "to your balance" in moving
    assert 'hx-trigger="every 15s"' in moving
    before = purses.available(fan.party)
    client.post("/wallet/spend")
    assert purses.available(fan.party) == before + earned
    client.post("/wallet/spend")
    assert purses.available(fan.party) == before + earned
    assert "Nothing to claim yet" in page(client, "/wallet")


def test_before_anything_came_back_a_sentence_says_how_it_does(client: Client) -> None:
    client.force_login(a_listener())
    told = page(client, "/wallet")
    assert "your part of the price comes back here" in told
    assert 'id="claim"' not in told
    assert "0 paid plays" not in told
    assert "Paid for 0 plays" not in page(client, "/portfolio")


def test_claiming_with_nothing_settled_says_so(client: Client, house: House) -> None:
    client.force_login(a_listener())
    answer = client.post("/wallet/claim", follow=True)
    assert "nothing settled to claim" in answer.content.decode()


def test_the_portfolio_shows_units_and_what_they_brought(
    client: Client, house: House, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    fan, _ = settled_play(house)
    held = statements.portfolio(fan.party)[0]
    client.force_login(fan)
    with django_assert_max_num_queries(25):
        shown = page(client, "/portfolio")
    assert "1 song you heard, and now own a little of." in shown
    assert f"<b>{held.units:,}</b>" in shown
    assert "Nothing has come back in the last 14 days" in shown  # the story is an old one
    assert "0 songs" not in shown
    for order in ("units", "thousand", "newest", "today", "nonsense"):
        assert "Salt on the Wire" in page(client, f"/portfolio?by={order}")


def test_the_portfolio_of_a_newcomer_teaches_the_next_step(client: Client) -> None:
    client.force_login(a_listener())
    shown = page(client, "/portfolio")
    assert "You own no part of a song yet" in shown
    assert 'href="/songs"' in shown


def test_the_portfolio_as_a_file_is_exact_and_no_formula(client: Client, house: House) -> None:
    fan, track = a_listener(), a_track(title="=cmd()")
    heard(fan, track, house.at)
    house.pass_time(60)
    house.accrue()
    client.force_login(fan)
    lines = client.get("/portfolio.csv").content.decode().splitlines()
    held = statements.portfolio(fan.party)[0]
    assert lines[0].startswith("track,artist,units,plays,paid_micros")
    assert lines[1].startswith("'=cmd(),")
    assert f",{held.units},1,6000," in lines[1]


@pytest.mark.parametrize("url", ["/wallet", "/portfolio", "/portfolio.csv", "/receipts.csv"])
def test_visitors_are_asked_to_sign_in(client: Client, url: str) -> None:
    assert client.get(url).headers["Location"].startswith("/login")
