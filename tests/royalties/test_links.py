"""Linked accounts earn no units by each other's songs, and nobody more than so often a day."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pytest_django import Settings

from royalties import accrual, chargebacks, deals, fraud_holds, ledger, links, plays, purses
from royalties.earning import next_plays_earn
from royalties.models import Account, Holding, PaidPlay, Party, PartyLink, Reversal, TopUp
from tests.royalties.builders import (
    NOON,
    PRICE,
    a_listener,
    a_party,
    a_play,
    a_track,
    hold,
    later,
    release,
    rolled_back,
)
from tests.royalties.linking import linked

Why = PartyLink.Why


def why_none(artist: Party, listener: Party) -> str:
    """Of a play of a song that pays the artist; the promise before it says the same."""
    track = a_track(artist)
    promised = plays.next_play_earns(track, PRICE, listener, NOON)
    play = a_play(track, listener)
    assert (promised == 0) is bool(play.no_units) is not play.earns_units
    return play.no_units


@pytest.mark.django_db
def test_a_stranger_earns_and_whoever_the_song_pays_does_not() -> None:
    artist, listener = a_listener("artist"), a_listener()
    assert why_none(artist, listener) == ""
    assert why_none(artist, artist) == "own song"


@pytest.mark.django_db
def test_who_tops_up_from_the_same_card_is_linked() -> None:
    artist, listener = a_party(), a_listener()
    purses.deposit(artist, 5_000, "one", NOON, source="card 1")
    purses.deposit(listener, 5_000, "two", NOON, source="card 2")
    assert why_none(artist, listener) == ""
    purses.deposit(listener, 5_000, "three", NOON, source="card 1")
    assert why_none(artist, listener) == "linked account"
    assert "card" not in str(list(artist.payment_sources.values()))


@pytest.mark.django_db
def test_who_proves_the_same_wallet_after_the_other_is_linked() -> None:
    artist, listener = a_party(), a_listener()
    wallet = linked(artist, NOON)
    assert why_none(artist, listener) == ""
    links.by_wallet(listener, wallet.address, NOON)
    assert why_none(artist, listener) == "linked account"


@pytest.mark.django_db
def test_who_is_paid_at_the_wallet_another_proved_is_linked() -> None:
    artist, listener = a_party(), a_listener()
    track = a_track(artist)
    links.by_wallet(listener, track.payees.get().address, NOON)
    assert a_play(track, listener).no_units == "linked account"


@pytest.mark.django_db
def test_who_spends_what_another_earned_is_linked() -> None:
    artist, listener = a_party(), a_listener()
    ledger.post(
        "earned",
        "claim",
        NOON,
        [
            (ledger.account(Account.Kind.SPENDABLE, artist), 5_000),
            (ledger.account(Account.Kind.SUSPENSE), -5_000),
        ],
    )
    purses.spend_earnings(artist, 5_000, "spent", NOON, listener=listener)
    assert why_none(artist, listener) == "linked account"


@pytest.mark.django_db
def test_a_label_is_linked_to_its_artist_by_the_deal_it_accepted() -> None:
    artist, label = a_party(), a_listener("label")
    offer = deals.invite(label, artist, 2_000, 0, NOON.date(), NOON)
    assert why_none(artist, label) == ""
    deals.accept(offer, NOON)
    assert why_none(artist, label) == "linked account"


@pytest.mark.django_db
def test_links_are_of_both_sides_direct_and_for_good() -> None:
    one, two, three = (a_listener(str(number)) for number in range(3))
    links.link(one, [two.pk, one.pk], Why.WALLET, NOON)
    links.link(two, [three.pk, one.pk], Why.WALLET, NOON)
    assert PartyLink.objects.count() == 4
    assert why_none(one, two) == why_none(two, one) == "linked account"
    assert why_none(one, three) == ""
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        PartyLink.objects.all().delete()


@pytest.mark.django_db(transaction=True)
def test_of_four_that_top_up_from_one_card_at_once_all_are_linked() -> None:
    parties = [a_party(str(number)) for number in range(4)]

    def top_up(number: int) -> None:
        try:
            purses.deposit(parties[number], 5_000, str(number), NOON, source="card")
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(top_up, range(4)))
    assert PartyLink.objects.count() == 4 * 3


@pytest.mark.django_db
def test_so_many_plays_of_a_day_earn_units_and_the_next_day_does_again(settings: Settings) -> None:
    settings.UNITS_PLAYS_A_DAY = 2
    listener, track, other = a_listener(), a_track(), a_track()
    midnight = NOON.replace(hour=0)
    times = [midnight + timedelta(hours=hour) for hour in (0, 5, 23, 24)]
    assert [a_play(track, listener, at).no_units for at in times] == ["", "", "daily limit", ""]
    assert plays.next_play_earns(track, PRICE, listener, times[2]) == 0
    assert plays.next_play_earns(track, PRICE, listener, times[3]) == 80
    assert a_play(other, listener, times[2]).no_units == ""
    assert a_play(track, a_listener(), times[2]).no_units == ""
    accrual.accrue(later(24 * 3_600))
    assert [one.units for one in PaidPlay.objects.filter(listener=listener, terms=track)] == [
        80,
        80,
        0,
        80,
    ]


@pytest.mark.django_db
@hypothesis_settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    pairs=st.sets(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=4),
    heard=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=14),
    a_day=st.integers(1, 3),
)
def test_whatever_is_linked_and_heard_units_go_to_strangers_and_so_often_a_day(
    settings: Settings, pairs: set[tuple[int, int]], heard: list[tuple[int, int]], a_day: int
) -> None:
    settings.UNITS_PLAYS_A_DAY = a_day
    with rolled_back():
        parties = [a_listener(str(number)) for number in range(4)]
        tracks = [a_track(party) for party in parties]
        for one, two in pairs:
            links.link(parties[one], [parties[two].pk], Why.WALLET, NOON)
        together = {frozenset(pair) for pair in pairs} | {frozenset({n}) for n in range(4)}
        earned: dict[tuple[int, int], int] = {}
        for second, (who, song) in enumerate(heard):
            play = a_play(tracks[song], parties[who], later(second))
            stranger = frozenset({who, song}) not in together
            circle = {n for n in range(4) if frozenset({n, who}) in together}
            before = sum(earned.get((one, song), 0) for one in circle)
            assert play.earns_units == (stranger and before < a_day)
            earned[who, song] = earned.get((who, song), 0) + play.earns_units


@pytest.mark.django_db
@hypothesis_settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(["plays"] * 4 + ["accrues", "holds", "releases"]),
                  st.integers(0, 60)),
        min_size=10, max_size=25,
    ),
)  # fmt: skip
def test_linked_accounts_have_one_cap_together_whatever_is_held_and_released(
    settings: Settings, steps: list[tuple[str, int]]
) -> None:
    settings.UNITS_PLAYS_A_DAY = 1_000
    with rolled_back():
        track = a_track(micros_per_unit=100, cap=200)
        one, two, stranger = (a_listener(str(number)) for number in range(3))
        links.link(one, [two.pk], Why.WALLET, NOON)
        heard: list[PaidPlay] = []
        for second, (name, drawn) in enumerate(steps):
            at = later(second)
            if name == "plays":
                listener, micros = [one, two, stranger][drawn % 3], 2_000 + 100 * drawn
                promised = plays.next_play_earns(track, micros, listener, at)
                heard.append(a_play(track, listener, at, micros))
                assert not promised or heard[-1].earns_units
            elif name == "accrues":
                accrual.accrue(at)
            elif heard and name == "holds":
                hold([heard[drawn % len(heard)]], "bot", at)
            for line in Reversal.objects.filter(released_at=None) if name == "releases" else ():
                release(line.play, at)
        accrual.accrue(later(len(steps)))
        earned = Counter(dict(Holding.objects.values_list("party", "listened_units")))
        assert earned[one.pk] + earned[two.pk] <= 200
        assert earned[stranger.pk] <= 200


@pytest.mark.django_db
def test_linked_accounts_reach_one_cap_and_a_stranger_its_own() -> None:
    track = a_track(micros_per_unit=100, cap=200)
    one, two, stranger = (a_listener(str(number)) for number in range(3))
    links.link(one, [two.pk], Why.WALLET, NOON)
    told = [a_play(track, who, NOON, 8_000).no_units for who in (one, two, one, two)]
    assert told == ["", "", "shared cap", "shared cap"]
    assert [plays.next_play_earns(track, 8_000, who, NOON) for who in (one, stranger)] == [0, 80]
    assert next_plays_earn({track.pk: 8_000}, two, NOON) == {track.pk: 0}
    assert next_plays_earn({track.pk: 4_000}, two, NOON) == {track.pk: 40}  # that still fits
    assert [a_play(track, stranger, NOON, 8_000).no_units for _ in range(4)] == [""] * 4
    accrual.accrue(later(1))
    units = dict(Holding.objects.exclude(party=track.issuer).values_list("party", "units"))
    assert units == {one.pk: 80, two.pk: 80, stranger.pk: 200}


@pytest.mark.django_db
def test_what_is_charged_back_or_forfeited_leaves_the_cap_to_who_is_linked(
    settings: Settings,
) -> None:
    settings.TOP_UP_HOLD_WINDOW = timedelta(0)
    one, other, thief = a_listener("one"), a_listener("other"), a_listener("thief", 0)
    links.link(one, [other.pk, thief.pk], Why.WALLET, NOON)
    purses.deposit(thief, 32_000, "card", NOON, reversible_until=later(3_600))
    tracks = [a_track(micros_per_unit=100, cap=200) for _ in range(4)]
    heard = [a_play(tracks[0], other, NOON, 16_000), a_play(tracks[1], thief, NOON, 16_000)]
    accrual.accrue(later(1))
    heard += [a_play(tracks[2], other, later(1), 16_000)]
    a_play(tracks[3], thief, later(1), 16_000)
    held = hold([heard[0], heard[2]], "bot", later(2))
    told = [a_play(track, one, later(2), 8_000).no_units for track in tracks]
    assert told == ["shared cap"] * 4
    chargebacks.charge_back(TopUp.objects.get(party=thief), "stolen card", later(3))
    fraud_holds.show(held, later(3))
    at = later(4) + settings.HOLD_ANSWER_WITHIN
    for each in held:
        fraud_holds.forfeit(each, "Nobody listened.", at)
    assert next_plays_earn({track.pk: 8_000 for track in tracks}, one, at) == {
        track.pk: 80 for track in tracks
    }
    assert [a_play(track, one, at, 8_000).no_units for track in tracks] == [""] * 4


@pytest.mark.django_db(transaction=True)
def test_linked_accounts_that_count_at_once_share_one_days_plays(settings: Settings) -> None:
    settings.UNITS_PLAYS_A_DAY = 2
    track, middle = a_track(), a_listener("middle")
    others = [a_listener(str(number)) for number in range(5)]
    links.link(middle, [other.pk for other in others], Why.SOURCE, NOON)
    for other in others:  # all with all
        links.link(other, [one.pk for one in others], Why.SOURCE, NOON)
    everybody = [middle, *others, a_listener("stranger")]
    together = threading.Barrier(len(everybody))

    def play(listener: Party) -> None:
        try:
            together.wait(60)
            a_play(track, listener, NOON)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(everybody)) as threads:
        list(threads.map(play, everybody))
    told = sorted(PaidPlay.objects.values_list("no_units", flat=True))
    assert told == ["", "", "", "daily limit", "daily limit", "daily limit", "daily limit"]
    assert PaidPlay.objects.get(listener=everybody[-1].pk).earns_units
