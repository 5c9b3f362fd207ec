"""Why a price is what it is, in words that stay true of it."""

import pytest

from marketplace.pricing import reasons
from marketplace.pricing.models import PricePoint
from tests.builders import NOON, a_track, later

pytestmark = pytest.mark.django_db


def test_a_song_nobody_answered_is_said_to_follow_its_likes_once_it_moved() -> None:
    track = a_track()
    assert "starts where every song does" in reasons.explain(track, NOON).second
    waiting = {"reason": "waiting", "price": 0.97, "target": 1.04}
    PricePoint.objects.create(track=track, at=later(3600), micros=9_700, explanation=waiting)
    second = reasons.explain(track, later(7200)).second
    assert second.startswith("Until somebody does, it follows what listeners accept for songs like")
    assert "about 1.04\u00a0¢" in second


@pytest.mark.parametrize(
    ("target", "told"),
    [
        (1.04, ", about 1.04\u00a0¢,"),
        (1.47, ", 1.20\u00a0¢ or more,"),
        (0.31, ", 0.50\u00a0¢ or less,"),
    ],
)
def test_what_it_aims_at_beyond_a_bound_is_told_as_the_bound(target: float, told: str) -> None:
    track = a_track()
    why = {"reason": "limited", "price": 0.9, "target": target}
    PricePoint.objects.create(track=track, at=later(60), micros=9_000, explanation=why)
    assert told in reasons.explain(track, later(120)).second
