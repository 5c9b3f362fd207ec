"""Claims are planned once an active root, and bring everyone theirs."""

from datetime import timedelta

import pytest

from contracts import client
from royalties import (
    chain_checks,
    claims,
    deals,
    invariants,
    keys,
    ledger,
    nonces,
    orders,
    outbox,
    statements,
)
from royalties.errors import DealError, WalletRefused
from royalties.models import Account, OutboxTransaction
from tests.royalties.builders import a_party
from tests.royalties.house import House, send
from tests.royalties.linking import KEYS, address_of, linked
from tests.royalties.stories import one_more, two_tracks

Kind = Account.Kind


def kinds() -> list[str]:
    return [
        *OutboxTransaction.objects.filter(lane="keeper")
        .order_by("id")
        .values_list("kind", flat=True)
    ]


def test_nothing_is_planned_before_a_root_is_active(house: House) -> None:
    story = two_tracks(house)
    house.close()
    house.work()
    assert claims.request(story.artist, house.at) == 0
    assert claims.claimable(story.artist) == claims.Claimable(0, on_its_way=False)


def test_a_request_registers_syncs_and_claims_once(house: House) -> None:
    story = two_tracks(house)
    house.settle()
    settled = ledger.balance(Kind.SETTLED, story.writer)
    assert claims.claimable(story.writer) == claims.Claimable(settled, on_its_way=False)
    assert claims.request(story.writer, house.at) == 3
    assert claims.request(story.writer, house.at) == 0
    assert kinds() == ["register", "sync", "claim"]
    assert claims.claimable(story.writer).on_its_way
    house.work()
    assert claims.claimable(story.writer) == claims.Claimable(0, on_its_way=False)
    assert ledger.balance(Kind.SPENDABLE, story.writer) == settled == 25_123 // 5


def test_two_parties_share_registration_and_sync(house: House) -> None:
    story = two_tracks(house)
    house.settle()
    claims.request(story.writer, house.at)
    # the artist's other track, its own claim, and custody's for the units it holds
    assert claims.request(story.artist, house.at) == 4
    house.work()
    assert {*OutboxTransaction.objects.values_list("state", flat=True)} == {"final"}


def test_custodys_claim_pays_every_holder_of_the_track(house: House) -> None:
    story = two_tracks(house)
    house.settle()
    one_more(house, story)
    house.settle()
    before = ledger.balance(Kind.SETTLED, story.fan)
    house.claim(story.artist)  # who holds units of both tracks as their issuer
    assert ledger.balance(Kind.SETTLED, story.fan) == 0
    assert ledger.balance(Kind.SPENDABLE, story.fan) == before > 10


def test_a_later_period_is_synced_and_claimed_anew_but_not_registered(house: House) -> None:
    story = two_tracks(house)
    house.settle()
    house.claim(story.writer)
    one_more(house, story)
    house.settle()
    house.claim(story.writer)
    assert kinds() == ["register", "sync", "claim", "sync", "claim"]
    assert ledger.balance(Kind.SPENDABLE, story.writer) == 31_790 // 5


def test_what_a_payee_under_a_deal_receives_is_divided(house: House) -> None:
    story = two_tracks(house)
    label = a_party("label")
    deal = deals.invite(label, story.writer, 2_000, 3_000, house.at.date(), house.at)
    deals.accept(deal, house.at)
    house.settle()
    house.claim(story.writer)
    # 5,024 received: 1,004 the label's part, 3,000 recoup its advance, the rest the writer's
    assert ledger.balance(Kind.SPENDABLE, label) == 4_004
    assert ledger.balance(Kind.SPENDABLE, story.writer) == 1_020


def test_an_outsiders_claim_for_a_payee_arrives_all_the_same(house: House) -> None:
    from contracts.client import claim
    from tests.royalties.house import send

    story = two_tracks(house)
    house.settle()
    house.claim(story.writer)  # registers and syncs the song
    track = bytes.fromhex(story.song.chain_id[2:])
    send(house.chain, "admin", claim(house.deployment.vault, track, story.artist.address))
    house.work()
    assert ledger.balance(Kind.SPENDABLE, story.artist) == 25_123 * 4_500 // 10_000


def test_a_payees_money_comes_to_custody_by_an_order_of_its_own_key(house: House) -> None:
    story = two_tracks(house)
    house.settle()
    house.claim(story.writer)
    assert house.token.balance_of(story.writer.address) == 0
    assert -ledger.balance(Kind.CUSTODY_FLOAT) == house.token.balance_of(house.deployment.custody)
    assert ledger.balance(Kind.CUSTODY_FLOAT, story.writer) == 0
    assert house.vault.nonce(story.writer.address) == 1
    one_more(house, story)
    house.settle()
    house.claim(story.writer)
    assert house.vault.nonce(story.writer.address) == 2
    assert ledger.balance(Kind.SPENDABLE, story.writer) == 31_790 // 5


