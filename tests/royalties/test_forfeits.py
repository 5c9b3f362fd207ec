"""What is forfeited before the cut-off, after publishing, after the claim: who gets it, when."""

import subprocess
import sys
from datetime import timedelta

import pytest
from pytest_django import Settings

from royalties import accrual, chargebacks, fraud_holds, invariants, ledger, purses
from royalties.models import Account, Forfeit, FraudHold, PaidPlay, Redistributed, TopUp
from royalties.verify.__main__ import main
from tests.royalties.builders import NOON, a_listener, a_party, a_play, a_track, hold, later
from tests.royalties.house import House
from tests.royalties.stories import Story, one_more, two_tracks

Kind = Account.Kind
WHY = "Nobody was there to listen."


@pytest.fixture(autouse=True)
def at_once(settings: Settings) -> None:
    settings.HOLD_ANSWER_WITHIN = timedelta(seconds=10)
    settings.TOP_UP_HOLD_WINDOW = timedelta(0)


def broken() -> list[invariants.Check]:
    return [check for check in invariants.ledger_checks() if not check.ok]


def forfeited(house: House, plays: list[PaidPlay]) -> FraudHold:
    """Held, shown, and decided against when the time to answer was over."""
    (one,) = hold(plays, "bot", house.at)
    fraud_holds.show([one], house.at)
    house.pass_time(10)
    return fraud_holds.forfeit(one, WHY, house.at)


def apart(house: House) -> Story:
    """As `two_tracks`, with a third song of nobody else's that earned 3,000."""
    story = two_tracks(house)
    a_play(a_track(a_party("another")), story.listener, house.at, 3_000)
    house.accrue()
    return story


def verified(house: House, capsys: pytest.CaptureFixture[str]) -> str:
    assert main([str(path) for path in house.bundles()]) == 0
    return capsys.readouterr().out


@pytest.mark.django_db
def test_nothing_is_forfeited_before_it_was_shown_and_could_be_answered() -> None:
    (one,) = hold([a_play(a_track(), a_listener())], "bot", NOON)
    with pytest.raises(fraud_holds.TooEarly, match="may answer once they see it"):
        fraud_holds.forfeit(one, WHY, later(1_000_000))
    fraud_holds.show([one], later(5))
    with pytest.raises(fraud_holds.TooEarly, match="may answer until 2 March, 12:00 UTC"):
        fraud_holds.forfeit(one, WHY, later(14))
    assert not FraudHold.objects.exclude(decided_at=None).exists()
    fraud_holds.forfeit(one, WHY, later(15))
    with pytest.raises(fraud_holds.Decided):
        fraud_holds.release(one, "Somebody listened.", later(16))
    assert broken() == []


