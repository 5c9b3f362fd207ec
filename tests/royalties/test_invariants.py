"""Every rule holds for a house at work, and each names the one violation planted against it."""

from collections.abc import Callable
from datetime import timedelta

from django.db import connection
from pytest_django import DjangoAssertNumQueries

from royalties import chargebacks, invariants, ledger, parties, purses, withdrawals
from royalties.invariants import RULES, ledger_checks
from royalties.models import Account, TopUp
from tests.royalties.builders import NOON, a_listener, a_play, hold, rolled_back
from tests.royalties.house import House
from tests.royalties.linking import linked
from tests.royalties.stories import Story, one_more, two_tracks

Kind = Account.Kind
FIRST_PLAY = "id = (SELECT min(id) FROM royalties_paidplay)"
FIRST_WINDOW = "id = (SELECT min(id) FROM royalties_trackwindow)"
PLANTED = {
    "every entry sums to zero in each asset": (
        "UPDATE royalties_posting SET amount = amount + 1"
        " WHERE id = (SELECT min(id) FROM royalties_posting)"
    ),
    "every purse equals its postings less plays not yet accrued": (
        "UPDATE royalties_purse SET available_micros = available_micros + 1"
    ),
    "what a purse holds is its open holds": (
        "UPDATE royalties_purse SET available_micros = available_micros - 1,"
        " held_micros = held_micros + 1 WHERE available_micros > 0"
    ),
    "what is on its way out is asked for and not ended": (
        "UPDATE royalties_withdrawal SET micros = micros + 1"
    ),
    "every window's plays are its revenue per track": (
        f"UPDATE royalties_trackwindow SET plays = plays + 1 WHERE {FIRST_WINDOW}"
    ),
    "every window's revenue is its postings": (
        "UPDATE royalties_entry SET reference = 'lost' WHERE reference = 'w/1/1/0'"
    ),
    "all that a window collects from listeners is its tracks'": (
        "UPDATE royalties_entry SET reference = 'w/1/9/listeners/all'"
        " WHERE reference = 'w/1/1/listeners/all'"
    ),
    "every play is one captured hold": (
        "UPDATE royalties_hold SET state = 'released' WHERE state = 'captured'"
    ),
    "a play is accrued whole or not at all": (
        f"UPDATE royalties_paidplay SET pseudonym = '' WHERE {FIRST_PLAY}"
    ),
    "the plays that wait are those in no window": "DELETE FROM royalties_waitingplay",
    "every window lies within its period": (
        "UPDATE royalties_window SET ends_at = ends_at + interval '1 day' WHERE period_id = 1"
    ),
    "every track has 1,000,000 units": "UPDATE royalties_holding SET units = units + 1",
    "everybody holds what moved to them": (
        "UPDATE royalties_unitmove SET units = units + 1 WHERE kind = 'emission'"
    ),
    "units earned by listening are the moves', and within the cap": (
        "UPDATE royalties_holding SET listened_units = listened_units + 1"
    ),
    "no more units are emitted than reserved": (
        "UPDATE royalties_terms SET reserved_units = 1, listener_cap_units = 1"
    ),
    "a window's units are its plays' and its moves'": (
        f"UPDATE royalties_paidplay SET units = units + 1 WHERE {FIRST_PLAY}"
    ),
    "holders together are owed the whole pool": (
        "UPDATE royalties_holding SET unit_micros = unit_micros + 1"
    ),
    "nobody carries a whole micro": (
        "SET CONSTRAINTS ALL IMMEDIATE;"
        "ALTER TABLE royalties_holding DROP CONSTRAINT carried_below_one;"
        "UPDATE royalties_holding SET carried = 10000000000"
    ),
    "the parts of every track add up to 100 %": "UPDATE royalties_payee SET bps = bps + 1",
    "cumulative revenue and units are the sums of their windows": (
        f"UPDATE royalties_trackwindow SET cumulative_units = 0 WHERE {FIRST_WINDOW}"
    ),
    "what a period owes is what its close posted": (
        "UPDATE royalties_entitlement SET amount_micros = amount_micros + 1 WHERE role = 'holder'"
    ),
    "payees are owed the floor of their part, to the micro": (
        "UPDATE royalties_entitlement SET amount_micros = amount_micros + 1 WHERE role = 'payee'"
    ),
    "no window gives back more than it shared": (
        "UPDATE royalties_takenback SET micros = micros + 1000000"
    ),
    "revenue makes an earlier period good before it is shared": (
        "UPDATE royalties_trackwindow SET receivable_micros = receivable_micros + 1"
    ),
    "units returned are the reversals' and the moves'": (
        "UPDATE royalties_trackwindow SET units_returned = units_returned + 1"
    ),
    "a top-up charged back has left the bank, once": (
        "UPDATE royalties_topup SET charged_back_at = NULL, reason = '', reserve_micros = 0"
    ),
    "a reversal is posted whole, and so is its release": (
        "UPDATE royalties_reversal SET window_id = NULL"
    ),
    "plays stay frozen until their hold is decided": (
        "UPDATE royalties_fraudhold SET decided_at = at, outcome = 'released', decision = 'x'"
    ),
    "what a period gives of it other tracks get": (
        "INSERT INTO royalties_forfeit"
        " (period_id, terms_id, opened_micros, added_micros, given_micros)"
        " SELECT 1, id, 1, 0, 1 FROM royalties_terms"
    ),
    "no play that was due is left behind": (
        "UPDATE royalties_paidplay SET accrues_at = accrues_at - interval '1 hour'"
        " WHERE window_id IS NULL"
    ),
}