def test_an_order_that_was_refused_holds_up_none_after_it(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = two_tracks(house)
    house.settle()
    with monkeypatch.context() as patch:
        patch.setattr(orders, "GOOD_FOR", timedelta(days=-1))
        house.claim(story.writer)
    assert OutboxTransaction.objects.get(kind="claim").state == "reverted"
    house.claim(story.writer)
    assert ledger.balance(Kind.SPENDABLE, story.writer) == 25_123 // 5


def test_money_claimed_by_a_stranger_lies_under_the_payees_address(house: House) -> None:
    story = two_tracks(house)
    house.settle()
    house.claim(story.artist)
    track = bytes.fromhex(story.song.chain_id[2:])
    send(house.chain, "admin", client.claim(house.deployment.vault, track, story.writer.address))
    house.work()
    assert ledger.balance(Kind.SPENDABLE, story.writer) == 25_123 // 5
    assert -ledger.balance(Kind.CUSTODY_FLOAT, story.writer) == 25_123 // 5
    assert [one for one in chain_checks.check(house.at, house.chain) if not one.ok] == []


def test_a_payees_money_goes_straight_to_its_own_wallet(house: House) -> None:
    story = two_tracks(house)
    with pytest.raises(WalletRefused, match="Link a wallet"):
        claims.request(story.writer, house.at, straight=True)
    linked(story.writer, house.at)
    house.settle()
    claims.request(story.writer, house.at, straight=True)
    house.work()
    assert house.token.balance_of(address_of(KEYS[0])) == 25_123 // 5
    money = statements.payouts(story.writer)
    assert (money.settled, money.spendable, money.withdrawn) == (0, 0, 25_123 // 5)
    assert [one for one in chain_checks.check(house.at, house.chain) if not one.ok] == []
    assert [one for one in invariants.ledger_checks() if not one.ok] == []


def test_under_a_deal_money_is_divided_before_it_can_leave(house: House) -> None:
    label, story = a_party("label"), two_tracks(house)
    linked(story.artist, house.at)
    deal = deals.invite(label, story.artist, 2_000, 0, house.at.date(), house.at)
    deals.accept(deal, house.at)
    with pytest.raises(WalletRefused, match="divided first"):
        claims.request(story.artist, house.at, straight=True)


def test_a_deal_waits_until_what_goes_straight_to_the_wallet_is_posted(house: House) -> None:
    label, story = a_party("label"), two_tracks(house)
    linked(story.writer, house.at)
    deal = deals.invite(label, story.writer, 5_000, 0, house.at.date(), house.at)
    house.settle()
    claims.request(story.writer, house.at, straight=True)
    with pytest.raises(DealError, match="on its way"):
        deals.accept(deal, house.at)
    outbox.send(house.at, house.chain)
    assert OutboxTransaction.objects.get(kind="claim").state == "final"
    with pytest.raises(DealError, match="on its way"):
        deals.accept(deal, house.at)
    house.work()
    deals.accept(deal, house.at)
    assert ledger.balance(Kind.SPENDABLE, story.writer) == 0
    assert ledger.balance(Kind.SPENDABLE, label) == 0


def test_a_claim_that_the_chain_lost_and_then_refused_is_planned_again_and_never_sent_twice(
    house: House,
) -> None:
    story = two_tracks(house)
    house.settle()
    house.claim(story.writer)
    row = OutboxTransaction.objects.get(kind="claim")
    assert claims.plan_again(house.at) == 0
    OutboxTransaction.objects.filter(pk=row.pk).update(state="reverted")
    assert [claims.plan_again(house.at) for _ in range(2)] == [1, 0]
    again = OutboxTransaction.objects.get(reference=f"{row.reference}/again")
    assert (again.account, again.slots, again.state) == (row.account, row.slots, "planned")
    # the same order: of its account and tracks, with its nonce, to custody; signed anew
    old, new = bytes(row.data), bytes(again.data)
    words = [slice(4 + 32 * n, 36 + 32 * n) for n in range(2)]
    assert [new[word] for word in words] == [old[word] for word in words]
    assert len(new) == len(old)
    # a chain that then loses the refusal too must not take both
    OutboxTransaction.objects.filter(pk=row.pk).update(nonce=99)
    nonces.rewind("keeper", house.chain, keys.role("keeper").address)
    row.refresh_from_db()
    assert (row.kind, row.state, bytes(row.data)) == ("fill", "planned", b"")
    again.refresh_from_db()
    assert again.kind == "claim"
