"""Holds placed and plays captured many at once are what they are one by one: to the last cent."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from django.test import override_settings
from hypothesis import HealthCheck, given, settings, strategies
from pytest_django import DjangoAssertNumQueries

from royalties import accrual, links, plays, purses
from royalties.errors import RoyaltiesError
from royalties.invariants import ledger_checks
from royalties.models import Entry, Hold, PaidPlay, Posting, Purse
from royalties.plays import Due
from royalties.purses import Wish, rounds
from tests.royalties.builders import NOON, PRICE, a_listener, a_party, a_track, later

pytestmark = pytest.mark.django_db
LISTENERS, TRACKS, REFERENCES = 3, 3, 8
places = strategies.integers


@dataclass(frozen=True)
class Act:
    """One listener's play of a track: a hold is wanted, and captured in the name of a listener."""

    listener: int
    track: int
    reference: int
    micros: int
    captor: int
    earns: bool
    seconds: int


acts = strategies.lists(
    strategies.builds(
        Act,
        listener=places(0, LISTENERS - 1),
        track=places(0, TRACKS - 1),
        reference=places(0, REFERENCES - 1),
        micros=strategies.sampled_from([PRICE, PRICE, 3 * PRICE, 1]),
        captor=strategies.just(-1) | places(0, LISTENERS - 1),
        earns=strategies.booleans(),
        seconds=strategies.sampled_from([0, 60, 43_200, 90_000]),
    ),
    max_size=14,
)


class Undone(Exception):
    """What was tried is taken back."""


class World:
    """Listeners with little money; two are linked, tracks pay one of them or a friend of one."""

    def __init__(self) -> None:
        self.listeners = [a_listener(micros=3 * PRICE) for _ in range(LISTENERS)]
        friend = a_party()
        self.tracks = [a_track(), a_track(self.listeners[0]), a_track(friend)]
        links.link(friend, [self.listeners[1].pk], links.Why.EARNINGS, NOON)
        links.link(self.listeners[0], [self.listeners[2].pk], links.Why.WALLET, NOON)
        self.references = [uuid4() for _ in range(REFERENCES)]

    def wish(self, act: Act) -> Wish:
        party, reference = self.listeners[act.listener], self.references[act.reference]
        return Wish(party.pk, act.micros, reference, later(act.seconds))

    def due(self, act: Act) -> Due:
        captor = act.listener if act.captor < 0 else act.captor
        return Due(
            reference=self.references[act.reference],
            terms_id=self.tracks[act.track].pk,
            listener_id=self.listeners[captor].pk,
            earns_units=act.earns,
            at=later(act.seconds + 30),
        )

    def after(self, sizes: int, wanted: list[Act]) -> dict[str, Any]:
        """The books, and what each was told, when so many are done at once; then all is undone."""
        told: list[object] = []
        try:
            with transaction.atomic():
                for some in cut(wanted, sizes):
                    told += map(said, purses.place_holds([self.wish(one) for one in some]))
                for some in cut(wanted, sizes):
                    told += map(said, plays.capture_many([self.due(one) for one in some]))
                accrual.accrue(later(10**6))
                assert [one for one in ledger_checks() if not one.ok] == []
                found = books() | {"told": told}
                raise Undone
        except Undone:
            return found


def cut(wanted: list[Act], size: int) -> list[list[Act]]:
    return [wanted[n : n + size] for n in range(0, len(wanted), size)]


def said(answer: object) -> object:
    """An answer without the numbers that only say which row it is."""
    if isinstance(answer, RoyaltiesError):
        return type(answer), str(answer)
    if isinstance(answer, plays.Captured):
        return play_of(answer.play), answer.units
    assert isinstance(answer, Hold)
    return answer.reference, answer.purse_id, answer.amount_micros, answer.placed_at


def play_of(play: PaidPlay) -> tuple[object, ...]:
    names = "reference terms_id listener_id price_micros earns_units no_units counted_at accrues_at"
    return tuple(getattr(play, name) for name in names.split())


def books() -> dict[str, Any]:
    """All that money and units are, rows by what they say."""
    played = [(*play_of(one), one.units) for one in PaidPlay.objects.order_by("id")]
    postings = Posting.objects.values_list(
        "entry__reference", "account__kind", "account__party", "account__terms", "amount"
    )
    return {
        "purses": sorted(Purse.objects.values_list("pk", "available_micros", "held_micros")),
        "holds": sorted(
            Hold.objects.values_list("pk", "amount_micros", "state", "ended_at"), key=str
        ),
        "plays": played,
        "postings": sorted(postings, key=str),
        "entries": Entry.objects.count(),
    }


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(wanted=acts, size=places(2, 14))
def test_many_at_once_are_as_one_by_one(wanted: list[Act], size: int) -> None:
    world = World()
    with override_settings(UNITS_PLAYS_A_DAY=2, HOLD_WINDOW=timedelta(0)):
        many, single = world.after(size, wanted), world.after(1, wanted)
    assert many == single
    assert all(available >= 0 <= held for _, available, held in many["purses"])


def test_captured_again_nothing_is_charged() -> None:
    world = World()
    act = Act(0, 0, 0, PRICE, -1, True, 0)
    purses.place_holds([world.wish(act)] * 2)
    first, again = plays.capture_many([world.due(act)] * 2)
    assert first == again == plays.Captured(PaidPlay.objects.get(), 80)


def test_many_plays_take_as_few_statements_as_one(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    listeners, track = [a_listener() for _ in range(20)], a_track()
    wishes = [Wish(one.pk, PRICE, uuid4(), NOON) for one in listeners]
    with django_assert_num_queries(2):
        purses.place_holds(wishes)
    due = [Due(one.reference, track.pk, one.party_id, True, later(30)) for one in wishes]
    with django_assert_num_queries(2):
        made = plays.capture_many(due)
    assert [one.play.reference for one in made if isinstance(one, plays.Captured)] == [
        one.reference for one in wishes
    ]


@given(strategies.lists(strategies.tuples(places(0, 4), places(0, 4)), max_size=20))
def test_rounds_hold_nothing_twice_and_keep_the_order(keys: list[tuple[int, int]]) -> None:
    made = rounds(keys)
    assert [n for some in made for n in some] == list(range(len(keys)))
    for some in made:
        for part in (0, 1):
            assert len({keys[n][part] for n in some}) == len(some)
