"""Money withdrawn to a wallet of one's own: reserved at once, then paid once or given back."""

from typing import cast

import pytest
from django.db import IntegrityError, transaction
from pytest_django import Settings

from contracts import client, codec, node
from contracts.fake import FakeChain
from royalties import chain_checks, invariants, ledger, settlement, statements, wallets, withdrawals
from royalties.errors import InsufficientFunds, ReferenceTaken, WalletRefused
from royalties.models import Account, Entry, OutboxTransaction, Party, Withdrawal
from tests.royalties.builders import a_listener
from tests.royalties.house import House, send, send_from
from tests.royalties.linking import KEYS, address_of, linked
from tests.royalties.stories import two_tracks

Kind = Account.Kind
OWN = address_of(KEYS[0])


@pytest.fixture
def artist(house: House) -> Party:
    """Somebody with a linked wallet and claimed money."""
    story = two_tracks(house)
    house.settle()
    house.claim(story.artist)
    linked(story.artist, house.at)
    return story.artist


def stations(party: Party) -> tuple[int, int, int]:
    money = statements.payouts(party)
    return money.spendable, money.withdrawing, money.withdrawn


def broken(house: House) -> list[str]:
    ledgers = [(one.name, one.detail) for one in invariants.ledger_checks() if not one.ok]
    found = chain_checks.check(house.at, house.chain)
    chains = [(one.name, one.detail) for one in found if not one.ok]
    return [f"{name}: {detail}" for name, detail in [*ledgers, *chains]]


def test_it_is_reserved_when_asked_for_and_posted_as_paid_when_final(
    house: House, artist: Party
) -> None:
    had = ledger.balance(Kind.SPENDABLE, artist)
    made = withdrawals.request(artist, 1_000, "first", house.at)
    assert stations(artist) == (had - 1_000, 1_000, 0)
    assert broken(house) == []
    house.work()
    made.refresh_from_db()
    assert made.state == Withdrawal.State.PAID
    assert stations(artist) == (had - 1_000, 0, 1_000)
    assert house.token.balance_of(OWN) == 1_000
    assert Entry.objects.get(kind="withdrawal paid").reference.startswith(made.tx_hash)
    assert broken(house) == []


def test_the_same_request_twice_is_one(house: House, artist: Party) -> None:
    first = withdrawals.request(artist, 1_000, "first", house.at)
    assert withdrawals.request(artist, 1_000, "first", house.at) == first
    with pytest.raises(ReferenceTaken):
        withdrawals.request(artist, 999, "first", house.at)
    house.work()
    assert withdrawals.request(artist, 1_000, "first", house.at) == first
    house.work()
    assert house.token.balance_of(OWN) == 1_000


def test_no_more_than_is_spendable_and_nothing_of_a_top_up(house: House, artist: Party) -> None:
    had = ledger.balance(Kind.SPENDABLE, artist)
    with pytest.raises(InsufficientFunds):
        withdrawals.request(artist, had + 1, "first", house.at)
    topped_up = a_listener(micros=5_000_000)
    linked(topped_up, house.at, KEYS[1])
    with pytest.raises(InsufficientFunds):
        withdrawals.request(topped_up, 1, "first", house.at)
    assert not Withdrawal.objects.exists()


def test_it_needs_a_wallet_in_use(house: House, artist: Party) -> None:
    wallets.unlink(artist, house.at)
    with pytest.raises(WalletRefused, match="Link a wallet"):
        withdrawals.request(artist, 1_000, "first", house.at)


def test_what_is_on_its_way_is_posted_by_nothing_but_the_chain(house: House, artist: Party) -> None:
    withdrawals.request(artist, 1_000, "first", house.at)
    cast(FakeChain, house.chain).offline = True
    house.work()
    assert stations(artist)[1:] == (1_000, 0)
    cast(FakeChain, house.chain).offline = False
    house.work()
    assert stations(artist)[1:] == (0, 1_000)


def test_a_refused_transfer_gives_the_money_back(
    house: House, artist: Party, monkeypatch: pytest.MonkeyPatch
) -> None:
    had = ledger.balance(Kind.SPENDABLE, artist)
    made = withdrawals.request(artist, 1_000, "first", house.at)
    with monkeypatch.context() as patch:
        zero = "0x" + "0" * 40  # which the token sends nothing to
        transfer = client.transfer
        patch.setattr(client, "transfer", lambda token, _, micros: transfer(token, zero, micros))
        house.work()
    made.refresh_from_db()
    assert (made.state, "receiver is zero" in made.why_released) == ("released", True)
    assert stations(artist) == (had, 0, 0)
    assert broken(house) == []


def test_what_was_refused_and_given_back_is_not_sent_again_by_a_chain_that_lost_the_refusal(
    house: House, artist: Party
) -> None:
    withdrawals.request(artist, 1_000, "first", house.at)
    withdrawals.plan(house.at)
    row = OutboxTransaction.objects.filter(kind="withdraw")
    row.update(state="reverted", nonce=0, error="refused")
    withdrawals.plan(house.at)
    assert Withdrawal.objects.get().state == Withdrawal.State.RELEASED
    house.work()
    filled = OutboxTransaction.objects.get(withdrawal__isnull=False)
    assert (filled.kind, filled.state) == ("fill", "final")
    assert house.token.balance_of(OWN) == 0


def test_a_wallet_that_is_no_longer_in_use_is_not_sent_to(house: House, artist: Party) -> None:
    had = ledger.balance(Kind.SPENDABLE, artist)
    withdrawals.request(artist, 1_000, "first", house.at)
    wallets.unlink(artist, house.at)
    house.work()
    assert stations(artist) == (had, 0, 0)
    assert house.token.balance_of(OWN) == 0


