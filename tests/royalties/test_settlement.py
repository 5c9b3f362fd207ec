"""One play, true: from the counted play through close, root, activation and claim to spendable."""

from datetime import datetime, timedelta

import pytest
from pytest_django import Settings

from contracts import client
from royalties import bundle, ledger, publications, settlement
from royalties.models import Account, Leaf, OutboxTransaction, PaidPlay, Period
from royalties.settlement import NothingToSettle
from tests.royalties.builders import a_listener, a_party, a_play, a_track
from tests.royalties.house import MINTED, House, send
from tests.royalties.stories import one_more, two_tracks

Kind = Account.Kind


def test_a_play_is_paid_out_to_the_micro(house: House) -> None:
    artist, listener, fan = a_party(), a_listener(), a_listener("fan")
    track = a_track(artist)
    a_play(track, fan, house.at)
    house.pass_time(10)
    house.accrue()
    a_play(track, listener, house.at)
    house.pass_time(10)
    period = house.settle()
    assert (period.state, period.total_micros, period.epoch) == (Period.State.ACTIVE, 16_000, 1)
    house.claim(artist)
    house.claim(fan)
    # 65 % of both plays; the pool's 30 % to who held the units, the fan's half micro carried
    assert ledger.balance(Kind.SPENDABLE, artist) == 10_400 + 4_799
    assert ledger.balance(Kind.SPENDABLE, fan) == 0
    assert ledger.balance(Kind.SETTLED, artist) == ledger.balance(Kind.SETTLED, fan) == 0
    assert house.token.balance_of(house.deployment.custody) == 10_400 + 4_800


def test_a_close_that_does_not_come_about_is_an_alarm(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where the disk is full: nothing is written, and the period would stay open unnoticed."""

    def full(*_: object) -> bytes:
        raise OSError(28, "No space left on device")

    def late(at: datetime) -> list[str]:
        return [alarm.sentence for alarm in settlement.alarms(at) if alarm.name == "late"]

    two_tracks(house)
    house.accrue()
    due = settlement.next_cutoff()
    assert due is not None
    with monkeypatch.context() as patch:
        patch.setattr(bundle, "finish", full)
        with pytest.raises(OSError, match="No space left"):
            settlement.close_due(due)
    in_time = due + timedelta(minutes=10)
    assert late(in_time) == []
    (told,) = late(in_time + timedelta(seconds=1))
    assert told.startswith(f"The open period should have closed at {due:%H:%M} UTC")
    house.close()
    assert late(in_time + timedelta(seconds=1)) == []


def test_the_ledger_knows_the_vaults_balance_to_the_unit(house: House) -> None:
    story = two_tracks(house)
    house.settle()
    one_more(house, story)
    house.close()
    house.work()  # published and pending, while the first period is claimed
    house.claim(story.artist)
    house.claim(story.fan)
    pending = -ledger.balance(Kind.VAULT_DEPOSITED)
    assert pending == 6_667
    in_vault = house.token.balance_of(house.deployment.vault)
    assert -ledger.balance(Kind.VAULT_CLAIMABLE) == in_vault - pending
    assert -ledger.balance(Kind.TREASURY) == MINTED - house.vault.deposited()
    assert -ledger.balance(Kind.CUSTODY_FLOAT) == house.vault.deposited() - in_vault


def test_revenue_accumulates_in_the_leaves_over_periods(house: House) -> None:
    story = two_tracks(house)
    first = house.settle()
    one_more(house, story)
    second = house.settle()
    assert (first.total_micros, second.total_micros) == (30_554, 37_221)
    assert second.epoch == 2
    leaves = Leaf.objects.filter(period=second).order_by("terms__slot")
    assert [leaf.revenue_micros for leaf in leaves] == [31_790, 5_431]
    house.claim(story.writer)
    assert ledger.balance(Kind.SPENDABLE, story.writer) == 31_790 * 2_000 // 10_000


def test_nothing_accrued_closes_nothing(house: House) -> None:
    with pytest.raises(NothingToSettle, match="no play was accrued"):
        house.close()
    two_tracks(house)
    house.close()
    with pytest.raises(NothingToSettle):
        house.close()
    assert Period.objects.count() == 2
    assert OutboxTransaction.objects.count() == 1


def test_closing_takes_the_plays_that_are_due_and_leaves_the_others(
    house: House, settings: Settings
) -> None:
    track, listener = a_track(), a_listener()
    a_play(track, listener, house.at)
    settings.HOLD_WINDOW = timedelta(hours=1)
    late = a_play(track, listener, house.at)
    period = house.close()
    assert period.total_micros == 8_000
    assert PaidPlay.objects.get(window=None) == late
    assert Period.objects.get(state="open").opens_at == period.cutoff_at


def test_a_period_closes_by_itself_at_its_time_once_something_was_played(
    house: House, settings: Settings
) -> None:
    settings.SETTLEMENT_PERIOD = timedelta(minutes=5)
    assert settlement.close_due(house.at) is None
    a_play(a_track(), a_listener(), house.at)
    house.accrue()
    assert settlement.next_cutoff() == house.at + timedelta(minutes=5)
    assert settlement.close_due(house.at + timedelta(seconds=299)) is None
    closed = settlement.close_due(house.at + timedelta(seconds=300))
    assert closed is not None
    assert closed.cutoff_at == house.at + timedelta(seconds=300)
    assert settlement.close_due(house.at + timedelta(hours=1)) is None


def test_a_period_may_close_while_a_root_is_pending(house: House) -> None:
    story = two_tracks(house)
    first = house.close()
    house.work()
    one_more(house, story)
    second = house.close()
    house.work()
    states = Period.objects.order_by("number").values_list("state", flat=True)
    assert [*states] == ["published", "closed", "open"]
    house.pass_time(31)
    house.work()
    house.pass_time(31)
    house.work()
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.epoch, second.epoch) == (1, 2)
    assert second.state == Period.State.ACTIVE


def test_a_period_the_treasury_does_not_cover_waits_and_raises_one_alarm(house: House) -> None:
    treasury, reserve = ledger.account(Kind.TREASURY), ledger.account(Kind.RESERVE)
    ledger.post("spent", "test", house.at, [(treasury, MINTED - 8_000), (reserve, 8_000 - MINTED)])
    two_tracks(house)
    period = house.close()
    house.work()
    assert OutboxTransaction.objects.count() == 0
    assert [alarm.sentence for alarm in settlement.alarms(house.at)] == [
        "Period 1 waits for $0.022554 more in the treasury."
    ]
    ledger.post("back", "test", house.at, [(treasury, 8_000 - MINTED), (reserve, MINTED - 8_000)])
    house.work()
    period.refresh_from_db()
    assert period.state == Period.State.PUBLISHED
    assert settlement.alarms(house.at) == []


def test_a_later_period_never_reaches_the_chain_before_a_stopped_one(house: House) -> None:
    story = two_tracks(house)
    first = house.close()
    house.work()
    one_more(house, story)
    second = house.close()
    house.work()
    send(house.chain, "guardian", client.veto(house.deployment.vault))
    house.work()
    first.refresh_from_db()
    assert first.state == Period.State.VETOED
    assert house.vault.pending("pending") is None  # nor is the second sent in its place
    publications.republish(first, house.at)
    house.work()
    house.pass_time(60)
    house.work()
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == (Period.State.ACTIVE, Period.State.PUBLISHED)
