"""What is written of a bundle while its period closes is what is written of it afterwards."""

from pathlib import Path
from threading import current_thread, main_thread
from typing import Any

import pytest
from django.db import connection, transaction

from royalties import bundle, bundle_lines, settlement
from royalties.models import Period, Pseudonym, Terms
from royalties.verify.records import Entitlement, Line, Move, Opening, Play
from tests.royalties.builders import a_listener, a_play, a_track, hold, later
from tests.royalties.house import House

pytestmark = pytest.mark.django_db(transaction=True)
Written = dict[type[Line], list[bool]]  # by file whether ahead, as often as it was written


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Written:
    seen: Written = {}
    copied = bundle_lines.copied

    def seeing(kind: type[Line], *rest: Any) -> Path:
        seen.setdefault(kind, []).append(current_thread() is not main_thread())
        return copied(kind, *rest)

    monkeypatch.setattr(bundle_lines, "copied", seeing)
    return seen


def a_song_played_by(house: House, listeners: int) -> Terms:
    track = a_track()
    for _ in range(listeners):
        a_play(track, a_listener(), house.at)
    return track


def is_as_made_again(period: Period) -> bool:
    return bundle.path_of(period).exists() and (
        period.bundle_hash == "0x" + bundle.digest(period).hex()
    )


def test_plays_and_moves_are_written_ahead(house: House, written: Written) -> None:
    track = a_song_played_by(house, 2)
    house.accrue()
    (taken_back, *_) = track.plays.all()
    hold([taken_back], "bot", later(1))
    house.pass_time(10)
    a_song_played_by(house, 1)
    period = house.close()
    assert written == {Play: [True], Move: [True], Opening: [False], Entitlement: [False]}
    assert is_as_made_again(period)


def test_within_another_transaction_nothing_is_ahead(house: House, written: Written) -> None:
    a_song_played_by(house, 2)
    with transaction.atomic():
        period = settlement.close(house.at)
    assert [ahead for (ahead,) in written.values()] == [False] * 4
    assert is_as_made_again(period)


def test_plays_that_the_close_itself_accrues_are_not_ahead(
    house: House, written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_song_played_by(house, 2)
    monkeypatch.setattr(settlement, "_accrue_first", lambda at: True)
    period = house.close()
    assert [ahead for (ahead,) in written.values()] == [False] * 4
    assert is_as_made_again(period)


def test_moves_of_an_issuer_named_by_the_close_are_written_after_it(
    house: House, written: Written
) -> None:
    track = a_song_played_by(house, 2)
    house.accrue()
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # no trigger keeps the row
        assert Pseudonym.objects.filter(terms=track, party=track.issuer_id).delete()[0] == 1
        cursor.execute("SET session_replication_role = origin")
    period = house.close()
    assert (written[Play], written[Move]) == ([True], [True, False])
    assert is_as_made_again(period)
