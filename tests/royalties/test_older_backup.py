"""A database restored from before what its keys did: nothing is paid twice, and it says so."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from pytest_django import Settings

from royalties import chain_checks, deployments, keys, leaving, ledger, settlement, withdrawals
from royalties.chain import follow
from royalties.models import Account, Deployment, Period, UnitWithdrawal, Withdrawal
from tests.royalties.house import House
from tests.royalties.linking import KEYS, address_of, linked
from tests.royalties.stories import Story, one_more, two_tracks

OWN = address_of(KEYS[0])


@pytest.fixture
def house(house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    """Its deployment knows where each key stood, and commands find its chain."""
    monkeypatch.setattr(deployments, "connect", lambda: house.chain)
    lanes = {lane: house.chain.nonce(keys.role(lane).address) for lane in deployments.LANES}
    Deployment.objects.update(first_nonces=lanes)
    return house


@pytest.fixture
def story(house: House, settings: Settings) -> Story:
    """A settled period, whose artist has claimed and has a wallet, as the fan has."""
    settings.UNITS_COOL_OFF = timedelta(0)
    story = two_tracks(house)
    house.settle()
    house.claim(story.artist)
    linked(story.artist, house.at)
    return story


@contextmanager
def lost() -> Iterator[None]:
    """What is done within stays on the chain, and the database forgets it."""
    backup = transaction.savepoint()
    yield
    transaction.savepoint_rollback(backup)


def alarms(house: House) -> list[str]:
    return [alarm.name for alarm in settlement.alarms(house.at)]


def broken(house: House) -> list[str]:
    return [one.detail for one in chain_checks.check(house.at, house.chain) if not one.ok]


def sent_by(house: House, role: str) -> int:
    return house.chain.nonce(keys.role(role).address)


def test_no_root_is_published_on_one_that_the_database_does_not_know(
    house: House, story: Story
) -> None:
    with lost():
        one_more(house, story)
        assert house.settle().epoch == 2
    sent = sent_by(house, "publisher")
    one_more(house, story)
    house.close()
    house.work()
    assert sent_by(house, "publisher") == sent
    assert alarms(house) == ["root", "outbox"]
    (_, outbox) = settlement.alarms(house.at)
    assert "publish/2 is planned: the chain stands at epoch 2, which is not" in outbox.sentence


def test_a_root_that_was_planned_and_is_on_the_chain_is_the_periods(
    house: House, story: Story
) -> None:
    one_more(house, story)
    period = house.close()
    with lost():
        house.work()
    house.work()
    house.pass_time(60)
    house.work()
    period.refresh_from_db()
    assert (period.state, period.epoch) == (Period.State.ACTIVE, 2)
    assert (alarms(house), broken(house)) == ([], [])


def test_a_withdrawal_that_was_paid_is_not_paid_another_time(house: House, story: Story) -> None:
    withdrawals.request(story.artist, 1_000, "first", house.at)
    withdrawals.plan(house.at)
    with lost():
        house.work()
        assert house.token.balance_of(OWN) == 1_000
    house.work()
    assert Withdrawal.objects.get().state == Withdrawal.State.PAID
    assert house.token.balance_of(OWN) == 1_000
    assert (alarms(house), broken(house)) == ([], [])


def test_a_lane_signs_again_once_an_operator_has_taken_over_what_its_key_sent(
    house: House, story: Story
) -> None:
    with lost():
        withdrawals.request(story.artist, 1_000, "forgotten", house.at)
        house.work()
    withdrawals.request(story.artist, 400, "second", house.at)
    house.work()
    assert (house.token.balance_of(OWN), sent_by(house, "custody")) == (1_000, 1)
    assert alarms(house) == ["outbox", "custody"]
    assert "the custody's key sent what" in settlement.alarms(house.at)[0].sentence
    call_command("take_over_nonces", "custody")
    house.work()
    assert (house.token.balance_of(OWN), sent_by(house, "custody")) == (1_400, 2)
    assert alarms(house) == ["custody"]  # for what nobody here asked for
    assert broken(house) == []


def test_a_payees_next_order_comes_after_those_that_the_database_forgot(
    house: House, story: Story
) -> None:
    with lost():
        house.claim(story.writer)
        assert house.vault.nonce(story.writer.address) == 1
    house.work()
    first = ledger.balance(Account.Kind.SPENDABLE, story.writer)
    call_command("take_over_nonces", "keeper")
    one_more(house, story)
    house.settle()
    house.claim(story.writer)
    assert house.vault.nonce(story.writer.address) == 2
    assert ledger.balance(Account.Kind.SPENDABLE, story.writer) > first > 0
    assert (alarms(house), broken(house)) == ([], [])


def test_units_that_moved_are_not_moved_another_time(house: House, story: Story) -> None:
    linked(story.fan, house.at, KEYS[1])
    leaving.request(story.fan, story.song, 1_000, "first", house.at)
    one_more(house, story)
    house.close()
    house.work()
    house.pass_time(60)
    follow(house.at, house.chain)
    leaving.plan(house.at)
    with lost():
        house.work()
        assert UnitWithdrawal.objects.get().state == UnitWithdrawal.State.MOVED
    house.work()
    assert UnitWithdrawal.objects.get().state == UnitWithdrawal.State.MOVED
    track = bytes.fromhex(story.song.chain_id[2:])
    assert house.vault.units(track, address_of(KEYS[1])) == 1_000
    assert (alarms(house), broken(house)) == ([], [])


def test_nothing_is_taken_over_on_another_chain(house: House) -> None:
    Deployment.objects.update(chain_id=5)
    with pytest.raises(CommandError, match="Nothing was changed"):
        call_command("take_over_nonces", "keeper")
