"""For each check of ledger against chain: it holds, and one planted violation is named."""

from typing import cast

import pytest

from contracts import client, node
from contracts.fake import FakeChain
from royalties import bundle, chain_checks, keys, ledger, settlement
from royalties.models import Account, ChainEvent, Entitlement, OutboxTransaction, Period
from royalties.verify.checks import Check
from tests.royalties.house import House, bundle_path, send, send_from
from tests.royalties.stories import Story, one_more, two_tracks

Kind = Account.Kind


@pytest.fixture
def story(house: House) -> Story:
    """One period claimed by the artist, a second one pending."""
    told = two_tracks(house)
    house.settle()
    house.claim(told.artist)
    one_more(house, told)
    house.close()
    house.work()
    return told


def failed(house: House) -> list[Check]:
    return [check for check in chain_checks.check(house.at, house.chain) if not check.ok]


def the_failure(house: House) -> tuple[str, str]:
    (check,) = failed(house)
    return check.name, check.detail


def test_all_holds_in_every_state(house: House) -> None:
    assert failed(house) == []
    story = two_tracks(house)
    house.close()
    assert failed(house) == []
    house.work()
    assert failed(house) == []
    house.pass_time(31)
    assert failed(house) == []
    for party in (story.writer, story.artist, story.fan):
        house.claim(party)
        assert failed(house) == []


def test_what_is_on_its_way_is_listed_with_its_age_and_not_failed(
    house: House, story: Story
) -> None:
    one_more(house, story)
    house.close()
    house.work()
    house.pass_time(7)
    (waiting,) = chain_checks.in_flight(house.at)
    assert waiting == Check("in flight: period 3", True, "closed for 7 s, not published yet")
    assert failed(house) == []


def test_money_in_the_vault_that_the_ledger_lost(house: House, story: Story) -> None:
    deposited, stray = ledger.account(Kind.VAULT_DEPOSITED), ledger.account(Kind.SUSPENSE)
    ledger.post("lost", "stray", house.at, [(deposited, 5), (stray, -5)])
    lying = house.token.balance_of(house.deployment.vault)
    assert the_failure(house) == (
        "deposits",
        f"the vault holds {lying} micros, the ledger says {lying - 5}",
    )


def test_a_deposit_posted_twice(house: House, story: Story) -> None:
    treasury, deposited = ledger.account(Kind.TREASURY), ledger.account(Kind.VAULT_DEPOSITED)
    ledger.post("again", "deposit", house.at, [(treasury, 9), (deposited, -9)])
    assert {check.name for check in failed(house)} == {"deposits"}
    assert "the vault took in 37221 micros, the ledger posted 37230" in failed(house)[0].detail


def test_tokens_that_left_the_treasury_unposted(house: House, story: Story) -> None:
    send(house.chain, "publisher", client.transfer(house.deployment.token, story.fan.address, 7))
    name, detail = the_failure(house)
    assert (name, detail.startswith("the treasury holds")) == ("deposits", True)
    paid, lying, treasury, _ = chain_checks.look(house.at, house.chain).figures
    assert (paid.chain - paid.ledger, lying.chain - lying.ledger) == (0, 0)
    assert treasury.chain - treasury.ledger == -7


def test_bundles_of_earlier_periods_are_left_alone_when_told(house: House, story: Story) -> None:
    bundle_path(1).unlink()
    assert [one.ok for one in chain_checks.look(house.at, house.chain, bundles_from=2).checks] == [
        True
    ] * 6
    assert not all(one.ok for one in chain_checks.look(house.at, house.chain).checks)


def test_more_settled_than_the_vault_can_pay(house: House, story: Story) -> None:
    settled, reserve = ledger.account(Kind.SETTLED, story.fan), ledger.account(Kind.RESERVE)
    ledger.post("gift", "test", house.at, [(settled, 10**6), (reserve, -(10**6))])
    name, detail = the_failure(house)
    assert (name, "more than the vault can pay out" in detail) == ("deposits", True)


