"""Sent once, whatever dies in between; nothing is signed for a chain that is not ours."""

from datetime import timedelta
from typing import cast

import pytest
from django.conf import settings

from contracts.client import ChainUnavailable
from contracts.fake import FakeChain
from royalties import alarms, chain, keys, ledger, nonces, outbox, publications, settlement
from royalties.models import (
    Account,
    ChainEvent,
    Deployment,
    OutboxTransaction,
    Period,
    SignedTransaction,
)
from tests.royalties.builders import NOON
from tests.royalties.house import House, send
from tests.royalties.stories import one_more, two_tracks

State = OutboxTransaction.State


class Killed(BaseException):
    """The process dies here."""


def the_publication() -> OutboxTransaction:
    return OutboxTransaction.objects.get(reference="publish/1")


def raw_of(row: OutboxTransaction) -> bytes:
    return bytes(row.signed.get().raw)


def test_the_signed_bytes_are_stored_before_they_are_sent(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_tracks(house)
    house.close()
    stored = []

    def dies(raw: bytes) -> str:
        row = the_publication()
        stored.append((row.state, raw_of(row) == raw, row.nonce))
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(house.chain, "send_raw", dies)
        with pytest.raises(Killed):
            house.work()
    assert stored == [(State.SIGNED, True, 0)]
    raw = raw_of(the_publication())
    house.work()
    assert the_publication().state == State.FINAL
    assert raw_of(the_publication()) == raw
    assert house.vault.deposited() == 30_554


def test_dying_right_after_the_broadcast_sends_once(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_tracks(house)
    house.close()
    send_raw = house.chain.send_raw

    def sends_and_dies(raw: bytes) -> str:
        send_raw(raw)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(house.chain, "send_raw", sends_and_dies)
        with pytest.raises(Killed):
            house.work()
    house.work()
    assert the_publication().state == State.FINAL
    assert ChainEvent.objects.filter(name="Published").count() == 1
    assert house.chain.nonce(keys.role("publisher").address) == 1


def test_a_lane_is_left_to_the_process_that_leased_it_until_the_lease_ends(house: House) -> None:
    two_tracks(house)
    house.close()
    OutboxTransaction.objects.update(leased_until=house.at + settings.CHAIN_LEASE)
    assert outbox.send(house.at, house.chain) == 0
    house.at += settings.CHAIN_LEASE
    assert outbox.send(house.at, house.chain) > 0
    assert the_publication().state == State.FINAL
    assert the_publication().leased_until is None


def test_a_period_closed_while_the_chain_is_down_settles_once_when_it_is_back(
    house: House,
) -> None:
    fake = cast(FakeChain, house.chain)
    two_tracks(house)
    fake.offline = True
    house.close()
    house.work()
    assert the_publication().state == State.PLANNED
    house.at += timedelta(minutes=2)
    assert [alarm.name for alarm in settlement.alarms(house.at)] == ["chain"]
    fake.offline = False
    house.work()
    house.pass_time(31)
    house.work()
    assert Period.objects.get(number=1).state == Period.State.ACTIVE
    assert ChainEvent.objects.filter(name="Published").count() == 1
    assert settlement.alarms(house.at) == []


def test_the_chain_going_away_in_the_middle_loses_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_tracks(house)
    house.close()

    def unavailable(raw: bytes) -> str:
        raise ChainUnavailable("gone")

    with monkeypatch.context() as patch:
        patch.setattr(house.chain, "send_raw", unavailable)
        assert outbox.send(house.at, house.chain) == 0
    assert (the_publication().state, the_publication().leased_until) == (State.SIGNED, None)
    house.work()
    assert the_publication().state == State.FINAL


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"chain_id": 1}, "the node serves chain 31337, not 1"),
        ({"first_block_hash": "0x00"}, "deployed in another block"),
        ({"vault_code_hash": "0x00"}, "does not stand the vault that was deployed"),
    ],
)
def test_nothing_is_signed_for_another_chain(
    house: House, changed: dict[str, object], sentence: str
) -> None:
    two_tracks(house)
    house.close()
    Deployment.objects.update(**changed)
    house.work()
    assert the_publication().state == State.PLANNED
    assert not SignedTransaction.objects.exists()
    alarm = settlement.alarms(house.at)[0]
    assert (alarm.name, sentence in alarm.sentence) == ("chain", True)


