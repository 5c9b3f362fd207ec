"""Settling what somebody set up to be odd: no pool, payees who listen and hold, two closers."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from threading import Event

import pytest
from django.db import connection, transaction

from royalties import accrual, deals, invariants, ledger, locks, purses, settlement, statements
from royalties.errors import InsufficientFunds
from royalties.models import Account, Deployment, Holding, Period, Terms
from royalties.verify.__main__ import main as verify
from tests.royalties.builders import NOON, a_listener, a_party, a_play, a_track, later
from tests.royalties.house import House


def broken() -> list[str]:
    return [f"{one.name}: {one.detail}" for one in invariants.ledger_checks() if not one.ok]


def played_and_settled(house: House, track: Terms, *listeners: object) -> None:
    for listener in listeners:
        a_play(track, listener, house.at)  # type: ignore[arg-type]
    house.pass_time(60)
    house.accrue()
    house.settle()


def test_a_track_without_a_pool_settles_like_any_other(house: House) -> None:
    artist, fan = a_party(), a_listener()
    track = a_track(artist, pool_bps=0)
    for _ in range(3):
        played_and_settled(house, track, fan)
        house.claim(artist)
    assert Holding.objects.get(terms=track, party=fan).units > 0
    assert ledger.balance(Account.Kind.SPENDABLE, artist) == 3 * 7_600
    assert statements.payouts(fan).settled == 0
    assert broken() == []
    assert verify([str(path) for path in house.bundles()]) == 0


def test_payees_who_listen_to_each_other_are_paid_exactly_once(house: House) -> None:
    one, two, label = a_listener("one"), a_listener("two"), a_party("label")
    first = a_track(one, [(one, 6_000), (two, 500)], micros_per_unit=1)
    second = a_track(two, [(two, 6_500)], micros_per_unit=1)
    deals.accept(deals.invite(label, two, 5_000, 1_000, NOON.date(), NOON), NOON)
    for _ in range(3):
        a_play(second, one, house.at)
        a_play(first, two, house.at)
        played_and_settled(house, first, one)
        for party in (one, two, label):
            house.claim(party)
    assert not Holding.objects.filter(terms=first, party=two).exists()  # a payee earns no units
    assert Holding.objects.get(terms=second, party=one).units > 0
    assert broken() == []
    assert verify([str(path) for path in house.bundles()]) == 0
    # a claim repeated brings nothing more, and nothing is spent twice
    had = ledger.balance(Account.Kind.SPENDABLE, two)
    house.claim(two)
    assert ledger.balance(Account.Kind.SPENDABLE, two) == had
    purses.spend_earnings(two, had, "once", house.at)
    with pytest.raises(InsufficientFunds):
        purses.spend_earnings(two, 1, "twice", house.at)


@contextmanager
def waiting_for_the_close(at: datetime) -> Iterator[None]:
    """Another worker found the period due, and waits while the body closes it."""
    asked, pool = Event(), ThreadPoolExecutor(1)

    def late() -> Period | None:
        try:
            asked.set()
            return settlement.close_due(at)
        except settlement.NothingToSettle:
            return None
        finally:
            connection.close()

    with transaction.atomic():
        locks.take(locks.Lock.CLOSE)
        other: Future[Period | None] = pool.submit(late)
        asked.wait(5)
        waited = Event()
        while not _somebody_waits():
            waited.wait(0.02)
        yield
    other.result(20)
    pool.shutdown()


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
        return bool(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
def test_a_second_worker_does_not_close_the_period_that_has_just_opened() -> None:
    Deployment.objects.create(
        **{"chain_id": 1, "token": "0x1", "vault": "0x2", "custody": "0x3", "publisher": "0x4"},
        token_code_hash="0x5",
        vault_code_hash="0x6",
        block_number=1,
        synced_block=1,
        synced_hash="0x7",
        first_block_hash="0x8",
        seen_at=NOON,
        deployed_at=NOON,
    )
    track, listener = a_track(), a_listener()
    a_play(track, listener)
    accrual.accrue(later(1))
    due = settlement.next_cutoff()
    assert due is not None
    with waiting_for_the_close(due):
        settlement.close(due)
        a_play(track, listener, due)
    assert list(Period.objects.order_by("number").values_list("state", flat=True)) == [
        Period.State.CLOSED,
        Period.State.OPEN,
    ]
    assert Period.objects.count() == 2