def moved(source: Account, target: Account, amount: int) -> None:
    """An entry that is sound by itself and should never have been made."""
    ledger.post("planted", "test", NOON, [(source, -amount), (target, amount)])


MOVED: dict[str, Callable[[Story], None]] = {
    "nothing that is owed is below nothing": lambda story: moved(
        ledger.account(Kind.SPENDABLE, story.artist), ledger.account(Kind.SUSPENSE), 10**9
    ),
    "units in the house and in wallets are what the ledger says": lambda story: moved(
        ledger.account(Kind.UNITS, terms=story.song),
        ledger.account(Kind.UNITS, parties.outside(), story.song),
        1,
    ),
    "accrued money is the part of revenue that no period has closed over": lambda story: moved(
        ledger.account(Kind.ACCRUED, story.artist), ledger.account(Kind.SUSPENSE), 1
    ),
    "every pool holds what its holders have not been paid": lambda story: moved(
        ledger.account(Kind.POOL, terms=story.song), ledger.account(Kind.SUSPENSE), 1
    ),
    "what is forfeited was given, or waits": lambda story: moved(
        ledger.account(Kind.FORFEITED, terms=story.song), ledger.account(Kind.SUSPENSE), -1
    ),
    "what is frozen is what the ledger holds": lambda story: moved(
        ledger.account(Kind.HELD, terms=story.song), ledger.account(Kind.SUSPENSE), 1
    ),
    "what is to be earned again is what the ledger says": lambda story: moved(
        ledger.account(Kind.RECEIVABLE, terms=story.other), ledger.account(Kind.SUSPENSE), 1
    ),
}


def at_work(house: House) -> Story:
    """Two closed periods, one of them claimed, an open one, a play waiting and one being heard.

    Under a fraud hold: a play of the first period, and one of the open one.
    """
    story = two_tracks(house)
    house.settle()
    house.claim(story.artist)
    one_more(house, story)
    house.close()
    one_more(house, story)
    house.accrue()
    bad = one_more(house, story)
    house.accrue()
    hold([bad, story.plays[3]], "bot", house.at)
    card = a_listener("card holder", 0)
    purses.deposit(card, 9_000, "card", house.at, house.at + timedelta(days=60))
    a_play(story.song, card, house.at)
    chargebacks.charge_back(TopUp.objects.get(), "stolen card", house.at)
    house.pass_time(1)
    a_play(story.song, story.listener, house.at)
    linked(story.artist, house.at)
    withdrawals.request(story.artist, 5, "first", house.at)
    purses.place_hold(story.listener, 5_000, story.song.pk, house.at)
    return story


def broken() -> dict[str, str]:
    return {check.name: check.detail for check in ledger_checks() if not check.ok}


def test_every_rule_holds_for_a_house_at_work(
    house: House, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    at_work(house)
    assert broken() == {}
    with django_assert_max_num_queries(len(RULES) + len(invariants._joined) + 2):
        ledger_checks()


def test_every_rule_has_a_violation_planted_against_it() -> None:
    assert {rule.name for rule in RULES} == PLANTED.keys() | MOVED.keys()


def test_each_change_behind_the_databases_back_is_named(house: House) -> None:
    at_work(house)
    unseen = []
    for name, change in PLANTED.items():
        with rolled_back(), connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(change)
            if not broken().get(name):
                unseen.append(name)
    assert unseen == []


def test_each_entry_that_should_not_be_is_named_alone(house: House) -> None:
    story = at_work(house)
    for name, plant in MOVED.items():
        with rolled_back():
            plant(story)
            assert list(broken()) == [name]


def test_a_detail_names_the_row_and_how_many_more_there_are(house: House) -> None:
    at_work(house)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE royalties_hold SET amount_micros = amount_micros + 1")
    detail = broken()["every play is one captured hold"]
    assert detail.startswith("play ")
    assert detail.endswith("; and 6 more")