def test_a_refused_claim_keeps_its_reason(house: House) -> None:
    story = two_tracks(house)
    house.settle()
    house.claim(story.artist)
    row = OutboxTransaction.objects.filter(kind="sync").get()
    OutboxTransaction.objects.create(
        lane="keeper",
        kind="sync",
        reference="sync/wrong",
        to=row.to,
        data=bytes(row.data)
        .replace((9).to_bytes(2), (10).to_bytes(2))
        .replace((25_123).to_bytes(32), (25_124).to_bytes(32)),
        created_at=house.at,
    )
    house.work()
    wrong = OutboxTransaction.objects.get(reference="sync/wrong")
    assert (wrong.state, wrong.nonce) == (State.REVERTED, None)
    assert wrong.error.startswith("Vault: ")
    assert any("sync/wrong" in alarm.sentence for alarm in settlement.alarms(house.at))


def test_a_refused_publication_is_an_alarm_until_a_later_one_is_on_the_chain(
    house: House,
) -> None:
    two_tracks(house)
    period = house.close()
    OutboxTransaction.objects.create(
        lane="publisher",
        kind="publish",
        reference="publish/refused",
        period=period,
        to="0x",
        data=b"",
        state=State.REVERTED,
        error="Vault: paused",
        created_at=house.at,
    )
    (alarm,) = settlement.alarms(house.at)
    assert alarm.sentence == "publish/refused is reverted: Vault: paused."
    house.work()
    period.refresh_from_db()
    assert period.state == Period.State.PUBLISHED
    assert settlement.alarms(house.at) == []


def test_a_vetoed_period_is_published_again_before_any_later_one(house: House) -> None:
    from contracts.client import veto

    story = two_tracks(house)
    first = house.close()
    house.work()
    send(house.chain, "guardian", veto(house.deployment.vault))
    house.work()
    one_more(house, story)
    house.close()
    house.work()
    first.refresh_from_db()
    assert first.state == Period.State.VETOED
    assert [alarm.name for alarm in settlement.alarms(house.at)] == ["veto"]
    assert OutboxTransaction.objects.filter(kind="publish").count() == 1
    publications.republish(first, house.at)
    for _ in range(2):
        house.work()
        house.pass_time(31)
    house.work()
    assert [*Period.objects.order_by("number").values_list("state", "epoch")][:2] == [
        ("active", 1),
        ("active", 2),
    ]
    assert -ledger.balance(Account.Kind.TREASURY) == 10**12 - house.vault.deposited()


def test_events_read_again_are_posted_once(house: House) -> None:
    story = two_tracks(house)
    house.settle()
    house.claim(story.artist)
    before = ledger.balance(Account.Kind.SPENDABLE, story.artist)
    Deployment.objects.update(synced_hash="0x00")
    assert chain.follow(house.at, house.chain) == 0
    assert ledger.balance(Account.Kind.SPENDABLE, story.artist) == before > 0


def a_row(kind: str, state: str, reference: str, **values: object) -> OutboxTransaction:
    return OutboxTransaction.objects.create(
        lane="keeper",
        kind=kind,
        state=state,
        reference=reference,
        data=b"",
        error="refused" if state == "reverted" else "",
        created_at=NOON,
        **values,
    )


@pytest.mark.django_db
def test_the_alarm_of_a_refused_claim_ends_when_a_later_one_got_it_done() -> None:
    a_row("claim", "reverted", "claim/1", account="0xA", slots=[1, 2])
    others = [("0xB", [1, 2]), ("0xA", [1])]  # of another account, of one of its songs alone
    for n, (account, slots) in enumerate(others):
        a_row("claim", "final", f"other/{n}", account=account, slots=slots)
        assert [row.reference for row in alarms.refused()] == ["claim/1"]
    a_row("claim", "final", "claim/1/1", account="0xA", slots=[2, 1, 3])
    assert not alarms.refused().exists()


@pytest.mark.django_db
def test_only_what_was_refused_is_cleared_and_an_older_chain_raises_it_anew(house: House) -> None:
    waits = a_row("claim", "planned", "claim/1")
    assert not alarms.clear(waits, NOON)
    refused = a_row("claim", "reverted", "claim/2", nonce=7)
    assert alarms.clear(refused, NOON)
    nonces.rewind("keeper", house.chain, keys.role("keeper").address)
    refused.refresh_from_db()
    assert (refused.state, refused.cleared_at) == (State.SIGNED, None)