def test_before_the_cutoff_other_songs_get_it_by_what_listeners_paid_them(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    story = apart(house)
    third = a_track(a_party("a fourth"))
    a_play(third, story.listener, house.at, 6_000)
    house.accrue()
    forfeited(house, [story.plays[2]])  # 9,999 of the song; the other song pays the same artist
    assert ledger.balance(Kind.FORFEITED, terms=story.song) == 9_999
    period = house.settle()
    got = dict(Redistributed.objects.values_list("terms__slot", "micros"))
    assert got == {2: 3_333, third.slot: 6_666}
    leaves = dict(period.leaf_rows.values_list("terms__slot", "revenue_micros"))
    assert leaves == {0: 15_124, 1: 5_431, 2: 6_333, third.slot: 12_666}
    assert ledger.balance(Kind.FORFEITED, terms=story.song) == 0
    assert ledger.total(Kind.REDISTRIBUTED) == 0
    assert broken() == []
    assert "forfeits: 1 plays, 9999 micros to 2 tracks" in verified(house, capsys)


def test_a_play_that_no_window_had_taken_is_forfeited_as_well(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    story = apart(house)
    waiting = a_play(a_track(a_party("bot owner")), story.listener, house.at, 4_000)
    forfeited(house, [waiting])
    period = house.settle()
    assert not period.leaf_rows.filter(terms=waiting.terms).exists()
    assert sum(Redistributed.objects.values_list("micros", flat=True)) == 4_000
    assert broken() == []
    verified(house, capsys)


def test_a_song_that_earned_nothing_yet_gives_none_to_another_of_its_payees(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    story = apart(house)
    waiting = a_play(a_track(story.artist), story.listener, house.at, 4_000)
    forfeited(house, [waiting])
    house.settle()
    given = Redistributed.objects.get()  # the artist's two songs earned eight times as much
    assert (given.micros, given.terms.issuer.name) == (4_000, "another")
    a_play(story.song, story.fan, house.at, 1_000)
    house.settle()
    assert broken() == []
    verified(house, capsys)


def test_after_publishing_only_what_the_song_earned_again_is_given(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    story = apart(house)
    house.settle()
    house.claim(story.artist)
    had = ledger.balance(Kind.SPENDABLE, story.artist)
    forfeited(house, [story.plays[2]])  # 9,999, which is settled and claimed
    another = a_track(a_party("one more"))
    a_play(another, story.listener, house.at, 1_000)
    one_more(house, story)  # the song earns 6,667 of it again
    second = house.settle()
    row = Forfeit.objects.get(period=second)
    assert (row.opened_micros, row.added_micros, row.given_micros) == (0, 9_999, 6_667)
    assert ledger.balance(Kind.SPENDABLE, story.artist) == had
    a_play(another, story.listener, house.at, 1_000)
    one_more(house, story)
    third = house.settle()
    row = Forfeit.objects.get(period=third)
    assert (row.opened_micros, row.added_micros, row.given_micros) == (3_332, 0, 3_332)
    assert broken() == []
    verified(house, capsys)


def test_where_nobody_may_have_it_it_waits_for_the_next_cutoff(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    story = two_tracks(house)  # both songs pay the same artist
    house.accrue()
    forfeited(house, [story.plays[2]])
    first = house.settle()
    assert Forfeit.objects.get(period=first).closed_micros == 9_999
    assert not Redistributed.objects.exists()
    a_play(a_track(a_party("another")), story.listener, house.at, 1_000)
    house.settle()
    assert Redistributed.objects.get().micros == 9_999
    assert broken() == []
    verified(house, capsys)


@pytest.mark.parametrize("earned_again", [False, True])
def test_all_that_a_coalition_is_paid_for_a_forfeited_play_is_less_than_it_paid(
    house: House, earned_again: bool
) -> None:
    """Two songs of the coalition under two names, nobody else: one would get what the other
    forfeits after it was paid for it."""
    one, other = a_party("one"), a_party("two")
    bot = a_listener("bot", 30_000)
    first, second = a_track(one, pool_bps=0), a_track(other, pool_bps=0)
    bad = a_play(first, bot, house.at, 10_000)
    house.settle()
    forfeited(house, [bad])
    a_play(second, bot, house.at, 10_000)
    if earned_again:
        a_play(first, bot, house.at, 10_000)
    house.settle()
    received = sum(
        ledger.balance(kind, party)
        for kind in (Kind.ACCRUED, Kind.PUBLISHED, Kind.SETTLED, Kind.SPENDABLE)
        for party in (one, other)
    )
    assert received == (30_000 - purses.available(bot)) * 9_500 // 10_000
    assert broken() == []


@pytest.mark.django_db
def test_nothing_is_forfeited_while_the_bank_can_take_back_what_paid_it(
    settings: Settings,
) -> None:
    """Else a song of the coalition's would get what another forfeits, and the bank have it back."""
    settings.TOP_UP_HOLD_WINDOW = timedelta(days=60)
    listener, until = a_listener(micros=0), NOON + timedelta(days=60)
    purses.deposit(listener, 20_000, "card", NOON, until)
    track = a_track()
    early, late = hold([a_play(track, listener)], "bot", later(1)), later(2)
    fraud_holds.show(early, late)
    unseen = hold([a_play(track, listener, late)], "bot", late)
    fraud_holds.begin_unseen(late + settings.HOLD_SEEN_WITHIN)
    for one in (*early, *unseen):
        one.refresh_from_db()
        assert (one.answer_by, one.decide_by) == (until, until + settings.HOLD_DECIDE_WITHIN)
        with pytest.raises(fraud_holds.TooEarly, match="may answer until 1 May, 12:00 UTC"):
            fraud_holds.forfeit(one, WHY, until - timedelta(seconds=1))
        fraud_holds.forfeit(one, WHY, until)
    assert broken() == []


@pytest.mark.django_db
def test_a_forfeited_play_whose_money_the_bank_takes_is_the_reserves_loss() -> None:
    listener, track = a_listener(micros=0), a_track()
    purses.deposit(listener, 20_000, "card", NOON, NOON + timedelta(days=60))
    bad, good = a_play(track, listener), a_play(track, listener, later(1))
    accrual.accrue(later(2))
    (one,) = hold([bad], "bot", later(3))
    fraud_holds.show([one], later(3))
    fraud_holds.forfeit(one, WHY, later(20))
    top_up = chargebacks.charge_back(TopUp.objects.get(), "Stolen card", later(30))
    assert top_up.reserve_micros == bad.price_micros
    assert purses.available(listener) == 0
    assert ledger.balance(Kind.BANK) == 0
    good.refresh_from_db()
    assert PaidPlay.objects.not_reversed().count() == 0
    assert broken() == []


@pytest.mark.django_db
@pytest.mark.parametrize("forfeits", [0, 1])
def test_the_reserve_bears_what_the_bank_had_paid_of_a_forfeited_play_and_no_other_money(
    forfeits: int,
) -> None:
    """The card pays 5,000 of the first play and 3,000 of the second; the rest of both is cash."""
    listener, track = a_listener(micros=1_000), a_track()
    purses.deposit(listener, 8_000, "card", NOON, NOON + timedelta(days=60))
    purses.deposit(listener, 10_000, "cash", NOON)
    plays = [a_play(track, listener, later(second), 6_000) for second in (1, 2)]
    (one,) = hold([plays[forfeits]], "bot", later(3))
    fraud_holds.show([one], later(3))
    fraud_holds.forfeit(one, WHY, later(20))
    top_up = chargebacks.charge_back(TopUp.objects.get(), "Stolen card", later(30))
    of_card, of_cash = (5_000, 1_000) if forfeits == 0 else (3_000, 3_000)
    assert top_up.reserve_micros == of_card
    assert purses.available(listener) == 11_000 - of_cash
    assert broken() == []


@pytest.mark.django_db
def test_what_a_forfeited_play_left_of_the_banks_money_goes_back_to_it() -> None:
    listener = a_listener(micros=1_000)
    purses.deposit(listener, 6_000, "card", NOON, NOON + timedelta(days=60))
    (one,) = hold([a_play(a_track(), listener, later(1), 6_000)], "bot", later(2))
    fraud_holds.show([one], later(2))
    fraud_holds.forfeit(one, WHY, later(20))
    top_up = chargebacks.charge_back(TopUp.objects.get(), "Stolen card", later(30))
    assert (top_up.reserve_micros, purses.available(listener)) == (5_000, 0)
    assert broken() == []


@pytest.mark.django_db
def test_no_other_money_bears_what_a_second_card_had_paid_of_a_forfeited_play() -> None:
    """Two cards pay 5,000 and 3,000 of the play; the cash that comes later pays nothing of it."""
    listener = a_listener(micros=0)
    for name in ("first", "second"):
        purses.deposit(listener, 5_000, name, NOON, NOON + timedelta(days=60))
    purses.deposit(listener, 10_000, "cash", NOON)
    (one,) = hold([a_play(a_track(), listener, later(1), 8_000)], "bot", later(2))
    fraud_holds.show([one], later(2))
    fraud_holds.forfeit(one, WHY, later(20))
    first, second = TopUp.objects.order_by("pk")
    assert chargebacks.charge_back(first, "Stolen card", later(30)).reserve_micros == 5_000
    assert chargebacks.charge_back(second, "Stolen card", later(40)).reserve_micros == 3_000
    assert purses.available(listener) == 10_000
    assert one.reversals.get().charged_back_at == later(30)
    assert broken() == []


@pytest.mark.django_db
def test_a_play_charged_back_before_its_hold_was_decided_is_paid_with_no_other_money() -> None:
    """The first card pays 4,000 of the first play; the second card the rest, and another play."""
    listener, track = a_listener(micros=0), a_track()
    for name, micros in (("first", 4_000), ("second", 10_000)):
        purses.deposit(listener, micros, name, NOON, NOON + timedelta(days=60))
    plays = [a_play(track, listener, later(1), micros) for micros in (6_000, 1_000)]
    (one,) = hold(plays, "bot", later(2))
    fraud_holds.show([one], later(2))
    first, second = TopUp.objects.order_by("pk")
    assert chargebacks.charge_back(first, "Stolen card", later(3)).reserve_micros == 0
    fraud_holds.forfeit(one, WHY, later(20))
    assert chargebacks.charge_back(second, "Stolen card", later(40)).reserve_micros == 1_000
    assert purses.available(listener) == 0
    assert broken() == []


DEADLY = """
import os, signal, django
django.setup()
from django.utils import timezone
from royalties import accrual, redistribution
from royalties.models import Period
redistribution.accrual.give = lambda *args: os.kill(os.getpid(), signal.SIGKILL)
redistribution.redistribute(Period.objects.get(state="open"), timezone.now())
"""


def test_killed_while_giving_nothing_is_half_done(process_environment: dict[str, str]) -> None:
    listener, bad = a_listener(), a_play(a_track(), a_listener())
    a_play(a_track(a_party("another")), listener)
    accrual.accrue(later(1))
    (one,) = hold([bad], "bot", later(2))
    fraud_holds.show([one], later(2))
    fraud_holds.forfeit(one, WHY, later(20))
    done = subprocess.run([sys.executable, "-c", DEADLY], env=process_environment)
    assert done.returncode == -9
    assert not Forfeit.objects.exists()
    assert ledger.total(Kind.FORFEITED) == bad.price_micros
    assert broken() == []


def test_a_play_counted_as_the_money_is_given_is_not_left_behind(house: House) -> None:
    story = apart(house)
    forfeited(house, story.plays[:1])
    house.close()  # in two windows of one moment, the second with what is given
    assert Redistributed.objects.exists()
    a_play(story.song, story.listener, house.at)
    assert broken() == []
