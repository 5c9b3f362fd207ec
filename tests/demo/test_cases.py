"""Three rings of the demo: one hold released, one forfeited, one that nobody has looked at."""

from datetime import UTC, datetime, timedelta

import pytest
from pytest_django import Settings

from marketplace.demo import cases, people
from marketplace.demo.cases import CASES
from marketplace.operations.models import Deed
from royalties import accrual, invariants
from royalties.models import FraudHold
from tests.builders import a_track, an_artist

pytestmark = pytest.mark.django_db
START = datetime(2026, 3, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def holds(settings: Settings) -> dict[str, FraudHold]:
    """What is held of each song, once every case has been lived."""
    settings.HOLD_WINDOW = settings.TOP_UP_HOLD_WINDOW = timedelta(0)
    settings.HOLD_ANSWER_WITHIN = settings.HOLD_DECIDE_WITHIN = timedelta(minutes=10)
    artist = an_artist(people.ensure_logins(START)["artist"], at=START)
    tracks = [a_track(artist, 100, case.title, at=START) for case in CASES]
    for hour in sorted({case.hour + later for case in CASES for later in range(4)}):
        cases.live(START, START + hour * HOUR)
        accrual.accrue(START + (hour + 1) * HOUR)
    found = {one.terms_id: one for one in FraudHold.objects.all()}
    return {track.title: found[track.terms_id] for track in tracks if track.terms_id}


def test_each_hold_is_of_its_ring_and_ends_as_it_should(holds: dict[str, FraudHold]) -> None:
    for case in CASES:
        one = holds[case.title]
        assert one.numbers["plays"] == case.accounts * case.plays
        assert (one.numbers["accounts"], one.numbers["most_by_one"]) == (case.accounts, case.plays)
        assert one.answers.count() == bool(case.answer)
        assert one.decision == case.decision
    assert [holds[case.title].outcome for case in CASES] == ["released", "forfeited", ""]
    assert holds[CASES[-1].title].shown_at is None
    assert Deed.objects.count() == 5
    assert [check for check in invariants.ledger_checks() if not check.ok] == []


def test_without_its_song_or_an_operator_nothing_happens() -> None:
    for case in CASES:
        cases.live(START, START + case.hour * HOUR)
    a_track(title=CASES[0].title, at=START)
    for later in range(4):
        cases.live(START, START + (CASES[0].hour + later) * HOUR)
    assert not FraudHold.objects.exists()
