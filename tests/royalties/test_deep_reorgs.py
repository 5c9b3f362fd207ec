"""What was final and vanished: claims and withdrawals are paid once all the same, posted once."""

from datetime import timedelta

import pytest
from django.test import override_settings
from pytest_django import Settings

from contracts import node
from royalties import chain_checks, invariants, ledger, orders, settlement, withdrawals
from royalties.models import Account, Entry, OutboxTransaction, Party, Withdrawal
from royalties.statements.postings import postings_of_withdrawal
from tests.royalties import house as houses
from tests.royalties.house import House
from tests.royalties.linking import KEYS, address_of, linked
from tests.royalties.stories import two_tracks

CONFIRMATIONS = 2
OWN = address_of(KEYS[0])
State = OutboxTransaction.State


@pytest.fixture
def house(house_on_a_node: House, settings: Settings) -> House:
    """What lies two blocks deep is final."""
    settings.CHAIN_CONFIRMATIONS = CONFIRMATIONS
    return house_on_a_node


@pytest.fixture
def artist(house: House) -> Party:
    """An artist whose withdrawal of 1,000 micros is final, on top of publication and claim."""
    story = two_tracks(house)
    house.close()
    buried(house)
    house.pass_time(2 * houses.DELAY_SECONDS)
    buried(house)
    house.claim(story.artist)
    buried(house)
    linked(story.artist, house.at)
    withdrawals.request(story.artist, 1_000, "first", house.at)
    buried(house)
    assert_paid_once(house, story.artist)
    return story.artist


def buried(house: House) -> None:
    for _ in range(2):
        house.work()
        node.mine(house.chain, CONFIRMATIONS)
    house.work()


def vanishes(house: House, kind: str) -> OutboxTransaction:
    """The chain reorganises from the block of the last transaction of that kind on."""
    row = OutboxTransaction.objects.filter(kind=kind).latest("pk")
    assert row.state == State.FINAL
    assert row.block_number is not None
    house.chain.rpc("anvil_reorg", house.chain.block().number - row.block_number + 1, [])
    assert house.chain.receipt(row.hash) is None
    return row


def assert_paid_once(house: House, artist: Party) -> None:
    """By the chain, by the ledger, and without a difference between the two."""
    assert house.token.balance_of(OWN) == 1_000
    paid, row = Withdrawal.objects.get(), OutboxTransaction.objects.filter(kind="withdraw").last()
    assert row is not None
    assert (paid.state, paid.tx_hash) == (Withdrawal.State.PAID, row.hash)
    posted = [entry.kind for entry in postings_of_withdrawal(paid)]
    assert posted == ["withdrawal", "withdrawal paid"]
    assert Entry.objects.filter(kind="withdrawal paid").count() == 1
    assert ledger.balance(Account.Kind.WITHDRAWING, artist) == 0
    assert settlement.alarms(house.at) == []
    with override_settings(CHAIN_CONFIRMATIONS=1):  # up to the last block
        chains = chain_checks.check(house.at, house.chain)
    assert [one for one in chains if not one.ok] == []
    assert [one for one in invariants.ledger_checks() if not one.ok] == []


def test_the_same_bytes_are_sent_again_and_what_pays_more_is_the_same_withdrawal(
    house: House, artist: Party, settings: Settings
) -> None:
    row = vanishes(house, "withdraw")
    buried(house)
    assert OutboxTransaction.objects.filter(kind="withdraw").latest("pk").hash == row.hash
    assert_paid_once(house, artist)
    vanishes(house, "withdraw")
    house.chain.rpc("evm_setAutomine", False)
    house.work()
    house.at += settings.CHAIN_BUMP_AFTER
    buried(house)
    row.refresh_from_db()
    assert (row.state, row.signed.count()) == (State.FINAL, 2)
    assert_paid_once(house, artist)


def test_one_that_the_chain_refuses_since_the_claim_vanished_too_is_paid_after_it(
    house: House, artist: Party
) -> None:
    vanishes(house, "publish")
    buried(house)
    assert house.token.balance_of(OWN) == 0
    assert OutboxTransaction.objects.get(kind="withdraw", state=State.REVERTED)
    house.pass_time(2 * houses.DELAY_SECONDS)
    buried(house)
    assert_paid_once(house, artist)


def test_claims_that_vanished_are_sent_again_as_they_were_and_posted_once(
    house: House, artist: Party
) -> None:
    books = booked(artist)
    claimed = [row.hash for row in OutboxTransaction.objects.filter(kind="claim").order_by("pk")]
    assert len(claimed) == 2  # as payee, and as the holder of what nobody has earned
    vanishes(house, "sync")
    buried(house)
    again = OutboxTransaction.objects.filter(kind="claim").order_by("pk")
    assert [(row.hash, row.state) for row in again] == [(hash, State.FINAL) for hash in claimed]
    assert booked(artist) == books
    assert_paid_once(house, artist)


def test_a_claim_that_vanished_and_whose_order_has_expired_is_paid_once_by_a_new_order(
    house: House, artist: Party
) -> None:
    books = booked(artist)
    vanishes(house, "sync")
    house.pass_time((orders.GOOD_FOR + timedelta(days=1)).total_seconds())
    buried(house)
    buried(house)
    claims = OutboxTransaction.objects.filter(kind="claim", account=artist.address).order_by("pk")
    assert [row.state for row in claims] == [State.REVERTED, State.FINAL]
    assert booked(artist) == books
    assert_paid_once(house, artist)


def booked(party: Party) -> tuple[int, ...]:
    """How many claims were posted, and what is left to claim and to spend of them."""
    posted = Entry.objects.filter(kind__in=["claim", "paid elsewhere"]).count()
    kinds = (Account.Kind.SETTLED, Account.Kind.SPENDABLE)
    return posted, *(ledger.balance(kind, party) for kind in kinds)
