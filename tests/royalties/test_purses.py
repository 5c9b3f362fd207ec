"""Purses as bookkeeping stories: money comes in, is held, and never goes below nothing."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import UUID, uuid4

import pytest
from django.db import connection

from royalties import ledger, purses
from royalties.errors import InsufficientFunds, ReferenceTaken
from royalties.models import Account, Entry, Hold, Posting
from tests.royalties.builders import NOON, a_listener, a_party, later

Kind = Account.Kind


@pytest.mark.django_db
def test_a_deposit_lies_in_the_bank_and_is_owed_to_the_listener() -> None:
    listener = a_listener(micros=5_000_000)
    assert purses.available(listener) == 5_000_000
    assert ledger.balance(Kind.LISTENER, listener) == 5_000_000
    assert ledger.balance(Kind.BANK) == -5_000_000


@pytest.mark.django_db
def test_the_same_deposit_twice_has_one_effect() -> None:
    listener = a_listener(micros=0)
    purses.deposit(listener, 1_000, "slip", NOON)
    purses.deposit(listener, 1_000, "slip", later(9))
    assert purses.available(listener) == 1_000
    assert Entry.objects.count() == 1


@pytest.mark.django_db
def test_a_reference_for_another_amount_or_party_is_refused() -> None:
    listener, other = a_listener(micros=0), a_listener(micros=0)
    purses.deposit(listener, 1_000, "slip", NOON)
    with pytest.raises(ReferenceTaken):
        purses.deposit(listener, 2_000, "slip", NOON)
    with pytest.raises(ReferenceTaken):
        purses.deposit(other, 1_000, "slip", NOON)
    assert (purses.available(listener), purses.available(other)) == (1_000, 0)


@pytest.mark.django_db
def test_a_hold_reserves_and_a_release_gives_back() -> None:
    listener, quote = a_listener(micros=10_000), uuid4()
    purses.place_hold(listener, 8_000, quote, NOON)
    assert (purses.available(listener), purses.held(listener)) == (2_000, 8_000)
    assert purses.release_hold(quote, later(3))
    assert (purses.available(listener), purses.held(listener)) == (10_000, 0)
    assert not purses.release_hold(quote, later(4))
    assert purses.available(listener) == 10_000


@pytest.mark.django_db
def test_the_same_hold_twice_reserves_once() -> None:
    listener, quote = a_listener(micros=10_000), uuid4()
    assert purses.place_hold(listener, 4_000, quote, NOON) == purses.place_hold(
        listener, 4_000, quote, later(1)
    )
    assert purses.held(listener) == 4_000
    with pytest.raises(ReferenceTaken):
        purses.place_hold(listener, 5_000, quote, NOON)


@pytest.mark.django_db
def test_too_little_money_writes_nothing() -> None:
    listener = a_listener(micros=7_999)
    with pytest.raises(InsufficientFunds) as refused:
        purses.place_hold(listener, 8_000, uuid4(), NOON)
    assert (refused.value.available, refused.value.needed) == (7_999, 8_000)
    assert not Hold.objects.exists()
    assert purses.available(listener) == 7_999


@pytest.mark.django_db
def test_a_party_without_a_purse_has_nothing() -> None:
    party = a_party()
    assert purses.available(party) == 0
    with pytest.raises(InsufficientFunds):
        purses.place_hold(party, 1, uuid4(), NOON)


@pytest.mark.django_db
def test_releasing_an_unknown_hold_does_nothing() -> None:
    assert not purses.release_hold(uuid4(), NOON)


@pytest.mark.django_db
def test_claimed_earnings_can_be_spent_once_and_no_more_than_there_are() -> None:
    artist = a_party()
    lines = [
        (ledger.account(Kind.SPENDABLE, artist), 900),
        (ledger.account(Kind.CUSTODY_FLOAT), -900),
    ]
    ledger.post("claim", "claim", NOON, lines)
    purses.spend_earnings(artist, 600, "first", NOON)
    purses.spend_earnings(artist, 600, "first", later(1))
    assert purses.available(artist) == 600
    assert ledger.balance(Kind.SPENDABLE, artist) == 300
    with pytest.raises(InsufficientFunds):
        purses.spend_earnings(artist, 301, "second", NOON)


@pytest.mark.django_db(transaction=True)
def test_ten_holds_at_once_never_take_more_than_there_is() -> None:
    listener = a_listener(micros=10_000)

    def hold(reference: UUID) -> bool:
        return _in_thread(lambda: purses.place_hold(listener, 3_000, reference, NOON))

    with ThreadPoolExecutor(5) as threads:
        placed = list(threads.map(hold, [uuid4() for _ in range(10)]))
    assert sum(placed) == 3
    assert (purses.available(listener), purses.held(listener)) == (1_000, 9_000)


@pytest.mark.django_db(transaction=True)
def test_a_deposit_sent_five_times_at_once_arrives_once() -> None:
    listener = a_listener(micros=0)

    def deposit(_: int) -> bool:
        return _in_thread(lambda: purses.deposit(listener, 5_000, "webhook", NOON))

    with ThreadPoolExecutor(5) as threads:
        assert all(threads.map(deposit, range(5)))
    assert purses.available(listener) == 5_000
    assert Posting.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_of_32_clients_racing_for_the_last_cent_one_gets_it() -> None:
    fan = a_listener(micros=10_000)
    line = Barrier(32)

    def place(_: int) -> bool:
        line.wait()
        return _in_thread(lambda: purses.place_hold(fan, 10_000, uuid4(), NOON))

    with ThreadPoolExecutor(32) as threads:
        assert sum(threads.map(place, range(32))) == 1
    assert (purses.available(fan), purses.held(fan)) == (0, 10_000)
    assert Hold.objects.count() == 1


def _in_thread(do: Callable[[], object]) -> bool:
    """Do it on a connection of its own; whether the money sufficed."""
    try:
        do()
    except InsufficientFunds:
        return False
    else:
        return True
    finally:
        connection.close()
