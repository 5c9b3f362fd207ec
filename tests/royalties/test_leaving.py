"""Units leave at a cut-off, move once its root is active, and are paid on one side at a time."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction
from pytest_django import Settings

from contracts import client
from royalties import chain as royalties_chain
from royalties import (
    chain_checks,
    claims,
    invariants,
    leaving,
    ledger,
    nonces,
    parties,
    publications,
    wallets,
    withdrawals,
)
from royalties.errors import NotEnoughUnits, ReferenceTaken, WalletRefused
from royalties.models import (
    Account,
    Entitlement,
    Holding,
    OutboxTransaction,
    Period,
    Terms,
    UnitWithdrawal,
)
from royalties.verify.__main__ import main as verify
from royalties.verify.archive import Archive, pack, unpack
from tests.royalties.builders import a_play
from tests.royalties.house import DELAY_SECONDS, House, send
from tests.royalties.linking import KEYS, address_of, linked
from tests.royalties.stories import Story, one_more, two_tracks

OWN = address_of(KEYS[0])
State = UnitWithdrawal.State


@pytest.fixture
def story(house: House, settings: Settings) -> Story:
    """The fan holds some 15,000 units of the song, and has a wallet."""
    settings.UNITS_COOL_OFF = timedelta(0)
    story = two_tracks(house)
    linked(story.fan, house.at)
    return story


def units(story: Story) -> int:
    return Holding.objects.get(terms=story.song, party=story.fan).units


def on_the_chain(house: House, terms: Terms) -> int:
    return house.vault.units(bytes.fromhex(terms.chain_id[2:]), OWN)


def state() -> str:
    return UnitWithdrawal.objects.get().state


def test_who_asks_for_very_many_holds_up_neither_others_nor_the_next_root(
    house: House, story: Story, settings: Settings
) -> None:
    settings.UNITS_LEAVE_AT_ONCE, settings.WITHDRAWAL_LEAST_UNITS = 2, 1
    house.accrue()
    linked(story.listener, house.at, KEYS[1])
    greedy = [
        leaving.request(story.listener, song, 50, song.chain_id[:9], house.at)
        for song in (story.song, story.other)
    ]
    assert not leaving.are_many()
    modest = leaving.request(story.fan, story.song, 500, "out", house.at)
    assert leaving.are_many()
    house.settle()
    for one in (*greedy, modest):
        one.refresh_from_db()
    assert [one.state for one in (*greedy, modest)] == [State.MOVED, State.FROZEN, State.MOVED]
    one_more(house, story)
    house.settle()
    greedy[1].refresh_from_db()
    assert greedy[1].state == State.MOVED
    assert broken(house) == []


def broken(house: House) -> list[str]:
    ledgers = [(one.name, one.detail) for one in invariants.ledger_checks() if not one.ok]
    found = chain_checks.check(house.at, house.chain)
    chains = [(one.name, one.detail) for one in found if not one.ok]
    return [f"{name}: {detail}" for name, detail in [*ledgers, *chains]]


def test_units_leave_at_the_cutoff_and_move_when_its_root_is_active(
    house: House, story: Story
) -> None:
    had = units(story)
    leaving.request(story.fan, story.song, 1_000, "first", house.at)
    assert (state(), units(story)) == (State.FROZEN, had)
    house.close()
    assert (state(), units(story)) == (State.LEFT, had - 1_000)
    house.work()
    assert (state(), on_the_chain(house, story.song)) == (State.LEFT, 0)
    assert broken(house) == []
    house.pass_time(2 * DELAY_SECONDS)
    house.work()
    assert (state(), on_the_chain(house, story.song)) == (State.MOVED, 1_000)
    assert broken(house) == []


def test_too_few_to_be_worth_their_gas_are_refused(
    house: House, story: Story, settings: Settings
) -> None:
    settings.WITHDRAWAL_LEAST_UNITS = 1_000
    with pytest.raises(WalletRefused, match="At least 1,000 units of a song can leave at once"):
        leaving.request(story.fan, story.song, 999, "first", house.at)


def moving_and_paying(house: House, story: Story) -> None:
    """Custody is to pay three withdrawals, and to move units that were planned after them."""
    house.settle()
    house.claim(story.artist)
    linked(story.artist, house.at, KEYS[1])
    leaving.request(story.fan, story.song, 1_000, "units", house.at)
    one_more(house, story)
    house.close()
    house.work()
    for n in range(3):
        withdrawals.request(story.artist, 10 + n, f"money {n}", house.at)
    withdrawals.plan(house.at)
    house.pass_time(2 * DELAY_SECONDS)
    royalties_chain.follow(house.at, house.chain)
    leaving.plan(house.at)
    planned = OutboxTransaction.objects.filter(lane="custody", state="planned").order_by("pk")
    assert [row.kind for row in planned] == ["withdraw"] * 3 + ["move"]


def sent_by_custody() -> list[str]:
    rows = OutboxTransaction.objects.filter(lane="custody", nonce__isnull=False)
    return [row.kind for row in rows.order_by("nonce")]


def test_a_move_that_the_chain_lost_and_then_refused_is_planned_again_and_never_sent_twice(
    house: House, story: Story
) -> None:
    leaving.request(story.fan, story.song, 1_000, "first", house.at)
    house.settle()
    row = OutboxTransaction.objects.get(kind="move")
    assert (state(), leaving.plan(house.at)) == (State.MOVED, 0)
    OutboxTransaction.objects.filter(pk=row.pk).update(state="reverted")
    assert [leaving.plan(house.at) for _ in range(2)] == [1, 0]
    again = OutboxTransaction.objects.get(reference=f"{row.reference}/again")
    assert (bytes(again.data), again.unit_withdrawal) == (bytes(row.data), row.unit_withdrawal)
    # a chain that then loses the refusal too must not take both
    OutboxTransaction.objects.filter(pk=row.pk).update(nonce=7)
    nonces.rewind("custody", house.chain, house.deployment.custody)
    row.refresh_from_db()
    assert (row.kind, row.state, bytes(row.data)) == ("fill", "planned", b"")


def test_units_that_a_root_waits_for_move_before_money_that_was_asked_for_earlier(
    house: House, story: Story
) -> None:
    moving_and_paying(house, story)
    house.work()
    assert sent_by_custody() == ["move", "withdraw", "withdraw", "withdraw"]
    assert broken(house) == []


def test_units_that_the_vault_does_not_move_now_hold_up_no_money(
    house: House, story: Story
) -> None:
    moving_and_paying(house, story)
    send(house.chain, "guardian", client.pause(house.vault.address, 3_600))
    house.work()
    assert sent_by_custody() == ["withdraw"] * 3
    house.pass_time(3_601)
    house.work()
    assert (state(), sent_by_custody()[-1]) == (State.MOVED, "move")
    assert broken(house) == []


def test_no_root_is_published_before_they_have_moved(house: House, story: Story) -> None:
    leaving.request(story.fan, story.song, 1_000, "first", house.at)
    house.close()
    house.work()
    one_more(house, story)
    second = house.close()
    house.work()
    house.pass_time(2 * DELAY_SECONDS)
    royalties_chain.follow(house.at, house.chain)  # the first root is active, nothing moved yet
    assert publications.plan(house.at) is None
    house.work()
    second.refresh_from_db()
    assert (state(), second.state) == (State.MOVED, Period.State.PUBLISHED)


def test_up_to_the_cutoff_they_are_the_fans_and_from_then_the_wallets(
    house: House, story: Story
) -> None:
    had = units(story)
    leaving.request(story.fan, story.song, had, "all", house.at)
    first = house.settle()
    house.work()
    of_fan = Entitlement.objects.get(period=first, party=story.fan, terms=story.song)
    assert of_fan.amount_micros == 9_999 * 3_000 * had // 10**10
    one_more(house, story)
    second = house.settle()
    outside = Entitlement.objects.get(period=second, party=parties.outside(), terms=story.song)
    assert not second.entitlements.filter(party=story.fan, amount_micros__gt=0).exists()
    assert outside.amount_micros == 6_667 * 3_000 * had // 10**10
    assert claims.request_for_units(story.fan, house.at) == 2  # a sync and a claim
    assert claims.request_for_units(story.fan, house.at) == 0
    house.work()
    assert house.token.balance_of(OWN) == outside.amount_micros
    assert ledger.balance(Account.Kind.SETTLED, parties.outside()) == 0
    assert broken(house) == []


def test_a_vetoed_root_holds_them_back_until_it_is_active_again(house: House, story: Story) -> None:
    leaving.request(story.fan, story.song, 1_000, "first", house.at)
    period = house.close()
    house.work()
    send(house.chain, "guardian", client.veto(house.vault.address))
    house.pass_time(2 * DELAY_SECONDS)
    house.work()
    assert (state(), on_the_chain(house, story.song)) == (State.LEFT, 0)
    period.refresh_from_db()
    publications.republish(period, house.at)
    house.work()
    house.pass_time(2 * DELAY_SECONDS)
    house.work()
    assert (state(), on_the_chain(house, story.song)) == (State.MOVED, 1_000)
    assert broken(house) == []


def test_only_what_is_held_free_and_past_its_cool_off_may_leave(
    house: House, story: Story, settings: Settings
) -> None:
    had = units(story)
    leaving.request(story.fan, story.song, had - 10, "first", house.at)
    with pytest.raises(NotEnoughUnits) as refusal:
        leaving.request(story.fan, story.song, 11, "second", house.at)
    assert refusal.value.available == 10
    settings.UNITS_COOL_OFF = timedelta(hours=1)
    assert leaving.withdrawable(story.fan, house.at) == {}
    linked(story.artist, house.at, KEYS[1])
    with pytest.raises(NotEnoughUnits):  # an issuer's units leave by listening
        leaving.request(story.artist, story.song, 1, "third", house.at)


def test_a_song_leaves_once_a_close_however_often_it_is_asked_for(
    house: House, story: Story
) -> None:
    first = leaving.request(story.fan, story.song, 1, "first", house.at)
    with pytest.raises(WalletRefused, match="keep those first"):
        leaving.request(story.fan, story.song, 1, "second", house.at)
    with pytest.raises(IntegrityError), transaction.atomic():
        UnitWithdrawal.objects.create(
            party=story.fan, terms=story.song, key="b", units=1, address=OWN, requested_at=house.at
        )
    leaving.keep(story.fan, first.pk, house.at)
    leaving.request(story.fan, story.song, 2, "third", house.at)


def test_the_same_request_twice_is_one(house: House, story: Story) -> None:
    first = leaving.request(story.fan, story.song, 1_000, "first", house.at)
    assert leaving.request(story.fan, story.song, 1_000, "first", house.at) == first
    with pytest.raises(ReferenceTaken):
        leaving.request(story.fan, story.song, 999, "first", house.at)


def test_a_request_is_taken_back_before_its_cutoff_and_not_after(
    house: House, story: Story
) -> None:
    had = units(story)
    first = leaving.request(story.fan, story.song, 1_000, "first", house.at)
    assert leaving.keep(story.fan, first.pk, house.at)
    second = leaving.request(story.fan, story.song, 2_000, "second", house.at)
    house.close()
    assert not leaving.keep(story.fan, second.pk, house.at)
    assert units(story) == had - 2_000


def test_a_wallet_unlinked_before_the_cutoff_gets_nothing(house: House, story: Story) -> None:
    had = units(story)
    leaving.request(story.fan, story.song, 1_000, "first", house.at)
    wallets.unlink(story.fan, house.at)
    house.close()
    assert (state(), units(story)) == (State.RELEASED, had)
    with pytest.raises(WalletRefused):
        leaving.request(story.fan, story.song, 1_000, "second", house.at)


def test_what_left_counts_for_no_play_in_the_house_after(house: House, story: Story) -> None:
    leaving.request(story.fan, story.song, units(story), "all", house.at)
    house.settle()
    a_play(story.song, story.listener, house.at, 9_999)
    house.pass_time(10)
    house.accrue()
    assert broken(house) == []


def test_the_database_itself_holds_the_states(house: House, story: Story) -> None:
    row = {"party": story.fan, "terms": story.song, "key": "a", "units": 1, "address": OWN}
    wrong: list[dict[str, object]] = [
        {"units": 0},
        {"units": 1_000_001},
        {"address": "0x12"},
        {"state": "left"},
        {"state": "moved", "ended_at": house.at},
        {"state": "released"},
        {"tx_hash": "0x12"},
    ]
    for changed in wrong:
        with pytest.raises(IntegrityError), transaction.atomic():
            UnitWithdrawal.objects.create(**row | {"requested_at": house.at} | changed)


def test_anyone_recomputes_what_left_from_the_bundles_alone(
    house: House, story: Story, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    had = units(story)
    leaving.request(story.fan, story.song, 1_000, "first", house.at)
    house.settle()
    a_play(story.other, story.listener, house.at)  # the song itself is not played in this period
    house.pass_time(10)
    leaving.request(story.fan, story.song, 2_000, "second", house.at)
    house.settle()
    one_more(house, story)
    house.settle()
    bundles = [str(path) for path in house.bundles()]
    assert verify(bundles) == 0
    assert [load(path).manifest["format"] for path in house.bundles()] == [3, 3, 1]
    assert units(story) >= had - 3_000
    archive = load(house.bundles()[0])
    lines = bytes(archive.members["leaving.csv"]).replace(b",1000\n", b",1001\n")
    forged = tmp_path / "forged.zip"
    members = {name: bytes(content) for name, content in archive.members.items()}
    forged.write_bytes(pack(archive.manifest, members | {"leaving.csv": lines})[0])
    assert verify([str(forged), bundles[1]]) == 1
    assert "opens with other holdings than it closed with" in capsys.readouterr().out


def load(path: Path) -> Archive:
    return unpack(path.read_bytes())
