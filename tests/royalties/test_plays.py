"""A counted play is charged once, whatever calls twice or at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from pytest_django import Settings

from royalties import plays, purses
from royalties.errors import HoldEnded, ReferenceTaken
from royalties.models import Hold, PaidPlay, Party, Terms
from tests.royalties.builders import NOON, PRICE, a_listener, a_party, a_play, a_track, later


@pytest.mark.django_db
def test_a_counted_play_takes_the_held_money(settings: Settings) -> None:
    settings.HOLD_WINDOW = timedelta(hours=2)
    listener, track, quote = a_listener(micros=10_000), a_track(), uuid4()
    purses.place_hold(listener, PRICE, quote, NOON)
    play = plays.capture(quote, track, listener, earns_units=True, at=later(30)).play
    assert (play.price_micros, play.earns_units, play.window) == (PRICE, True, None)
    assert play.accrues_at == later(30) + timedelta(hours=2)
    assert (purses.available(listener), purses.held(listener)) == (2_000, 0)
    assert not purses.release_hold(quote, later(31))


@pytest.mark.django_db
def test_capturing_again_returns_the_same_play() -> None:
    listener, track = a_listener(), a_track()
    play = a_play(track, listener)
    assert (
        plays.capture(play.reference, track, listener, earns_units=True, at=later(9)).play == play
    )
    assert PaidPlay.objects.count() == 1


@pytest.mark.django_db
def test_a_released_or_unknown_hold_is_not_captured() -> None:
    listener, track, quote = a_listener(), a_track(), uuid4()
    purses.place_hold(listener, PRICE, quote, NOON)
    purses.release_hold(quote, NOON)
    for reference in (quote, uuid4()):
        with pytest.raises(HoldEnded):
            plays.capture(reference, track, listener, earns_units=True, at=NOON)
    assert not PaidPlay.objects.exists()


@pytest.mark.django_db
def test_nobody_captures_another_listeners_hold() -> None:
    listener, outsider, track, quote = a_listener(), a_listener(), a_track(), uuid4()
    purses.place_hold(listener, PRICE, quote, NOON)
    with pytest.raises(ReferenceTaken):
        plays.capture(quote, track, outsider, earns_units=True, at=NOON)


@pytest.mark.django_db
def test_payees_and_issuer_never_earn_units_of_their_own_track() -> None:
    issuer, payee = a_listener(), a_listener()
    track = a_track(issuer, [(payee, 6_500)])
    assert not a_play(track, issuer).earns_units
    assert not a_play(track, payee).earns_units
    assert plays.next_play_earns(track, PRICE, payee) == 0
    assert plays.next_play_earns(track, PRICE, a_party()) == 80
    assert plays.next_play_earns(track, PRICE) == 80


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    [{"price_micros": 1}, {"earns_units": False, "no_units": "own song"}, {"counted_at": later(5)}],
)
def test_a_play_is_never_changed(change: dict[str, object]) -> None:
    play = a_play(a_track(), a_listener())
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        PaidPlay.objects.filter(pk=play.pk).update(**change)


@pytest.mark.django_db
def test_units_and_pseudonym_of_a_play_are_set_once() -> None:
    play = PaidPlay.objects.filter(pk=a_play(a_track(), a_listener()).pk)
    play.update(units=3, pseudonym="first")
    for change in ({"units": 4}, {"pseudonym": "second"}):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            play.update(**change)


@pytest.mark.django_db(transaction=True)
def test_five_captures_at_once_make_one_play() -> None:
    listener, track, quote = a_listener(micros=PRICE), a_track(), uuid4()
    purses.place_hold(listener, PRICE, quote, NOON)

    def capture(_: int) -> int:
        try:
            return plays.capture(quote, track, listener, earns_units=True, at=NOON).play.pk
        finally:
            connection.close()

    with ThreadPoolExecutor(5) as threads:
        assert len(set(threads.map(capture, range(5)))) == 1
    assert (purses.available(listener), purses.held(listener)) == (0, 0)


@pytest.mark.django_db(transaction=True)
def test_a_release_and_a_capture_at_once_leave_one_of_the_two() -> None:
    listener, track = a_listener(micros=PRICE), a_track()
    for _ in range(5):
        quote = uuid4()
        purses.place_hold(listener, PRICE, quote, NOON)
        with ThreadPoolExecutor(2) as threads:
            captured = threads.submit(_capture, quote, track, listener)
            released = threads.submit(_release, quote)
        assert captured.result() != released.result()
        assert purses.held(listener) == 0
        assert purses.available(listener) == (0 if captured.result() else PRICE)
        if captured.result():
            purses.deposit(listener, PRICE, f"again/{quote}", NOON)
    assert not Hold.objects.filter(state=Hold.State.OPEN).exists()


def _capture(quote: UUID, track: Terms, listener: Party) -> bool:
    try:
        plays.capture(quote, track, listener, earns_units=True, at=NOON)
    except HoldEnded:
        return False
    else:
        return True
    finally:
        connection.close()


def _release(quote: UUID) -> bool:
    try:
        return purses.release_hold(quote, NOON)
    finally:
        connection.close()