def test_custody_sends_no_more_than_its_days_limit(
    house: House, artist: Party, settings: Settings
) -> None:
    settings.CUSTODY_DAILY_MICROS = 1_500
    with pytest.raises(WalletRefused, match="At most"):
        withdrawals.request(artist, 1_501, "first", house.at)
    for key in ("first", "second"):
        withdrawals.request(artist, 1_000, key, house.at)
    house.work()
    assert house.token.balance_of(OWN) == 1_000
    assert [alarm.name for alarm in settlement.alarms(house.at)] == ["custody"]
    assert "limit of the day" in settlement.alarms(house.at)[0].sentence
    house.pass_time(86_400)
    house.work()
    assert house.token.balance_of(OWN) == 2_000
    assert settlement.alarms(house.at) == []


def test_what_is_above_a_limit_lowered_since_holds_up_nobody(
    house: House, artist: Party, settings: Settings
) -> None:
    above = withdrawals.request(artist, 1_000, "first", house.at)
    within = withdrawals.request(artist, 400, "second", house.at)
    settings.CUSTODY_DAILY_MICROS = 999
    had = ledger.balance(Kind.SPENDABLE, artist)
    house.work()
    above.refresh_from_db()
    within.refresh_from_db()
    assert (above.state, within.state) == (Withdrawal.State.RELEASED, Withdrawal.State.PAID)
    assert stations(artist) == (had + 1_000, 0, 400)
    assert broken(house) == []


def test_less_than_is_worth_its_gas_is_refused_and_stays(
    house: House, artist: Party, settings: Settings
) -> None:
    had = stations(artist)
    settings.WITHDRAWAL_LEAST_MICROS = 10_000
    with pytest.raises(WalletRefused, match=r"^At least \$0.01 can be sent at once.$"):
        withdrawals.request(artist, 9_999, "first", house.at)
    assert stations(artist) == had


def test_a_request_waits_until_custody_holds_enough(house: House) -> None:
    story = two_tracks(house)
    house.settle()
    track = bytes.fromhex(story.song.chain_id[2:])
    house.claim(story.artist)
    # a stranger's claim leaves the money under the writer's address
    send(house.chain, "admin", client.claim(house.vault.address, track, story.writer.address))
    house.work()
    linked(story.writer, house.at)
    drain = -ledger.balance(Kind.CUSTODY_FLOAT)
    linked(story.artist, house.at, KEYS[1])
    withdrawals.request(story.artist, drain - 999, "all but", house.at)
    withdrawals.request(story.writer, 1_000, "first", house.at)
    house.work()
    sentence = settlement.alarms(house.at)[0].sentence
    assert "does not hold enough, and $0.005024 that others claimed for payees lies" in sentence
    assert house.token.balance_of(OWN) == 0
    assert broken(house) == []
    send(house.chain, "publisher", client.transfer(house.token.address, custody(house), 1))
    house.work()
    assert house.token.balance_of(OWN) == 1_000
    assert ledger.balance(Kind.SUSPENSE) == 0
    assert broken(house) == []


def custody(house: House) -> str:
    return house.deployment.custody


def test_what_custody_sends_unasked_is_an_alarm_and_never_counted_as_a_withdrawal(
    house: House, artist: Party
) -> None:
    withdrawals.request(artist, 1_000, "first", house.at)
    send(house.chain, "custody", client.transfer(house.token.address, OWN, 1_000))
    house.work()
    assert stations(artist)[1:] == (0, 1_000)
    assert house.token.balance_of(OWN) == 2_000
    assert ledger.balance(Kind.SUSPENSE) == -1_000
    assert "nobody asked for" in settlement.alarms(house.at)[0].sentence


def test_money_that_strays_into_custody_is_kept_apart(house: House, artist: Party) -> None:
    send(house.chain, "admin", client.mint(house.token.address, custody(house), 77))
    house.work()
    assert ledger.balance(Kind.SUSPENSE) == 77
    found = chain_checks.look(house.at, house.chain)
    figure = next(one for one in found.figures if one.name == "in custody")
    assert figure.ledger == figure.chain


def test_what_strangers_send_to_the_house_breaks_nothing_and_raises_no_alarm(
    house: House, artist: Party
) -> None:
    withdrawals.request(artist, 1_000, "first", house.at)
    house.work()
    token, places = house.token.address, house.deployment
    node.fund(house.chain, OWN)
    for n, place in enumerate([places.custody, places.vault, places.publisher], 1):
        send_from(house.chain, KEYS[0], OWN, client.transfer(token, place, n))
        nothing = codec.encode_call("TestToken", token, "transferFrom", place, OWN, 0)
        send_from(house.chain, KEYS[0], OWN, nothing)
    house.work()
    assert ledger.balance(Kind.SUSPENSE) == 1 + 2 + 3
    assert settlement.alarms(house.at) == []
    assert broken(house) == []


def test_the_checks_name_a_withdrawal_that_the_ledger_does_not_know(
    house: House, artist: Party
) -> None:
    made = withdrawals.request(artist, 1_000, "first", house.at)
    Withdrawal.objects.filter(pk=made.pk).update(micros=999)
    assert [one for one in broken(house) if "asked for and not ended" in one]


def test_the_database_itself_holds_the_states(house: House, artist: Party) -> None:
    row = {"party": artist, "key": "a", "micros": 1, "address": OWN, "requested_at": house.at}
    wrong: list[dict[str, object]] = [
        {"micros": 0},
        {"address": "0x12"},
        {"state": "paid"},
        {"state": "paid", "ended_at": house.at},
        {"state": "released"},
        {"ended_at": house.at},
        {"why_released": "for nothing"},
    ]
    for changed in wrong:
        with pytest.raises(IntegrityError), transaction.atomic():
            Withdrawal.objects.create(**row | changed)
