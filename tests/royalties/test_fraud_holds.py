"""Fraud holds: frozen, shown, answered, decided, and what happens when nobody decides."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from pytest_django import Settings

from royalties import accrual, fraud_holds, invariants, ledger, purses
from royalties.models import (
    Account,
    Entry,
    FraudHold,
    HoldAnswer,
    Holding,
    PaidPlay,
    Party,
    Reversal,
)
from royalties.verify.__main__ import main
from tests.royalties.builders import NOON, a_listener, a_party, a_play, a_track, hold, later
from tests.royalties.house import House
from tests.royalties.stories import one_more, two_tracks

Kind = Account.Kind
Rule = FraudHold.Rule


@pytest.fixture(autouse=True)
def deadlines(settings: Settings) -> None:
    settings.HOLD_ANSWER_WITHIN = timedelta(seconds=100)
    settings.HOLD_DECIDE_WITHIN = timedelta(seconds=50)
    settings.HOLD_SEEN_WITHIN = timedelta(seconds=1_000)


def broken() -> list[invariants.Check]:
    return [check for check in invariants.ledger_checks() if not check.ok]


def owned(party: Party) -> int:
    """Everything the ledger owes a party in money, wherever it stands."""
    kinds = (Kind.ACCRUED, Kind.PUBLISHED, Kind.SETTLED, Kind.SPENDABLE)
    return sum(ledger.balance(kind, party) for kind in kinds)


@pytest.mark.django_db
def test_a_hold_says_its_rule_what_was_seen_and_names_nobody() -> None:
    track, one, other = a_track(), a_listener("one"), a_listener("other")
    plays = [a_play(track, one, later(second)) for second in (0, 60, 3_600)]
    plays.append(a_play(track, other, later(90)))
    a_play(track, other, later(100))  # not held
    made = fraud_holds.hold(plays, Rule.LINKED, "Two accounts, one device", later(4_000))
    assert [(one.rule, one.reason) for one in made] == [(Rule.LINKED, "Two accounts, one device")]
    assert made[0].numbers == {
        "plays": 4,
        "micros": 32_000,
        "accounts": 2,
        "most_by_one": 3,
        "busiest_hour": 2,  # the third came just an hour after the first
        "all_plays": 5,
    }


@pytest.mark.django_db
def test_plays_of_two_songs_are_two_holds_and_one_window() -> None:
    listener, tracks = a_listener(), [a_track(), a_track()]
    plays = [a_play(track, listener) for track in tracks]
    accrual.accrue(later(1))
    made = hold(plays, "bot", later(2))
    assert {one.terms_id for one in made} == {track.pk for track in tracks}
    assert Reversal.objects.values("window").distinct().count() == 1
    assert broken() == []


@pytest.mark.django_db
@pytest.mark.parametrize("accrued", [False, True])
def test_held_money_is_nobodys_and_a_release_puts_it_back_to_the_unit(accrued: bool) -> None:
    artist, listener = a_party(), a_listener()
    track = a_track(artist)
    play = a_play(track, listener)
    if accrued:
        accrual.accrue(later(1))
    before = owned(artist)
    (one,) = hold([play], "bot", later(2))
    assert ledger.balance(Kind.HELD, terms=track) == play.price_micros
    assert ledger.balance(Kind.LISTENER, listener) == 5_000_000 - play.price_micros
    assert purses.available(listener) == 5_000_000 - play.price_micros
    assert owned(artist) == 0
    assert broken() == []
    fraud_holds.release(one, "A class of thirty listened.", later(3))
    assert ledger.balance(Kind.HELD, terms=track) == 0
    assert owned(artist) == before
    accrual.accrue(later(4))
    assert owned(artist) == 5_200
    assert Holding.objects.get(terms=track, party=listener).units == 80
    assert broken() == []


@pytest.mark.django_db
def test_the_time_to_answer_begins_when_it_is_first_seen() -> None:
    (one,) = hold([a_play(a_track(), a_listener())], "bot", NOON)
    assert fraud_holds.show([one], later(1_000))
    assert not fraud_holds.show([FraudHold.objects.get()], later(2_000))
    one.refresh_from_db()
    assert (one.shown_at, one.answer_by, one.decide_by) == (
        later(1_000),
        later(1_100),
        later(1_150),
    )


@pytest.mark.django_db
def test_nobody_prevents_a_decision_by_not_looking() -> None:
    (one,) = hold([a_play(a_track(), a_listener())], "bot", NOON)
    assert fraud_holds.begin_unseen(later(999)) == 0
    assert fraud_holds.begin_unseen(later(1_000)) == 1
    assert fraud_holds.begin_unseen(later(5_000)) == 0
    assert fraud_holds.show([one], later(1_050))  # seen at last: what is left of the time is theirs
    one.refresh_from_db()
    assert (one.shown_at, one.answer_by) == (later(1_050), later(1_100))
    with pytest.raises(fraud_holds.TooEarly):
        fraud_holds.forfeit(one, "Nobody listened.", later(1_099))
    assert fraud_holds.forfeit(one, "Nobody listened.", later(1_100)).outcome == "forfeited"


@pytest.mark.django_db
def test_what_nobody_ever_looks_at_ends_as_well() -> None:
    (one,) = hold([a_play(a_track(), a_listener())], "bot", NOON)
    fraud_holds.begin_unseen(later(1_000))
    assert not fraud_holds.show([one], later(1_101))
    assert fraud_holds.lapse_due(later(1_150)) == 1
    one.refresh_from_db()
    assert (one.shown_at, one.outcome) == (None, "lapsed")


@pytest.mark.django_db
def test_what_nobody_decided_in_time_is_released_once() -> None:
    artist = a_party()
    play = a_play(a_track(artist), a_listener())
    accrual.accrue(later(1))
    (one,) = hold([play], "bot", later(2))
    assert fraud_holds.lapse_due(later(900)) == 0  # not seen yet: its time has not begun
    fraud_holds.show([one], later(10))
    assert fraud_holds.lapse_due(later(159)) == 0
    assert fraud_holds.lapse_due(later(160)) == 1
    posted = Entry.objects.count()
    assert fraud_holds.lapse_due(later(161)) == 0
    assert Entry.objects.count() == posted
    one.refresh_from_db()
    assert (one.outcome, one.decision) == ("lapsed", "Nobody decided in time.")
    assert owned(artist) == 5_200
    assert broken() == []


@pytest.mark.django_db
def test_answers_are_kept_as_they_were_and_end_with_the_decision() -> None:
    artist = a_party()
    (one,) = hold([a_play(a_track(artist), a_listener())], "bot", NOON)
    for number in range(fraud_holds.MOST_ANSWERS):
        fraud_holds.answer(one, artist, f"A campaign, part {number}.", later(number))
    with pytest.raises(fraud_holds.AnsweredEnough, match="10 answers"):
        fraud_holds.answer(one, artist, "And another.", later(20))
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        HoldAnswer.objects.update(text="something else")
    fraud_holds.release(one, "It was a campaign.", later(30))
    with pytest.raises(fraud_holds.Decided, match=f"Hold {one.pk} is decided already: released"):
        fraud_holds.answer(one, artist, "Thanks.", later(31))


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    [
        {"reason": "another"},
        {"rule": Rule.OWN_SONGS},
        {"numbers": {}},
        {"answer_by": NOON},
        {"decision": "another"},
    ],
)
def test_the_database_keeps_a_hold_as_it_was(change: dict[str, object]) -> None:
    (one,) = hold([a_play(a_track(), a_listener())], "bot", NOON)
    fraud_holds.show([one], NOON)
    fraud_holds.release(one, "Somebody listened.", later(1))
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        FraudHold.objects.update(**change)


def test_held_after_the_claim_and_released_later_everybody_has_what_they_had(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    story = two_tracks(house)
    house.settle()
    house.claim(story.writer)
    before = {party: owned(party) for party in (story.artist, story.writer)}
    (one,) = hold([story.plays[2]], "looked like a bot", house.at)
    assert ledger.balance(Kind.HELD, terms=story.song) == 9_999
    one_more(house, story)  # 6,667: kept for what is held
    house.settle()
    assert {party: owned(party) for party in before} == before
    assert broken() == []
    fraud_holds.release(one, "Somebody listened.", house.at)
    house.settle()
    more = (8_123 + 7_001 + 9_999 + 6_667) * 2_000 // 10_000 - (25_123 * 2_000 // 10_000)
    assert owned(story.writer) == before[story.writer] + more
    assert broken() == []
    assert main([str(path) for path in house.bundles()]) == 0
    capsys.readouterr()


@pytest.mark.django_db(transaction=True)
def test_of_a_release_and_a_lapse_at_once_one_decides() -> None:
    play = a_play(a_track(), a_listener())
    accrual.accrue(later(1))
    (one,) = hold([play], "bot", later(2))
    fraud_holds.show([one], later(2))

    def decide(number: int) -> bool:
        try:
            if number % 2:
                return bool(fraud_holds.lapse_due(later(1_000)))
            fraud_holds.release(one, "Somebody listened.", later(1_000))
        except fraud_holds.Decided:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(decide, range(8))) == 1
    assert broken() == []


DEADLY = """
import os, signal, django
django.setup()
from django.utils import timezone
from royalties import fraud_holds
from royalties.models import FraudHold
fraud_holds._decide = lambda *args: os.kill(os.getpid(), signal.SIGKILL)
fraud_holds.release(FraudHold.objects.get(), "Somebody listened.", timezone.now())
"""


def test_killed_while_releasing_nothing_is_half_done(process_environment: dict[str, str]) -> None:
    artist = a_party()
    accrued = a_play(a_track(artist), a_listener())
    accrual.accrue(later(1))
    waiting = a_play(accrued.terms, a_listener(), later(2))
    (one,) = hold([accrued, waiting], "bot", later(3))
    done = subprocess.run([sys.executable, "-c", DEADLY], env=process_environment)
    assert done.returncode == -9
    assert FraudHold.objects.open().count() == 1
    assert ledger.balance(Kind.HELD, terms=accrued.terms) == 2 * 8_000
    assert broken() == []
    fraud_holds.release(one, "Somebody listened.", later(4))
    assert PaidPlay.objects.not_reversed().count() == 2
    assert broken() == []