def test_another_root_on_the_chain(house: House, story: Story) -> None:
    event = ChainEvent.objects.filter(name="Published").latest("id")
    event.args = {**event.args, "root": "0x" + "11" * 32}
    event.save()
    assert the_failure(house) == ("roots", "period 2 has another root or total on the chain")


def test_a_period_that_was_never_published(house: House, story: Story) -> None:
    ChainEvent.objects.filter(name="Published").latest("id").delete()
    assert the_failure(house)[0] == "roots"
    assert "period 2 was not published" in the_failure(house)[1]


def test_an_active_root_the_ledger_does_not_know(house: House, story: Story) -> None:
    Period.objects.filter(number=1).update(state="vetoed", epoch=7)
    assert {check.name for check in failed(house)} >= {"roots"}
    details = " ".join(check.detail for check in failed(house))
    assert "epoch 1 is active on the chain, not in the ledger" in details


def test_units_missing_from_custody(
    house: House, story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client.Vault, "units", lambda *_: 999_999)
    assert {check.name for check in failed(house)} == {"units in custody"}
    assert f"custody holds 999999 units of track {story.song.slot}" in failed(house)[0].detail


def test_a_claim_the_ledger_missed(house: House, story: Story) -> None:
    claimed = Entitlement.objects.filter(party=story.artist, role="payee", terms=story.song)
    claimed.update(claimed_at=None)
    name, detail = the_failure(house)
    assert (name, f"owes {story.artist.address} 0 micros" in detail) == ("claims", True)


def test_holders_given_more_than_custody_was_paid(house: House, story: Story) -> None:
    events = ChainEvent.objects.filter(name="ClaimedMany", args__account=house.deployment.custody)
    track = story.song.chain_id[:36]
    (event,) = events.filter(args__claims__contains=[{"track": track}])
    claims = [
        {**one, "amount": 3} if one["track"] == track else one for one in event.args["claims"]
    ]
    event.args = {**event.args, "claims": claims}
    event.save()
    name, detail = the_failure(house)
    assert (name, detail.endswith("custody was paid 3")) == ("claims", True)


def test_a_lost_and_a_changed_bundle(house: House, story: Story) -> None:
    path = bundle_path(1)
    data = path.read_bytes()
    path.write_bytes(data.replace(b",8123,", b",8124,"))
    assert the_failure(house)[0] == "bundles"
    assert "plays.csv" in the_failure(house)[1]
    path.unlink()
    assert f"period 1 has no bundle {path.name}" == the_failure(house)[1]
    assert bundle.ensure(Period.objects.get(number=1)).read_bytes() == data


def test_a_chain_that_does_not_answer(house: House, story: Story) -> None:
    cast(FakeChain, house.chain).offline = True
    assert the_failure(house) == ("chain", "the chain is switched off")
    assert OutboxTransaction.objects.exclude(state="final").count() == 0


def test_a_part_given_away_on_the_chain_is_an_alarm_and_a_difference(house: House) -> None:
    story = two_tracks(house)
    house.settle()
    house.claim(story.artist)
    index, other = story.artist.key_index, "0x" + "11" * 20
    assert index is not None
    key, address = client.derive_key(keys.custody_seed(), index)
    node.fund(house.chain, address)
    track = bytes.fromhex(story.song.chain_id[2:])
    send_from(house.chain, key, address, client.assign(house.vault.address, track, other, 1_500))
    house.work()
    (alarm,) = settlement.alarms(house.at)
    named = f"{address} gave 15 % of track {story.song.slot} to {other} on the chain"
    assert (alarm.name, named in alarm.sentence) == ("parts", True)
    one_more(house, story)
    house.settle()
    house.claim(story.writer)
    found = chain_checks.check(house.at, house.chain)
    assert [one.name for one in found if not one.ok] == ["claims"]
